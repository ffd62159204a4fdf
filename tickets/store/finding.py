"""Tickets by words of their titles."""

from sqlalchemy import Connection, select

from tickets.store.tables import TICKETS

WORDS_AT_MOST = 8


def matching(connection: Connection, text: str, most: int) -> list[int]:
    """The numbers of the newest tickets whose titles have every word.

    Args:
        connection: To read from.
        text: Words, divided by space; no character means anything else.
        most: Of them.
    """
    query = select(TICKETS.c.number).order_by(TICKETS.c.number.desc()).limit(most)
    for word in text.split()[:WORDS_AT_MOST]:
        # SQLite's LIKE knows no case of ASCII letters by itself; what SQLAlchemy would add makes it twice as slow.
        plain = connection.dialect.name == "sqlite"
        has = TICKETS.c.title.contains if plain else TICKETS.c.title.icontains
        query = query.where(has(word, autoescape=True))
    return list(connection.execute(query).scalars())
