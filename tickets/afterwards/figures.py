"""The figures of a month: how soon tickets were answered, planned and solved by tier, what was promised and kept, ratings, repeated faults.

A month's tickets are those that were opened in it, by the mall's time zone. Those that were merged into another are counted as merged, and
as nothing else: opened = resolved + open + merged. Times are those of the clocks, so that pauses and closed hours do not count; a promise
that is not decided yet counts neither as kept nor as broken.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from pages.tickets import office_records
from pages.tickets.incident import kept
from pages.tickets.records import Clock
from tickets import events
from tickets.events import Entry
from tickets.names import ClockName, Urgency
from tickets.ticket import Ticket

REPEATS_SHOWN = 20
NINE_TENTHS = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A ticket as the figures need it."""

    ticket: Ticket
    log: Sequence[Entry]
    clocks: Sequence[Clock]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promise of one tier.

    Attributes:
        median: Seconds until it was met, of those that met it, in time or late; None where none did.
        ninth: Nine of ten were met within so many seconds (nearest rank).
        kept: How many.
        broken: How many.
    """

    median: float | None
    ninth: float | None
    kept: int
    broken: int

    @property
    def kept_share(self) -> float | None:
        """0 to 1; None where none is decided."""
        decided = self.kept + self.broken
        return self.kept / decided if decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One urgency, as it was in the end: opened = resolved + open + merged."""

    urgency: Urgency
    opened: int
    resolved: int
    open: int
    merged: int
    promises: Mapping[ClockName, Promise]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A fault that came more than once.

    Attributes:
        title: Of the newest ticket.
        times: Tickets of it in the month, and reopenings.
        tickets: Their numbers.
    """

    title: str
    times: int
    tickets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """One month.

    Attributes:
        name: `2026-11`.
        ratings: How many there were.
        rating: Means of attitude, speed and result, 1 to 5; empty where nobody rated.
        cut: Tickets that were not looked at, because there are too many.
    """

    name: str
    tiers: tuple[Tier, ...]
    ratings: int
    rating: Mapping[str, float]
    repeats: tuple[Repeat, ...]
    reopened: int
    escalated: int
    causes: Mapping[str, int]
    areas: Mapping[str, int]
    cut: int = field(default=0)


def figures(name: str, tickets: Iterable[Told], *, cut: int = 0) -> MonthFigures:
    """The figures.

    Args:
        name: Of the month.
        tickets: All that were opened in it.
        cut: How many more there are.
    """
    told = list(tickets)
    counted = [each for each in told if each.ticket.merged_into is None]
    rated = [each.ticket.rating for each in counted if each.ticket.rating is not None]
    means = {name: fmean(getattr(each, name) for each in rated) for name in ("attitude", "speed", "result") if rated}
    return MonthFigures(
        name=name,
        tiers=tuple(_tier(urgency, [each for each in told if each.ticket.urgency is urgency]) for urgency in Urgency),
        ratings=len(rated),
        rating=means,
        repeats=_repeats(counted),
        reopened=sum(1 for each in counted if each.ticket.reopenings),
        escalated=sum(1 for each in counted if any(isinstance(entry.event, events.Escalated) for entry in each.log)),
        causes=Counter(each.ticket.cause.value for each in counted if each.ticket.cause is not None),
        areas=Counter(each.ticket.area for each in counted),
        cut=cut,
    )


def for_page(month: MonthFigures) -> office_records.Month:
    """What the page of figures shows of it."""
    tiers = []
    for tier in month.tiers:
        decided = [(each.kept, each.kept + each.broken) for each in tier.promises.values()]
        due = sum(count for _, count in decided)
        tiers.append(
            office_records.Tier(
                urgency=tier.urgency.value,
                opened=tier.opened,
                resolved=tier.resolved,
                merged=tier.merged,
                response=_median(tier, ClockName.RESPONSE),
                plan=_median(tier, ClockName.PLAN),
                fix=_median(tier, ClockName.FIX),
                kept=sum(held for held, _ in decided) / due if due else None,
            )
        )
    return office_records.Month(
        name=month.name,
        tiers=tuple(tiers),
        attitude=month.rating.get("attitude"),
        speed=month.rating.get("speed"),
        result=month.rating.get("result"),
        ratings=month.ratings,
        repeats=tuple((each.title, each.times) for each in month.repeats),
    )


def _median(tier: Tier, clock: ClockName) -> float | None:
    promise = tier.promises.get(clock)
    return None if promise is None else promise.median


def _tier(urgency: Urgency, told: Sequence[Told]) -> Tier:
    counted = [each for each in told if each.ticket.merged_into is None]
    clocks = [clock for each in counted for clock in each.clocks]
    resolved = sum(1 for each in counted if each.ticket.resolved_at is not None)
    return Tier(
        urgency=urgency,
        opened=len(told),
        resolved=resolved,
        open=len(counted) - resolved,
        merged=len(told) - len(counted),
        promises={
            name: _promise([clock for clock in clocks if clock.name == name.value])
            for name in ClockName
            if any(clock.name == name.value for clock in clocks)
        },
    )


def _promise(clocks: Sequence[Clock]) -> Promise:
    met = sorted(clock.spent for clock in clocks if clock.met_at is not None)
    answers = [kept(clock) for clock in clocks]
    return Promise(
        median=median(met) if met else None,
        ninth=met[math.ceil(NINE_TENTHS * len(met)) - 1] if met else None,
        kept=sum(1 for answer in answers if answer),
        broken=sum(1 for answer in answers if answer is False),
    )


def _repeats(told: Sequence[Told]) -> tuple[Repeat, ...]:
    """Tickets of one key belong together; one without a key repeats itself only when it is reopened."""
    groups: dict[str, list[Ticket]] = {}
    for each in told:
        ticket = each.ticket
        groups.setdefault(ticket.keys[0] if ticket.keys else f"\0{ticket.number}", []).append(ticket)
    found = []
    for tickets in groups.values():
        times = len(tickets) + sum(ticket.reopenings for ticket in tickets)
        newest = max(tickets, key=lambda ticket: ticket.number)
        if times > 1 or newest.previous is not None:
            found.append(
                Repeat(title=newest.title, times=times, tickets=tuple(sorted(ticket.number for ticket in tickets)))
            )
    return tuple(sorted(found, key=lambda each: (-each.times, each.tickets))[:REPEATS_SHOWN])
