"""The words of tickets; by hand, since the table is another on each kind of store."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE search (ticket bigint PRIMARY KEY REFERENCES tickets (number), words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_words ON search USING gin (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE search USING fts5 (title, body, detail = column, tokenize = 'ascii')")


def downgrade() -> None:
    """Back."""
    op.execute("DROP TABLE search")
