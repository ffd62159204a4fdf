"""What the pages for leads and administrators show: figures, ledger, quarantine, windows, accounts, the log of who did what."""

from dataclasses import dataclass
from datetime import datetime

from facts.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One urgency in one month.

    Attributes:
        opened: All of them; each is resolved, open or merged into another.
        response: Median seconds to the first response; None where none was given.
        plan: The same to the plan.
        fix: The same to the solution.
        kept: Share of the promises that were kept, 0 to 1; None where none was due.
        merged: How many were merged into another ticket.
    """

    urgency: str
    opened: int
    resolved: int
    response: float | None = None
    plan: float | None = None
    fix: float | None = None
    kept: float | None = None
    merged: int = 0

    @property
    def open(self) -> int:
        """Those that are neither solved nor merged."""
        return self.opened - self.resolved - self.merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month.

    Attributes:
        name: `2026-11`.
        attitude: Mean of the ratings, 1 to 5; None where nobody rated.
        speed: The same.
        result: The same.
        ratings: How many there were.
        repeats: Faults that came back: what, and how often.
    """

    name: str
    tiers: tuple[Tier, ...]
    attitude: float | None = None
    speed: float | None = None
    result: float | None = None
    ratings: int = 0
    repeats: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Newest month first."""

    months: tuple[Month, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What became of every alert.

    Attributes:
        received: Counted when they arrived.
        outcomes: How many ended in each.
        reasons: Outcome, reason, how many.
        balanced: Both counts agree.
    """

    received: int
    outcomes: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, str, int], ...] = ()
    balanced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A post that could not be understood.

    Attributes:
        replayed_by: The post by which it was tried again.
        excerpt: Of its body.
    """

    number: int
    at: datetime
    source: str
    sender: str
    problem: str | Message
    size: int
    excerpt: str = ""
    replayed_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The newest first; `total` counts also those that are not listed."""

    posts: tuple[Held, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who may log in."""

    name: str
    role: str
    disabled: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a machine proves itself by; the token itself is not kept."""

    number: int
    name: str
    role: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Everybody.

    Attributes:
        made: A token that has just been made; it is shown this once.
    """

    people: tuple[Account, ...]
    tokens: tuple[Token, ...]
    made: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time of a rehearsal or of maintenance.

    Attributes:
        kind: `rehearsal` or `maintenance`.
        match: Labels of the alerts that are expected.
        who: Began it.
        ended_by: Ended it before its time.
        state: `now`, `to_come` or `over`.
    """

    number: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    match: tuple[tuple[str, str], ...]
    reason: str
    who: str
    ended_by: str = ""
    state: str = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The newest first.

    Attributes:
        may: The reader may begin and end them.
        proposed_end: What the form has for the end.
    """

    windows: tuple[Window, ...]
    may: bool
    proposed_end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did.

    Attributes:
        action: As stored, such as `ticket.take`.
        subject: With what.
        ticket: Its number, where the subject is a ticket.
        address: From where.
    """

    number: int
    at: datetime
    who: str
    action: str
    subject: str = ""
    ticket: int | None = None
    address: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Some lines, the newest first.

    Attributes:
        older: The line before which there are more; None where there are none.
        is_newest: None are left out before them.
    """

    lines: tuple[Deed, ...]
    older: int | None = None
    is_newest: bool = True
