"""What the page of one ticket shows."""

from dataclasses import dataclass
from datetime import datetime

from facts.message import Message
from pages.tickets.readable import Block
from pages.tickets.records import Card, Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the timeline.

    Attributes:
        who: An account, or a machine such as `alertmanager`.
        what: A sentence.
        text: What was written, with its lines; or a sentence of ours.
        tone: `bad`, `good`, `talk` or empty.
        internal: The reporter does not see it.
        ticket: Of another ticket that it speaks of.
        file: The number of a file that it brought.
    """

    number: int
    at: datetime
    who: str
    what: Message
    text: str | Message = ""
    tone: str = ""
    internal: bool = False
    ticket: int | None = None
    file: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reader found.

    Attributes:
        seconds: How long it took, where that is known.
        cut: It found more than is kept.
    """

    name: str
    blocks: tuple[Block, ...]
    seconds: float | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was frozen at one moment.

    Attributes:
        part: `first`, or `after` for what was read half an hour later.
        verified: The hash was computed again from what is kept, and is the same; None where nobody has looked.
        failed: Readers that could not read: name and reason.
    """

    number: int
    part: str
    at: datetime
    sha256: str
    verified: bool | None
    readings: tuple[Reading, ...]
    failed: tuple[tuple[str, str | Message], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One thing that speaks for an answer or against it; `reading` names the reader of the evidence that showed it."""

    says: str | Message
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseGiven:
    """A first answer to where the fault came from.

    Attributes:
        cause: Its class, as stored.
        speaks_for: Evidence for it.
        against: Evidence against it.
        unavailable: What could not be looked at.
    """

    cause: str
    confidence: float
    at: datetime
    speaks_for: tuple[Ground, ...] = ()
    against: tuple[Ground, ...] = ()
    unavailable: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AidRun:
    """One time that an action was carried out.

    Attributes:
        state: `started`, `done`, `failed`, `unknown`, `undoing` or `undone`.
        at: When it was carried out, by `who`.
        undone_at: When it was taken back, by `undone_by`; None where it was not, or where the log does not say it.
        can_undo: The reader may take it back.
        can_settle: Nobody knows whether it worked, and the reader may say it.
    """

    number: int
    state: str
    at: datetime | None
    who: str = ""
    automatic: bool = False
    undone_at: datetime | None = None
    undone_by: str = ""
    detail: str | Message = ""
    can_undo: bool = False
    can_settle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """An action that the mall has configured for such a fault.

    Attributes:
        action: Its name in the configuration.
        because: Why it is proposed.
        what: What carrying it out will send, and where to.
        can_run: The reader may carry it out now.
        held: Why it cannot be carried out now.
    """

    action: str
    title: str
    because: str | Message = ""
    what: str = ""
    runs: tuple[AidRun, ...] = ()
    can_run: bool = False
    held: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something attached."""

    number: int
    name: str
    size: int
    at: datetime | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that did not come through."""

    channel: str
    to: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The reporter's word, 1 to 5 each."""

    attitude: int
    speed: int
    result: int
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """Everything about one ticket that its reader may see.

    Attributes:
        moves: Names of the forms that the reader is offered, the next one first.
        warning: What whoever resolves it has to know: alerts that still fire, and what becomes of them.
        people: Who can be asked to take it on; empty where that is not known.
        rows_left_out: How many older rows the timeline has.
        runbook: A web address, or empty.
        has_report: Its incident report can be opened.
        shows_inside: Evidence, cause and first aid are shown; a reporter does not see them.
    """

    number: int
    version: int
    title: str
    summary: str = ""
    urgency: str
    state: str
    area: str = ""
    owner: str | None = None
    reporter: str | None = None
    source: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    runbook: str = ""
    opened_at: datetime
    changed_at: datetime
    expected_at: datetime | None = None
    plan: str = ""
    waiting_for: str | None = None
    proposed: bool = False
    firing: int = 0
    flaps: int = 0
    reopenings: int = 0
    solution: str = ""
    steps: str = ""
    cautions: str = ""
    cause: str | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    rating: Rating | None = None
    merged_into: int | None = None
    linked: tuple[tuple[int, str], ...] = ()
    previous: int | None = None
    clocks: tuple[Clock, ...] = ()
    moves: tuple[str, ...] = ()
    warning: tuple[Message, ...] = ()
    people: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    timeline: tuple[Row, ...] = ()
    rows_left_out: int = 0
    evidence: tuple[Evidence, ...] = ()
    causes: tuple[CauseGiven, ...] = ()
    aid: tuple[Aid, ...] = ()
    files: tuple[File, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    similar: tuple[Card, ...] = ()
    has_report: bool = False
    shows_inside: bool = True
