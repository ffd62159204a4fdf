"""How much of each promised time is gone: recomputed from the log, never stored (docs/decisions/0017).

A clock runs from the opening while the ticket is open and not paused, in the pace of the urgency of each stretch. The first response
is the first taking, or the first comment that the reporter can read and a person other than the reporter wrote; the plan is there with
the first plan; a solution meets every promise. What has been met stays met, and is judged by what was promised at that moment; only
the fix runs on when the ticket is reopened, with what was spent before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tickets import events
from tickets.events import Entry
from tickets.names import ClockName, Urgency
from tickets.sla.calendar import Calendar
from tickets.sla.pace import ROUND_THE_CLOCK, Pace
from tickets.sla.tiers import Promise, Promises

# Who acts without being a person, whose words are no response.
MACHINES = frozenset({"tenfold", "alertmanager", "alerts", "audit", "stress", "watchdog"})
_NOTHING, _SHORTEST = timedelta(0), timedelta(microseconds=1)
# What may move a clock: in a storm nearly all entries are others, and time is counted once for all of them.
_MOVES = (
    events.Taken, events.Planned, events.Paused, events.Resumed, events.UrgencyChanged, events.Resolved, events.Closed,
    events.Reopened, events.MergedInto,
)  # fmt: skip


class ClockState(StrEnum):
    """How a promise stands. A breached one says by `running` and `met_at` whether it still runs, and when it was met too late."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise at one moment.

    Attributes:
        target: What was promised, in seconds of its pace.
        spent: What is gone of it, in the same seconds.
        deadline: When it will be breached if it runs on, or was; None while it stands, and where it was met in time.
        met_at: When it was met; None where it was not, or not again.
        warned: It was warned of, and that still holds.
        told: That it is breached was said, and still holds.
        running: It runs at this moment.
        working_hours: Only the mall's working hours count, not every second.
        goes_on_at: When the next second counts, where it runs and this moment lies outside of working hours.
    """

    name: ClockName
    target: float
    spent: float
    state: ClockState
    deadline: datetime | None = None
    met_at: datetime | None = None
    warned: bool = False
    told: bool = False
    running: bool = False
    working_hours: bool = False
    goes_on_at: datetime | None = None

    @property
    def share(self) -> float:
        """What is gone of the promised time; above 1 when it is breached."""
        return self.spent / self.target


def pace_of(promise: Promise, calendar: Calendar) -> Pace:
    """How time counts for an urgency."""
    return ROUND_THE_CLOCK if promise.round_the_clock else calendar


def clocks(log: Iterable[Entry], promises: Promises, calendar: Calendar, at: datetime) -> tuple[Clock, ...]:
    """The promises of a ticket at a moment, in the order response, plan, fix; only those that its urgency has.

    Args:
        log: All of its entries up to that moment, the oldest first.
        promises: What is promised.
        calendar: When people work.
        at: The moment; not before the newest entry.

    Raises:
        ValueError: The log does not begin with the opening.
    """
    entries = iter(log)
    first = next(entries, None)
    if first is None or not isinstance(first.event, events.Opened):
        raise ValueError("the log does not begin with the opening")
    face = _Face(promises, calendar, first.event, first)
    for entry in entries:
        face.hear(entry)
    face.run_until(at)
    return tuple(face.read())


@dataclass(slots=True)
class _Hand:
    """One clock while the log is read."""

    name: ClockName
    spent: timedelta = _NOTHING
    met_at: datetime | None = None
    promised: timedelta | None = None  # when it was met
    counted_by: Pace = ROUND_THE_CLOCK  # the same
    crossed_at: datetime | None = None
    warned: bool = False
    told: bool = False


class _Face:
    """All clocks of a ticket while its log is read."""

    def __init__(self, promises: Promises, calendar: Calendar, opened: events.Opened, first: Entry) -> None:
        self._promises, self._calendar = promises, calendar
        self._hands = {name: _Hand(name) for name in ClockName}
        self._authors_of_the_trouble = MACHINES | {first.actor, opened.reporter or first.actor}
        self._since = first.at
        self._open, self._paused = True, False
        self._promise_of(opened.urgency)

    def _promise_of(self, urgency: Urgency) -> None:
        self._promise = self._promises.of(urgency)
        self._pace = pace_of(self._promise, self._calendar)

    def _target(self, name: ClockName) -> timedelta | None:
        seconds = self._promise.seconds(name)
        return None if seconds is None else timedelta(seconds=seconds)

    def run_until(self, moment: datetime) -> None:
        start, self._since = self._since, max(moment, self._since)
        if not self._open or self._paused or self._since == start:
            return
        running = [hand for hand in self._hands.values() if hand.met_at is None]
        passed = self._pace.working_time(start, self._since) if running else _NOTHING
        for hand in running:
            before, target = hand.spent, self._target(hand.name)
            hand.spent += passed
            if target is not None and hand.crossed_at is None and hand.spent >= target:
                hand.crossed_at = self._pace.after(start, target - before)

    def hear(self, entry: Entry) -> None:  # noqa: C901, PLR0912  (one case a kind)
        answer = self._is_answer(entry)
        if answer or isinstance(entry.event, _MOVES):
            self.run_until(entry.at)
        match entry.event:
            case events.Taken():
                self._meet(entry.at, ClockName.RESPONSE)
            case events.Planned():
                self._meet(entry.at, ClockName.PLAN)
            case events.Resolved():
                self._meet(entry.at, *ClockName)
                self._open, self._paused = False, False
            case events.Paused():
                self._paused = True
            case events.Resumed():
                self._paused = False
            case events.Reopened():
                self._open = True
                self._go_on(self._hands[ClockName.FIX], entry.at)
            case events.UrgencyChanged(urgency=urgency):
                self._promise_of(urgency)
                for hand in self._hands.values():
                    if hand.met_at is None:
                        self._go_on(hand, entry.at)
            case events.Closed() | events.MergedInto():
                self._open = False
            case events.Warned(clock=name):
                self._hands[name].warned = True
            case events.Breached(clock=name):
                self._hands[name].told = True
            case events.Commented() if answer:
                self._meet(entry.at, ClockName.RESPONSE)
            case _:
                pass

    def _is_answer(self, entry: Entry) -> bool:
        return (
            self._hands[ClockName.RESPONSE].met_at is None
            and isinstance(entry.event, events.Commented)
            and not entry.event.internal
            and entry.actor not in self._authors_of_the_trouble
        )

    def _meet(self, at: datetime, *names: ClockName) -> None:
        for name in names:
            hand = self._hands[name]
            if hand.met_at is None:
                hand.met_at, hand.promised, hand.counted_by = at, self._target(name), self._pace

    def _go_on(self, hand: _Hand, at: datetime) -> None:
        """The hand runs towards what is promised from now on; what was said and no longer holds may be said again."""
        target = self._target(hand.name)
        over = target is not None and hand.spent >= target
        late = target is not None and hand.spent >= target * self._promises.warn_at
        hand.met_at = hand.promised = None
        hand.crossed_at = (hand.crossed_at or at) if over else None
        hand.warned, hand.told = hand.warned and late, hand.told and over

    def read(self) -> Iterator[Clock]:
        for hand in self._hands.values():
            target = self._target(hand.name) if hand.met_at is None else hand.promised
            if target is not None:
                yield self._clock(hand, target)

    def _clock(self, hand: _Hand, target: timedelta) -> Clock:
        running = hand.met_at is None and self._open and not self._paused
        state, deadline = ClockState.RUNNING, None
        if hand.met_at is not None and hand.spent <= target:
            state = ClockState.MET
        elif hand.spent >= target:
            state, deadline = ClockState.BREACHED, hand.crossed_at
        elif not self._open:
            state = ClockState.STOPPED
        elif self._paused:
            state = ClockState.PAUSED
        else:
            deadline = self._pace.after(self._since, target - hand.spent)
        pace = self._pace if hand.met_at is None else hand.counted_by
        return Clock(
            name=hand.name,
            target=target.total_seconds(),
            spent=hand.spent.total_seconds(),
            state=state,
            deadline=deadline,
            met_at=hand.met_at,
            warned=hand.warned,
            told=hand.told,
            running=running,
            working_hours=pace is not ROUND_THE_CLOCK,
            goes_on_at=self._goes_on_at() if running else None,
        )

    def _goes_on_at(self) -> datetime | None:
        """When the next moment counts; None where this one does."""
        first = self._pace.after(self._since, _SHORTEST)
        begin = None if first is None else first - _SHORTEST
        return begin if begin is not None and begin > self._since else None
