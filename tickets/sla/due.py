"""What has to be said about a ticket now, and when there is something to say again: pure, from its log and the mall's rules.

Every open ticket has something to come: a warning, a breach or a step of its chain while a clock runs; else it is brought up again
after a while, because it waits for somebody or every promise is missed already.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tickets import events
from tickets.events import Entry, Event
from tickets.sla.calendar import Calendar
from tickets.sla.chain import NOBODY_ELSE, ON_CALL, Chain, Escalation, Step
from tickets.sla.clocks import Clock, ClockState, clocks, pace_of
from tickets.sla.pace import Pace
from tickets.sla.rotation import Rotation, of_area, on_call
from tickets.sla.tiers import Promises
from tickets.ticket import Ticket

# Alerts that flap, messages and what machines find out are no reason to leave a ticket alone for longer.
NO_MOVE = (
    events.Fired, events.Subsided, events.ResolutionProposed, events.Notified, events.EvidenceFrozen, events.CauseGiven,
    events.AidProposed, events.Attached, events.Linked, events.Absorbed,
)  # fmt: skip
# Where the working hours are so few that the next moment is not to be found.
_FALLBACK = timedelta(days=1)
PAUSED, OVERDUE = "paused", "overdue"
"""Why a ticket is brought up again, beside the names of clocks: the reasons of `Escalated`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Those of the mall."""

    promises: Promises = field(default_factory=Promises)
    calendar: Calendar = field(default_factory=Calendar)
    escalation: Escalation = field(default_factory=Escalation)
    rotations: tuple[Rotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Timer:
    """The next thing to say.

    Attributes:
        name: `warn:CLOCK`, `breach:CLOCK`, `escalate:STEP` or `remind`.
        at: When.
    """

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to say.

    Attributes:
        now: To be written at once, in this order.
        next: The earliest of what comes when all of `now` is written; None for a ticket that is not open.
    """

    now: tuple[Event, ...]
    next: Timer | None


def outlook(ticket: Ticket, log: Sequence[Entry], rules: Rules, at: datetime) -> Outlook:
    """What there is to say about a ticket.

    Args:
        ticket: As its log tells it.
        log: All of it.
        rules: Of the mall.
        at: Now.
    """
    at = max(at, log[-1].at)
    all_clocks = clocks(log, rules.promises, rules.calendar, at)
    now = list(_breaches(all_clocks))
    if not ticket.is_open:
        return Outlook(tuple(now), None)
    now += _warnings(all_clocks, rules.promises.warn_at)
    done = _steps_done(log)
    steps = _steps_left(rules.escalation.of(ticket.urgency), done, all_clocks)
    for number, clock, step in steps:
        if timedelta(seconds=clock.spent) >= step.at(clock.target):
            to = _somebody(step.to, ticket, rules, at)
            now.append(events.Escalated(step=number, to=to, reason=clock.name.value))
    pace = pace_of(rules.promises.of(ticket.urgency), rules.calendar)
    coming = list(_coming(all_clocks, steps, rules.promises.warn_at, pace, at))
    if not coming:
        reminder = _reminder(ticket, log, rules, pace)
        if not now and reminder.at <= at:
            now.append(_again(ticket, rules, at, max(done, default=0)))
        coming.append(_reminder(ticket, log, rules, pace, since=at) if now else reminder)
    return Outlook(tuple(now), min(coming, key=lambda timer: timer.at))


def _steps_left(chain: Chain, done: frozenset[int], all_clocks: Iterable[Clock]) -> tuple[tuple[int, Clock, Step], ...]:
    """The steps that have not been taken, with the clocks that they are about; what has been met needs no step."""
    by_name = {clock.name: clock for clock in all_clocks if clock.met_at is None}
    return tuple(
        (number, by_name[step.clock], step)
        for number, step in enumerate(chain.steps, 1)
        if number not in done and step.clock in by_name
    )


def _coming(
    all_clocks: Iterable[Clock], steps: Iterable[tuple[int, Clock, Step]], share: float, pace: Pace, at: datetime
) -> Iterator[Timer]:
    """What the running clocks will reach, each with its moment."""
    thresholds: list[tuple[str, Clock, timedelta]] = []
    for clock in all_clocks:
        target = timedelta(seconds=clock.target)
        thresholds += [
            (f"warn:{clock.name.value}", clock, target * share),
            (f"breach:{clock.name.value}", clock, target),
        ]
    thresholds += [(f"escalate:{number}", clock, step.at(clock.target)) for number, clock, step in steps]
    for name, clock, threshold in thresholds:
        left = threshold - timedelta(seconds=clock.spent)
        moment = pace.after(at, left) if clock.running and left > timedelta(0) else None
        if moment is not None:
            yield Timer(name, moment)


def _reminder(ticket: Ticket, log: Iterable[Entry], rules: Rules, pace: Pace, since: datetime | None = None) -> Timer:
    """When a ticket is brought up again to which nothing else will happen by itself."""
    chain = rules.escalation.of(ticket.urgency)
    repeat = timedelta(seconds=chain.repeat if ticket.waiting_for is None else chain.repeat_paused)
    moved = since or max(entry.at for entry in log if not isinstance(entry.event, NO_MOVE))
    return Timer("remind", pace.after(moved, repeat) or moved + _FALLBACK)


def nobody_would_hear(ticket: Ticket, rules: Rules) -> bool:
    """Whether an open ticket has neither an owner nor an escalation to come."""
    return ticket.is_open and ticket.owner is None and not rules.escalation.of(ticket.urgency).steps


def _breaches(all_clocks: Iterable[Clock]) -> Iterator[Event]:
    """Of promises that were met too late, too: the log tells every breach, whenever the service ran."""
    for clock in all_clocks:
        if clock.state is ClockState.BREACHED and not clock.told:
            yield events.Breached(clock=clock.name)


def _warnings(all_clocks: Iterable[Clock], share: float) -> Iterator[Event]:
    """What is over already is not warned of any more."""
    for clock in all_clocks:
        late = timedelta(seconds=clock.spent) >= timedelta(seconds=clock.target) * share
        if late and not clock.warned and clock.met_at is None and clock.state is not ClockState.BREACHED:
            yield events.Warned(clock=clock.name)


def _steps_done(log: Iterable[Entry]) -> frozenset[int]:
    """Another urgency has another chain, which begins anew."""
    done: set[int] = set()
    for entry in log:
        match entry.event:
            case events.UrgencyChanged():
                done.clear()
            case events.Escalated(step=step):
                done.add(step)
            case _:
                pass
    return frozenset(done)


def _again(ticket: Ticket, rules: Rules, at: datetime, step: int) -> Event:
    chain = rules.escalation.of(ticket.urgency)
    last = chain.steps[-1].to if chain.steps else NOBODY_ELSE
    if ticket.waiting_for is not None and ticket.owner is not None:
        return events.Escalated(step=step, to=ticket.owner, reason=PAUSED)
    reason = OVERDUE if ticket.waiting_for is None else PAUSED
    return events.Escalated(step=step, to=_somebody(last, ticket, rules, at), reason=reason)


def _somebody(to: str, ticket: Ticket, rules: Rules, at: datetime) -> str:
    """An account or a role."""
    if to != ON_CALL:
        return to
    rotation = of_area(rules.rotations, ticket.area)
    return NOBODY_ELSE if rotation is None else on_call(rotation, at)
