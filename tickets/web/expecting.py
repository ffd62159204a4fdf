"""Windows of a rehearsal or of maintenance, begun and ended by whoever may: bounded, and written down with who did it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from facts.message import msg
from tickets.desk import Desk
from tickets.people.refusals import Refused
from tickets.store import people, windows
from tickets.store.windows import Kind, Window
from tickets.web.caller import Caller

LONGEST_HOURS = 7 * 24
FARTHEST = timedelta(days=366)
REASON_AT_MOST, MATCHERS_AT_MOST, NAME_AT_MOST, VALUE_AT_MOST = 150, 20, 100, 200


def begin(
    desk: Desk, who: Caller, *, kind: Kind, reason: str, starts_at: datetime, lasts: timedelta, match: Mapping[str, str]
) -> Window:  # fmt: skip
    """Begins one.

    Args:
        desk: Where.
        who: Begins it.
        kind: A rehearsal expects what carries its mark too.
        reason: For people; it stands in the ledger beside each alert.
        starts_at: Now, or a time within a year of it.
        lasts: Not more than a week.
        match: Labels that the expected alerts have; `*` in a value stands for anything.

    Raises:
        Refused: It has no bounds.
    """
    if abs(starts_at - desk.now()) > FARTHEST:
        raise Refused(msg("The beginning has to lie within a year of now."))
    if not timedelta(0) < lasts <= timedelta(hours=LONGEST_HOURS):
        raise Refused(
            msg("A window ends after it has begun, and lasts for {days} days at most.", days=LONGEST_HOURS // 24)
        )
    if not any(value.strip("*") for value in match.values()) and (kind == "maintenance" or match):
        raise Refused(msg("Name at least one label with a value, or every alert would be suppressed."))

    def write(connection: Connection) -> Window:
        window = windows.begin(
            connection,
            kind=kind,
            starts_at=starts_at,
            ends_at=starts_at + lasts,
            match=match,
            reason=reason,
            actor=who.name,
        )
        _record(connection, desk, who, "window.begin", window)
        return window

    return desk.store.writing(write)


def end(desk: Desk, who: Caller, number: int) -> Window:
    """Ends one before its time.

    Raises:
        NoSuchWindow: There is none, or it is over.
    """

    def write(connection: Connection) -> Window:
        window = windows.end(connection, number, desk.now(), who.name)
        _record(connection, desk, who, "window.end", window)
        return window

    return desk.store.writing(write)


def _record(connection: Connection, desk: Desk, who: Caller, action: str, window: Window) -> None:
    people.record(
        connection, at=desk.now(), actor=who.name, action=action, subject=f"#{window.id}", address=who.address,
        detail=f"{window.kind}: {window.reason}",
    )  # fmt: skip
