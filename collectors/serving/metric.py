"""A metric as it is declared, a sample of it, and the part of an exposition that one collector gives."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    """Prometheus' types that we use."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Distribution:
    """The value of a histogram.

    Attributes:
        buckets: (upper bound, how many at or below it), ascending; the last bound is infinite.
        total: Sum of all observed values.
    """

    buckets: tuple[tuple[float, float], ...]
    total: float


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the catalogue.

    Attributes:
        name: In base units, with `_total` for a counter.
        help: One sentence.
        labels: Besides `mall` and `target`, which every metric of a target carries.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    def sample(self, value: float | Distribution, *labels: str) -> "Sample":
        """One value; as many labels as were declared.

        Raises:
            ValueError: Their number is another.
        """
        if len(labels) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {labels}")
        return Sample(self, labels, value)


class Sample(NamedTuple):
    """One series at one moment."""

    metric: Metric
    labels: tuple[str, ...]
    value: float | Distribution

    @property
    def series(self) -> int:
        """How many series a server that scrapes it keeps."""
        return len(self.value.buckets) + 2 if isinstance(self.value, Distribution) else 1


def gauge(name: str, text: str, *labels: str) -> Metric:
    """Declares what can rise and fall."""
    return Metric(name, Kind.GAUGE, text, labels)


def counter(name: str, text: str, *labels: str) -> Metric:
    """Declares what only rises, until it starts anew."""
    return Metric(name, Kind.COUNTER, text, labels)


def given(metric: Metric, value: Any, *labels: str) -> tuple[Sample, ...]:
    """One sample, or none where the server has no value: absent is not zero."""
    return () if value is None else (metric.sample(float(value), *labels),)


Reader = Callable[[Any], Iterable[Sample]]
DEFAULT_SERIES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One collector of the exporter.

    Attributes:
        name: Of the collector, as `tenfold_collector_success` names it.
        metrics: All that it can give.
        begin: Makes the function that reads; what it must remember between readings lives in that function.
        every: Seconds between two readings; 0 reads at every scrape.
        series: It gives at most so many series; what is beyond them is left out and counted.
    """

    name: str
    metrics: tuple[Metric, ...]
    begin: Callable[[], Reader]
    every: float = 0.0
    series: int = DEFAULT_SERIES


def part(
    module: Any, *, every: float = 0.0, series: int = DEFAULT_SERIES, read: Callable[[Any], Any] | None = None
) -> Part:
    """A part that remembers nothing: a module with `METRICS`, `read` and `samples`.

    Args:
        module: The subject's file.
        every: Seconds between two readings.
        series: The most that it gives.
        read: In the place of the module's own.
    """
    reading = read or module.read

    def begin() -> Reader:
        return lambda source: module.samples(reading(source))

    return Part(
        name=module.__name__.rpartition(".")[2], metrics=module.METRICS, begin=begin, every=every, series=series
    )
