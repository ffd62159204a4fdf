"""Families of requests in an access log: their counters, and the places of their addresses that vary too much to be names."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Buckets of a geometric histogram: 2 % wide, from 0.1 ms to beyond an hour.
_BUCKET_GROWTH = 1.02
_SMALLEST = 0.0001
SEGMENT_VALUES_AT_MOST = 30
# Beyond this many different targets of one family nobody needs the exact number, and memory stays bounded.
_TARGETS_AT_MOST = 100_000


@dataclass(slots=True)
class Family:
    """What was counted of one family; `growth` is the number of targets after 1, 2, 4, … requests."""

    requests: int = 0
    errors: int = 0
    bytes: int = 0
    timed: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    targets: set[int] = field(default_factory=set)
    growth: list[int] = field(default_factory=list)
    buckets: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, target: str, status: int, size: int, seconds: float | None) -> None:
        """Counts one request."""
        self.requests += 1
        if len(self.targets) <= _TARGETS_AT_MOST:
            self.targets.add(hash(target))
            if self.requests & (self.requests - 1) == 0:
                self.growth.append(len(self.targets))
        self.errors += status >= 500  # noqa: PLR2004  (the server's own failures)
        self.bytes += size
        if seconds is not None:
            self.timed += 1
            self.seconds += seconds
            self.longest = max(self.longest, seconds)
            self.buckets[max(0, int(math.log(max(seconds, _SMALLEST) / _SMALLEST, _BUCKET_GROWTH)))] += 1

    def distinct_after(self, requests: float) -> float:
        """How many targets the first so many requests had, between the powers of two at which they were counted."""
        if requests >= self.requests:
            return len(self.targets)
        if requests <= 1:
            return requests
        power = int(math.log2(requests))
        if power >= len(self.growth):
            return len(self.targets)
        low, high = self.growth[power], self.growth[power + 1] if power + 1 < len(self.growth) else len(self.targets)
        start, end = (1 << power), min(2 << power, self.requests)
        return low + (high - low) * (requests - start) / max(end - start, 1)

    def percentile(self, share: float) -> float | None:
        """The time that this share of the timed requests took at most."""
        if not self.timed:
            return None
        left = share * self.timed
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return min(_SMALLEST * float(_BUCKET_GROWTH ** (bucket + 0.5)), self.longest)
        return self.longest


def final_names(names: Iterable[str], segments: Mapping[str, set[str]]) -> dict[str, str]:
    """The final name of each family: a place counts as a variable for what was seen there first as well."""
    paths = {name: name.partition(" ")[2].partition("?")[0].strip("/").split("/") for name in names}
    final: dict[str, list[str]] = {name: [] for name in paths}
    for level in range(max((len(path) for path in paths.values()), default=0)):
        seen: dict[str, set[str]] = defaultdict(set)
        for name, path in paths.items():
            if level < len(path):
                seen["/".join(final[name])] |= segments.get("/".join(path[:level]), set())
        for name, path in paths.items():
            if level < len(path):
                variable = len(seen["/".join(final[name])]) > SEGMENT_VALUES_AT_MOST and path[level]
                final[name].append("{id}" if variable else path[level])
    shown = {}
    for name, kept in final.items():
        method, _, address = name.partition(" ")
        shown[name] = f"{method} /{'/'.join(kept)}{''.join(address.partition('?')[1:])}"
    return shown


def merged(
    families: Mapping[tuple[str, bool], Family], segments: Mapping[str, set[str]]
) -> dict[tuple[str, bool], Family]:
    """The families under their final names."""
    names = final_names((name for name, _ in families), segments)
    groups: dict[tuple[str, bool], list[Family]] = defaultdict(list)
    for (name, staff), family in families.items():
        groups[names[name], staff].append(family)
    return {key: members[0] if len(members) == 1 else _sum(members) for key, members in groups.items()}


def _sum(members: Sequence[Family]) -> Family:
    """One family of several, as if their requests had come evenly mixed."""
    whole = Family(
        requests=sum(each.requests for each in members),
        errors=sum(each.errors for each in members),
        bytes=sum(each.bytes for each in members),
        timed=sum(each.timed for each in members),
        seconds=sum(each.seconds for each in members),
        longest=max(each.longest for each in members),
        targets=set().union(*(each.targets for each in members)),
    )
    for each in members:
        for bucket, count in each.buckets.items():
            whole.buckets[bucket] += count
    for power in range(whole.requests.bit_length()):
        share = (1 << power) / whole.requests
        whole.growth.append(round(max(sum(each.distinct_after(share * each.requests) for each in members), 1)))
    return whole
