"""Where words stand in tickets: SQLite's FTS5, PostgreSQL's tsvector with a GIN index.

The words come from `tickets.store.words`, so neither store's own idea of a word is used: FTS5 parts at spaces alone
(https://sqlite.org/fts5.html#ascii_tokenizer), and PostgreSQL is given finished vectors in the place of a text
(https://www.postgresql.org/docs/current/datatype-textsearch.html). The table differs by store, so `tables.py` does not have it: the
migration `0002_search` makes it.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, cast, column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY

from tickets.store.opening import POSTGRESQL
from tickets.store.tables import TICKETS
from tickets.store.words import Term

TABLE = "search"
_FTS5 = table(TABLE, column("rowid"), column(TABLE))
_VECTORS = table(TABLE, column("ticket"), column("words"))
_REPLACED = text("DELETE FROM search WHERE rowid = :ticket")
_KEPT = {
    "sqlite": text("INSERT INTO search (rowid, title, body) VALUES (:ticket, :title, :body)"),
    "postgresql": text(
        "INSERT INTO search (ticket, words) VALUES (:ticket, CAST(:words AS tsvector))"
        " ON CONFLICT (ticket) DO UPDATE SET words = excluded.words"
    ),
}


def put(connection: Connection, ticket: int, title: Sequence[str], body: Sequence[str], *, new: bool) -> None:
    """Keeps the words of a ticket in the place of those before.

    Args:
        connection: In a transaction that writes.
        ticket: The number.
        title: The words of its title.
        body: All others; those of the title may stand there again.
        new: There are none before.
    """
    if connection.dialect.name == POSTGRESQL:
        titled = set(title)
        vector = [f"'{word}':1A" for word in title]
        vector += [f"'{word}':1" for word in body if word not in titled]
        values = {"ticket": ticket, "words": " ".join(vector)}
    else:
        if not new:
            connection.execute(_REPLACED, {"ticket": ticket})
        values = {"ticket": ticket, "title": " ".join(title), "body": " ".join(body)}
    connection.execute(_KEPT[connection.dialect.name], values)


def having_all(
    connection: Connection, terms: Sequence[Term], most: int, *where: ColumnElement[bool], titled: bool = False
) -> list[int]:
    """The numbers of the tickets that have all of the terms, the newest first.

    Args:
        connection: Of the store.
        terms: At least one.
        most: Numbers at most.
        where: Conditions on the columns of `tickets` besides.
        titled: The terms have to stand in the title.
    """
    if connection.dialect.name == POSTGRESQL:
        number, asked = _VECTORS.c.ticket, " & ".join(_for_tsquery(each, titled=titled) for each in terms)
        source, match = _VECTORS, _VECTORS.c.words.op("@@")(cast(asked, TSQUERY))
    else:
        every = " AND ".join(f'"{each.word}"{"*" if each.beginning else ""}' for each in terms)
        number, asked = _FTS5.c.rowid, f"title : ({every})" if titled else every
        source, match = _FTS5, _FTS5.c.search.op("MATCH")(asked)
    place = source.join(TICKETS, TICKETS.c.number == number) if where else source
    found = select(number).select_from(place).where(match, *where).order_by(number.desc()).limit(most)
    return list(connection.scalars(found))


def _for_tsquery(term: Term, *, titled: bool) -> str:
    mark = ("*" if term.beginning else "") + ("A" if titled else "")
    return f"'{term.word}':{mark}" if mark else f"'{term.word}'"
