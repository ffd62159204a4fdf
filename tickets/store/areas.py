"""The areas of the mall that there are tickets of."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from tickets.store.tables import TICKETS

MOST = 100


def areas(connection: Connection) -> Sequence[str]:
    """Their names in order; those of tickets that are not closed, and of the newest ones."""
    newest = select(TICKETS.c.area).order_by(TICKETS.c.number.desc()).limit(1000).subquery()
    named = select(newest.c.area).where(newest.c.area != "").distinct().order_by(newest.c.area).limit(MOST)
    return [str(area) for area in connection.execute(named).scalars()]
