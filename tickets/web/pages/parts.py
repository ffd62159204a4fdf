"""What the pages show of other parts of the room; a part that is not there leaves its place on the page out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fastapi import Request
from sqlalchemy import Connection

from pages.tickets.office_records import Figures, Ledger, Quarantine
from pages.tickets.records import Card, Clock
from pages.tickets.ticket_records import Aid
from pages.translation import Language
from tickets.desk import Desk
from tickets.events import Entry
from tickets.sla.showing import clocks_shown
from tickets.ticket import Ticket
from tickets.web.caller import Caller


class Frozen(Protocol):
    """A part of the evidence as it is kept, such as `tickets.store.evidence` reads it."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def at(self) -> datetime:
        """When it was frozen."""

    @property
    def part(self) -> str:
        """`first` or `after`."""

    @property
    def sha256(self) -> str:
        """As it was then."""

    @property
    def verified(self) -> bool:
        """What is kept still has that hash."""

    @property
    def document(self) -> Any:
        """What the readers found; None when it cannot be read any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAid:
    """Actions that the mall has configured.

    Attributes:
        shown: For a ticket, as this caller may use them.
        run: Carries one out: ticket, action.
        undo: Takes a run back: ticket, action, run.
        settle: Says whether a run of unknown outcome happened: ticket, action, run, happened.
    """

    shown: Callable[[Connection, Desk, Caller, Ticket], Sequence[Aid]]
    run: Callable[[Desk, Caller, int, str], object]
    undo: Callable[[Desk, Caller, int, str, int], object]
    settle: Callable[[Desk, Caller, int, str, int, bool], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Lent by the other parts of the room.

    Attributes:
        clocks: Of a ticket by its log, as they stand now.
        evidence: Of a ticket, the oldest first.
        aid: First aid.
        similar: Solved tickets that look like this one.
        report: The incident report as a page; None where the ticket has none.
        follow_up: Opens the ticket of an improvement that the report proposes: ticket, code, language.
        figures: Month by month.
        ledger: What became of every alert.
        quarantine: What could not be understood.
        replay: Tries such a post again.
    """

    clocks: Callable[[Desk, Sequence[Entry]], Sequence[Clock]] = clocks_shown
    evidence: Callable[[Connection, int], Sequence[Frozen]] | None = None
    aid: FirstAid | None = None
    similar: Callable[[Connection, Ticket], Sequence[Card]] | None = None
    report: Callable[[Desk, Caller, int, Language], str | None] | None = None
    follow_up: Callable[[Desk, Caller, int, str, Language], object] | None = None
    figures: Callable[[Desk], Figures] | None = None
    ledger: Callable[[Desk], Ledger] | None = None
    quarantine: Callable[[Desk], Quarantine] | None = None
    replay: Callable[[Request, Desk, Caller, int], object] | None = None
