"""What an incident report shows: records that `tickets.afterwards` fills, and the two forms that people read it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from facts.message import Message
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.tickets.records import Clock
from pages.tickets.times import local, spoken
from pages.tickets.words import CLOCKS, PARTS, word
from pages.translation import Language, translator

STYLES = (SHARED / "report.css", Path(__file__).parent / "incident.css")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A part of the evidence that was frozen.

    Attributes:
        part: `first`, or `after` for what was read half an hour later.
        verified: The hash was computed again and is the same; None where nobody has looked.
        failed: Readers that brought nothing.
    """

    number: int
    part: str
    at: datetime
    sha256: str
    verified: bool | None = None
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the timeline.

    Attributes:
        number: Of the entry in the ticket's log, which is what the row rests on.
        what: A sentence.
        text: What was written, cut where it is long; or a sentence of ours.
        evidence: Numbers of the parts that show that moment.
    """

    number: int
    at: datetime
    who: str
    what: Message
    text: str | Message = ""
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the impact; `value` is None where nobody knows, which is said."""

    name: Message
    value: Message | None
    rests_on: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound:
    """Where the fault came from.

    Attributes:
        name: The class.
        by: Who says so: a person when solving it, or the first answer from the evidence.
        confidence: 0 to 1; None for a person's word.
    """

    name: Message
    by: Message
    confidence: float | None = None
    speaks_for: tuple[str | Message, ...] = ()
    against: tuple[str | Message, ...] = ()
    unavailable: tuple[str | Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What should be done so that it does not come again, or hurts less.

    Attributes:
        code: Machine word that it is asked for by.
        title: Of the follow-up ticket.
        because: What in this incident says so.
        ticket: The follow-up ticket, once there is one.
        state: Of that ticket.
    """

    code: str
    title: Message
    because: Message | None = None
    ticket: int | None = None
    state: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """The whole report.

    Attributes:
        zone: IANA name; every time is written in it.
        drafted_at: When.
        over: The ticket is solved; before, everything is as it is known so far.
        orders: Numbers of affected orders, the first of them.
        orders_more: How many more there are.
        left_out: Lines of the log that the timeline leaves out.
    """

    number: int
    title: str
    mall: str
    zone: str
    drafted_at: datetime
    over: bool
    urgency: Message
    urgency_word: str
    area: str
    owner: str
    summary: tuple[Message, ...]
    impact: tuple[Figure, ...]
    orders: tuple[str, ...] = ()
    orders_more: int = 0
    promises: tuple[Clock, ...] = ()
    timeline: tuple[Row, ...] = ()
    left_out: int = 0
    exhibits: tuple[Exhibit, ...] = ()
    cause: CauseFound | None = None
    solution: str = ""
    steps: str = ""
    cautions: str = ""
    well: tuple[Message, ...] = ()
    badly: tuple[Message, ...] = ()
    improvements: tuple[Improvement, ...] = ()


def kept(clock: Clock) -> bool | None:
    """Whether a promise was kept; None while that is not decided."""
    if clock.state == "breached" or clock.spent > clock.target:
        return False
    return True if clock.met_at is not None or clock.state == "met" else None


def incident_html(report: IncidentReport, language: Language, csrf: str = "") -> str:
    """The report as one HTML file, complete in itself.

    Args:
        report: The record.
        language: Of the page.
        csrf: What the forms of somebody's session carry: then it is a page of the room, with links, and improvements can be made tickets
            there. Empty for a file that stands alone.
    """
    return render(
        "tickets/report.html.j2",
        language,
        translator(language),
        styles=STYLES,
        scripts=(),
        r=report,
        csrf=csrf,
        local=lambda at, exact=False: local(at, report.zone, exact=exact),
        spoken=spoken,
        kept=kept,
        clocks=CLOCKS,
        part=lambda stored: word(PARTS, stored),
    )


def cited(evidence: Sequence[int]) -> str:
    """Numbers of evidence as people cite them: `E-3, E-4`."""
    return ", ".join(f"E-{number}" for number in evidence)
