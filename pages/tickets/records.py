"""What the pages of the ticket room show: plain records without rules, filled by `tickets.web.pages`.

Machine words (`urgent`, `in_progress`, `fix`) stay as they are stored; `pages.tickets.words` has them for people.
"""

from dataclasses import dataclass, field
from datetime import datetime

from facts.message import Message
from pages.translation import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who reads the page.

    Attributes:
        csrf: What every form carries.
        sees: Names of the pages in the menu that this person may open.
    """

    name: str
    role: str
    csrf: str
    sees: tuple[str, ...] = ("board", "new", "search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What surrounds every page.

    Attributes:
        zone: IANA name of the mall's time zone, in which every time is written.
        now: By the server's clock; the phone's may be wrong.
        here: Path and query of this page, for the links that change the language.
        active: Name of the page in the menu.
        said: A line on what has just been done.
    """

    mall: str
    zone: str
    language: Language
    now: datetime
    here: str
    person: Person | None = None
    active: str = ""
    said: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promised time.

    Attributes:
        name: `response`, `plan` or `fix`.
        state: `running`, `paused`, `met`, `breached` (over and not met yet, or met late) or `stopped`.
        spent: Seconds that count.
        target: Seconds that were promised.
        deadline: When it is over if it runs on; None where it does not run.
        met_at: When the promise was kept, or was made up for late.
        warned: It was warned of.
        running: It runs at this moment.
        working_hours: Only working hours count; `spent` and `target` are in them.
        goes_on_at: When it goes on, where it runs and nobody works at this moment.
    """

    name: str
    state: str
    spent: float
    target: float
    deadline: datetime | None = None
    met_at: datetime | None = None
    warned: bool = False
    running: bool = False
    working_hours: bool = False
    goes_on_at: datetime | None = None

    @property
    def share(self) -> float:
        """Of the promised time that is gone; more than 1 when it is over."""
        return self.spent / self.target if self.target > 0 else 0.0

    @property
    def runs(self) -> bool:
        """Whether somebody has to hurry."""
        return self.met_at is None and self.deadline is not None and self.state in {"running", "breached"}

    @property
    def tone(self) -> str:
        """How it is coloured: `over`, `near`, `well` or `still`."""
        if self.state == "breached" or self.share >= 1:
            return "over"
        if self.met_at is not None or self.state == "met":
            return "well"
        if self.state in {"paused", "stopped"}:
            return "still"
        if self.share >= NEAR:
            return "near"
        return "running" if self.goes_on_at is None else "still"


# The share of a promised time at which it is warned of.
NEAR = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A ticket in a list or on the board.

    Attributes:
        clock: The promise that ends first; None where none runs.
        firing: How many of its alerts have not ended.
        can_take: The reader may claim it from here.
    """

    number: int
    title: str
    urgency: str
    state: str
    area: str = ""
    owner: str | None = None
    opened_at: datetime
    changed_at: datetime
    expected_at: datetime | None = None
    waiting_for: str | None = None
    clock: Clock | None = None
    firing: int = 0
    proposed: bool = False
    can_take: bool = False
    snippet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The tickets of one state; `total` counts also those that are not listed."""

    state: str
    cards: tuple[Card, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list was narrowed to; empty for everything."""

    mine: bool = False
    area: str = ""
    urgency: str = ""
    state: str = ""
    text: str = ""

    @property
    def any(self) -> bool:
        """Whether something is left out."""
        return bool(self.mine or self.area or self.urgency or self.state or self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Every open ticket and those that wait for the reporter's word.

    Attributes:
        mark: Changes whenever something on it does.
        areas: That there are tickets of.
        late: How many open tickets have a promise that is over.
    """

    columns: tuple[Column, ...]
    filters: Filters
    areas: tuple[str, ...]
    mark: str
    urgent: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Tickets one below the other, page by page."""

    cards: tuple[Card, ...]
    total: int
    page: int
    per_page: int
    filters: Filters
    areas: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """How many there are; one at least."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form that could not be accepted, with what was written in it: nothing is lost.

    Attributes:
        form: Its name.
        values: By field.
        problem: What is wrong, and what to do.
    """

    form: str
    problem: Message
    values: dict[str, str] = field(default_factory=dict)
