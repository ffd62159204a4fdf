"""What the frozen evidence shows: figures that several rules ask for, each None where it could not be read.

A document of evidence is whatever the readers brought, and may have been kept by an older program: nothing is taken for granted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median
from typing import Any

from facts.message import Message, from_document
from tickets.cause.payments import Channel, channels
from tickets.cause.values import mapping, moment, number, records

OK = "ok"
# A change this long before the first symptom is one of its suspects; deployments are felt within minutes.
CHANGE_SECONDS = 15 * 60
# What was recorded a moment after the alert was begun before it.
CHANGE_GRACE_SECONDS = 120
_LEAST_REQUESTS = 20
# A crawler; of shoppers each sends a hundredth at most, once a mall is worth watching.
ONE_VISITOR = 0.3
A_PROXY = 0.9
# What an hour has more than the hour before.
RATHER_MORE = 1.5


@dataclass(frozen=True)
class Seen:
    """One document of evidence.

    Attributes:
        document: As it was frozen.
    """

    document: Mapping[str, Any]

    @cached_property
    def readings(self) -> Mapping[str, Any]:
        """Each reader's record by its name."""
        found = self.document.get("readings")
        return found if isinstance(found, Mapping) else {}

    def unavailable(self) -> tuple[tuple[str, Message | str], ...]:
        """Readers, and parts of readers, that brought nothing, with the reason."""
        found: list[tuple[str, Message | str]] = []
        for name, each in sorted(self.readings.items()):
            if mapping(each).get("status") != OK:
                found.append((name, _sentence(mapping(each).get("reason", ""))))
                continue
            parts = mapping(mapping(each).get("value")).get("failed")
            found += [(f"{name}/{part}", _sentence(reason)) for part, reason in mapping(parts).items()]
        return tuple(found)

    def value(self, name: str) -> Any:
        """What a reader brought; None when it brought nothing."""
        each = mapping(self.readings.get(name))
        return each.get("value") if each.get("status") == OK else None

    def each(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """What the readers of one kind brought: `database` finds `database:orders`. The reader's whole name comes with it."""
        for name in sorted(self.readings):
            if name == kind or name.startswith(f"{kind}:"):
                value = self.value(name)
                if isinstance(value, Mapping):
                    yield name, value

    @cached_property
    def fired_at(self) -> datetime | None:
        """When the alert fired."""
        return moment(self.document.get("fired_at"))

    def changes(self, kind: str = "", *, seconds: float = CHANGE_SECONDS) -> list[Mapping[str, Any]]:
        """Changes shortly before the alert, the newest last.

        Args:
            kind: `deployment` or `configuration`; empty for both.
            seconds: How long before.
        """
        fired = self.fired_at
        if fired is None:
            return []
        earliest, latest = fired - timedelta(seconds=seconds), fired + timedelta(seconds=CHANGE_GRACE_SECONDS)
        found = []
        for each in records(self.value("changes")):
            at = moment(each.get("at"))
            if at is not None and earliest <= at <= latest and (not kind or each.get("kind") == kind):
                found.append(each)
        return sorted(found, key=lambda each: str(each.get("at")))

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Payment channels with their states."""
        return channels(records(mapping(self.value("payments")).get("intervals")))

    @cached_property
    def probes(self) -> Mapping[str, Mapping[str, Any]]:
        """What a probe from outside said of each third party, by its name."""
        return {str(each.get("name")): each for each in records(self.value("probes"))}

    @cached_property
    def arrivals(self) -> "Compared | None":
        """Requests a second at the front, now and before."""
        return self._front("per_second")

    @cached_property
    def one_visitor(self) -> float:
        """The share of the requests that the busiest visitor sends; 0 where that is all of them, which is a proxy's address."""
        found = max((number(log.get("top_visitor_share")) or 0.0 for _, log in self.each("log")), default=0.0)
        return found if found < A_PROXY else 0.0

    @cached_property
    def latency(self) -> "Compared | None":
        """Seconds within which nineteen of twenty requests were answered."""
        return self._front("p95")

    @cached_property
    def median_latency(self) -> "Compared | None":
        """Seconds within which half of the requests were answered."""
        return self._front("p50")

    @cached_property
    def slowdown(self) -> float | None:
        """How many times as long pages take, the usual ones or the slow ones; None where that is not known."""
        found = (self.latency, self.median_latency)
        return max((each.times for each in found if each is not None and each.times is not None), default=None)

    @cached_property
    def errors(self) -> "Compared | None":
        """Share of requests that were answered with a status of 500 or above."""
        return self._front("error_ratio")

    def _front(self, figure: str) -> "Compared | None":
        for name, log in self.each("log"):
            now, before = mapping(log.get("now")), mapping(log.get("before"))
            first, second = number(now.get(figure)), number(before.get(figure))
            if first is None or (number(now.get("requests")) or 0) < 1:
                continue
            known = second is not None and (number(before.get("requests")) or 0) >= _LEAST_REQUESTS
            return Compared(name, first, second if known else None)
        return None

    @cached_property
    def statements(self) -> tuple["Family", ...]:
        """Statement families of all databases while the evidence was read, the costliest first."""
        found = []
        for name, database in self.each("database"):
            families = records(mapping(database.get("statements")).get("families"))
            found += [_family(name, each) for each in families]
        return tuple(sorted(found, key=lambda each: -each.seconds))


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure now and before; `before` is None where too little is known of it."""

    reading: str
    now: float
    before: float | None

    @property
    def times(self) -> float | None:
        """How many times as much."""
        return self.now / self.before if self.before else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One statement family.

    Attributes:
        share: Of the database's time while it was looked at.
        load: Sessions that it keeps busy on average.
        blocks: Of the database, that one call touches: what it has to do, however long it takes.
        per_second_before, mean_before, blocks_before: When all was well; None where nothing is known.
    """

    reading: str
    text: str
    calls: float
    seconds: float
    share: float
    mean: float
    mean_before: float | None
    per_second: float
    per_second_before: float | None
    calls_before: float
    load: float
    blocks: float | None
    blocks_before: float | None

    @property
    def slower(self) -> float | None:
        """How many times as long one call takes."""
        return self.mean / self.mean_before if self.mean_before else None


def typical_slowdown(families: Sequence[Family], least_calls: float = 20) -> float | None:
    """How many times as long calls take in the middle of all families: what load alone does to every one of them."""
    found = [each.slower for each in families if each.slower is not None and each.calls_before >= least_calls]
    return median(found) if len(found) >= 3 else None  # noqa: PLR2004  (of two there is no middle)


def _family(reading: str, each: Mapping[str, Any]) -> Family:
    return Family(
        reading=reading,
        text=str(each.get("text", "")),
        calls=number(each.get("calls")) or 0.0,
        seconds=number(each.get("seconds")) or 0.0,
        share=number(each.get("share")) or 0.0,
        mean=number(each.get("mean_seconds")) or 0.0,
        mean_before=number(each.get("mean_seconds_before")),
        per_second=number(each.get("per_second")) or 0.0,
        per_second_before=number(each.get("per_second_before")),
        calls_before=number(each.get("calls_before")) or 0.0,
        load=number(each.get("load")) or 0.0,
        blocks=number(each.get("blocks_per_call")),
        blocks_before=number(each.get("blocks_per_call_before")),
    )


def _sentence(stored: object) -> Message | str:
    """A reason as a reader kept it."""
    return from_document(stored) or str(stored)
