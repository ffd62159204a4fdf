"""What lessons are drawn from: a ticket, its log, its promises and its evidence, and what can be read off them at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pages.tickets.incident import Exhibit
from pages.tickets.records import Clock
from pages.tickets.times import spoken
from tickets import events
from tickets.events import Entry
from tickets.names import Cause
from tickets.ticket import Ticket

PERSON = "person"
# Sources that watch the mall by themselves; an audit or a follow-up is neither an alert nor a person's report.
ALERTS = frozenset({"alertmanager", "alerts", "reconciliation", "watchdog"})
FLAPS_TO_TELL = 3
E = TypeVar("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident."""

    ticket: Ticket
    log: Sequence[Entry]
    clocks: Sequence[Clock]
    exhibits: Sequence[Exhibit]

    def happened(self, kind: type[E]) -> list[tuple[Entry, E]]:
        """The entries of a kind."""
        return [(each, each.event) for each in self.log if isinstance(each.event, kind)]

    def after_opening(self, entry: Entry) -> str:
        """How long after the opening something was, for people."""
        return spoken((entry.at - self.ticket.opened_at).total_seconds())

    @property
    def blind(self) -> tuple[str, ...]:
        """Readers of evidence that brought nothing, each once."""
        names = [name for _, event in self.happened(events.EvidenceFrozen) for name in event.failed]
        return tuple(dict.fromkeys(names))

    @property
    def undelivered(self) -> Counter[str]:
        """Messages that did not come through, by channel."""
        return Counter(event.channel for _, event in self.happened(events.Notified) if not event.delivered)

    @property
    def first_answer(self) -> Cause | None:
        """The cause as the evidence alone gave it."""
        given = self.happened(events.CauseGiven)
        return given[0][1].cause if given else None

    @property
    def persons_word(self) -> Cause | None:
        """The cause as whoever solved it told it."""
        solved = [event.cause for _, event in self.happened(events.Resolved) if event.cause is not None]
        return solved[-1] if solved else None
