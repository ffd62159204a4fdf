"""The storefront's requests, errors and times, from the end of its access log.

Source: the access log's new lines since the last scrape (collectors.access_lines).
Needed role and versions: read access to the file.
Consumed by: the Mall board, the burn rates of the storefront, of the checkout and of the payment.
Cost: about 20 µs a line; at most 8 MB a scrape. What is beyond that is skipped and counted.
Caveats: counters begin at zero with us. 25 endpoints have series, found in the order in which they first answered without a mistake of
    the client's; all others are `other`. A line is counted when it is written, so a request that hangs is missing until it ends.
"""

import math
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from re import Pattern
from typing import Any, BinaryIO

from collectors.access_lines import Line, line_pattern, understood
from collectors.access_log import endpoint_name
from collectors.serving.bounded import OTHER
from collectors.serving.metric import Distribution, Kind, Metric, Part, Reader, Sample, counter

BYTES_AT_MOST = 8 * 2**20
# Read once, at first, to learn which places of a path are variables; nothing of it is counted.
LEARN_BYTES = 2**20
ENDPOINTS = 25
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CLASSES = ("2xx", "3xx", "4xx", "5xx")
REQUESTS = counter(
    "tenfold_front_requests_total", "Requests answered, by endpoint and class of status.", "endpoint", "class"
)
DURATIONS = Metric(
    "tenfold_front_request_duration_seconds", Kind.HISTOGRAM, "Time to answer a request, by endpoint.", ("endpoint",)
)
SENT = counter("tenfold_front_sent_bytes_total", "Bytes of bodies sent.")
MALFORMED = counter("tenfold_front_malformed_lines_total", "Lines of the log that could not be read.")
SKIPPED = counter("tenfold_front_skipped_bytes_total", "Bytes of the log that were too many for one scrape.")
_SERVER_FAILS, _CLIENT_FAILS = 500, 400
METRICS = (REQUESTS, DURATIONS, SENT, MALFORMED, SKIPPED)


@dataclass(slots=True)
class Tail:
    """The log's end: how far it was read, and what was counted.

    Attributes:
        path: Of the log.
        log_format: nginx's `log_format`, or None for combined.
    """

    path: Path
    log_format: str | None = None
    requests: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    buckets: dict[str, list[int]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sent: int = 0
    malformed: int = 0
    skipped: int = 0
    _file: tuple[int, int] | None = None
    _at: int = 0
    _segments: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _known: set[str] = field(default_factory=set)

    def read(self, pattern: Pattern[str]) -> None:
        """Counts the lines that were written since the last time.

        Raises:
            OSError: The log cannot be read.
        """
        with self.path.open("rb") as file:
            about = os.fstat(file.fileno())
            here = (about.st_dev, about.st_ino)
            if self._file is None:
                self._at = self._learn(file, about.st_size, pattern)
            elif here != self._file or about.st_size < self._at:
                self._at = 0  # rotated, or emptied
            self._file = here
            if about.st_size - self._at > BYTES_AT_MOST:
                behind = about.st_size - BYTES_AT_MOST
                self.skipped += behind - self._at
                file.seek(behind)
                self._at = behind + len(file.readline())
            file.seek(self._at)
            while (line := file.readline()).endswith(b"\n"):
                self._at += len(line)
                self._count(understood(line.decode("utf-8", "replace").rstrip("\r\n"), pattern))

    def _learn(self, file: BinaryIO, size: int, pattern: Pattern[str]) -> int:
        file.seek(max(size - LEARN_BYTES, 0))
        at = file.tell()
        if at:
            at += len(file.readline())
        while (raw := file.readline()).endswith(b"\n"):
            at += len(raw)
            line = understood(raw.decode("utf-8", "replace").rstrip("\r\n"), pattern)
            if line is not None:
                self._name(line)
        return at

    def _count(self, line: Line | None) -> None:
        if line is None:
            self.malformed += 1
            return
        endpoint = self._endpoint(line)
        kind = f"{line.status // 100}xx"
        self.requests[endpoint, kind if kind in CLASSES else OTHER] += 1
        self.sent += line.bytes
        if line.seconds is not None:
            buckets = self.buckets.setdefault(endpoint, [0] * (len(BOUNDS) + 1))
            buckets[bisect_left(BOUNDS, line.seconds)] += 1
            self.seconds[endpoint] += line.seconds

    def _endpoint(self, line: Line) -> str:
        name = self._name(line)
        if name in self._known:
            return name
        if len(self._known) < ENDPOINTS and not _strays(line):
            self._known.add(name)
            return name
        return OTHER

    def _name(self, line: Line) -> str:
        segments = self._segments
        if _strays(line):
            segments = defaultdict(set, {place: set(seen) for place, seen in segments.items()})
        return endpoint_name(line.method, line.target, segments)[0].partition("?")[0]


def _strays(line: Line) -> bool:
    """Whoever tries addresses at random must not take the mall's places, nor make a variable of a page's name."""
    return _CLIENT_FAILS <= line.status < _SERVER_FAILS


def samples(tail: Tail) -> Iterable[Sample]:
    """What was counted; every endpoint has all classes, so that a first error is a rise from zero."""
    for endpoint in sorted({endpoint for endpoint, _ in tail.requests}):
        for kind in CLASSES:
            yield REQUESTS.sample(tail.requests.get((endpoint, kind), 0), endpoint, kind)
    for endpoint, buckets in sorted(tail.buckets.items()):
        bounds = zip((*BOUNDS, math.inf), map(float, accumulate(buckets)), strict=True)
        yield DURATIONS.sample(Distribution(tuple(bounds), tail.seconds[endpoint]), endpoint)
    yield SENT.sample(tail.sent)
    yield MALFORMED.sample(tail.malformed)
    yield SKIPPED.sample(tail.skipped)


def tailing(path: Path, log_format: str | None) -> Part:
    """The part for one log."""

    def begin() -> Reader:
        tail, pattern = Tail(path=path, log_format=log_format), line_pattern(log_format)

        def take(_: Any) -> Iterable[Sample]:
            tail.read(pattern)
            return samples(tail)

        return take

    return Part(name="front_log", metrics=METRICS, begin=begin, series=450)
