"""The log of who did what, from where: written with what it tells of, in one transaction, and never changed."""

from collections.abc import Sequence

from tickets.desk import Desk
from tickets.store import people as store
from tickets.store.people import Line

MOST = 200


def newest(desk: Desk, *, before: int | None = None, most: int = 50) -> Sequence[Line]:
    """The newest lines.

    Args:
        desk: Where.
        before: Only those that are older than this one.
        most: Of them, up to 200.
    """
    with desk.store.read() as connection:
        return store.lines(connection, before=before, most=min(most, MOST))
