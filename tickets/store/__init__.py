"""Where tickets live: SQLite by default, PostgreSQL by its URL. Only this folder knows SQLAlchemy and Alembic.

`tables.py` has every table; `opening.py` opens a database and brings it up to date; each other file is one subject's statements, plain
functions over a connection.
"""
