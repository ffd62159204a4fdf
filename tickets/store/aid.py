"""Actions that were carried out: one row each, written before anything is sent, so that whatever dies in between is known to be unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from facts.message import Message
from tickets.store.tables import AID_RUNS

STARTED, DONE, FAILED, UNKNOWN, UNDOING, UNDONE = "started", "done", "failed", "unknown", "undoing", "undone"
# Nobody knows what the receiver has done.
OPEN = (STARTED, UNKNOWN, UNDOING)


class NoSuchRun(LookupError):  # noqa: N818  (answered with 404)
    """There is none of that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One action that was carried out, or tried.

    Attributes:
        once: What it is known by, also to the receiver.
        state: `started`, `done`, `failed`, `unknown`, `undoing`, `undone`.
        detail: How it ended.
    """

    id: int
    ticket: int
    action: str
    once: str
    actor: str
    automatic: bool
    at: datetime
    state: str
    detail: Message | str


def next_once(connection: Connection, action: str) -> str:
    """What the next run of an action is known by, counted over all tickets.

    It is asked before anything else is looked at: whoever begins the same action after that takes this name first, so that one of the two
    fails at `begin` and looks again. What was begun before that is seen by every later look, whatever the isolation.
    """
    earlier = select(func.count()).select_from(AID_RUNS).where(AID_RUNS.c.action == action)
    return f"{action}:{int(connection.execute(earlier).scalar_one()) + 1}"


def begin(
    connection: Connection, once: str, ticket: int, action: str, actor: str, at: datetime, *, automatic: bool
) -> Run:
    """Notes that an action is about to be sent.

    Args:
        connection: In a transaction that writes.
        once: Of `next_once`, asked first in the same transaction.
        ticket: For which.
        action: Its name.
        actor: Who wants it.
        at: Now.
        automatic: Nobody clicked.

    Raises:
        IntegrityError: Somebody else began the same at the same moment (`Store.writing` begins anew then).
    """
    row = {
        "ticket": ticket, "action": action, "once": once, "actor": actor, "automatic": automatic, "at": at, "state": STARTED,
        "detail": "",
    }  # fmt: skip
    number = connection.execute(insert(AID_RUNS).values(**row)).inserted_primary_key[0]  # type: ignore[index]  # one row has one
    return get(connection, int(number))


def move(connection: Connection, run: int, before: Sequence[str], state: str, detail: Message | str) -> bool:
    """Brings a run into another state, if it is still in one of those before."""
    changed = connection.execute(
        update(AID_RUNS).where(AID_RUNS.c.id == run, AID_RUNS.c.state.in_(before)).values(state=state, detail=detail)
    )
    return changed.rowcount == 1


def get(connection: Connection, run: int) -> Run:
    """One.

    Raises:
        NoSuchRun: There is none of that number.
    """
    row = connection.execute(select(AID_RUNS).where(AID_RUNS.c.id == run)).first()
    if row is None:
        raise NoSuchRun(run)
    return Run(**row._mapping)  # noqa: SLF001  (SQLAlchemy's documented way to a row's columns by name)


def of_ticket(connection: Connection, ticket: int) -> list[Run]:
    """All of a ticket's, the oldest first."""
    rows = connection.execute(select(AID_RUNS).where(AID_RUNS.c.ticket == ticket).order_by(AID_RUNS.c.id))
    return [Run(**row._mapping) for row in rows]  # noqa: SLF001  (as above)


def unsettled(connection: Connection, action: str) -> Run | None:
    """A run of that action, of whatever ticket, of which nobody knows how it ended."""
    wanted = select(AID_RUNS).where(AID_RUNS.c.action == action, AID_RUNS.c.state.in_(OPEN)).order_by(AID_RUNS.c.id)
    row = connection.execute(wanted.limit(1)).first()
    return None if row is None else Run(**row._mapping)  # noqa: SLF001  (as above)
