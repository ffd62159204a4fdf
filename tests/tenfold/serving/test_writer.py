"""What the exporter writes is what prometheus-client would have written, to the byte."""

import math
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from tenfold.serving import writer
from tenfold.serving.writer import Rows, Writer

AWKWARD = ('a "quoted" one', "back\\slash", "two\nlines", "逗号，", "", "x" * 300)
VALUES = (0.0, -1.0, 1e-9, 123456.0, 1234567.0, 1.5e17, 1e300, math.inf, -math.inf, math.nan, 7)


class Everything(Collector):
    """Each kind that we use, with whatever may stand in a label or be a value."""

    def __init__(self, first: float = 0.0) -> None:
        self.first = first

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("shop_up", 'Whether it is "up", with a \\ and\na line.', value=self.first)
        gauge = GaugeMetricFamily("shop_figure", "A figure.", labels=("zone", "area"))
        for number, value in enumerate(VALUES):
            gauge.add_metric((AWKWARD[number % len(AWKWARD)], str(number)), value)
        yield gauge
        counter = CounterMetricFamily("shop_orders", "Orders.", labels=("channel",))
        for label in AWKWARD:
            counter.add_metric((label,), self.first + 5)
        yield counter
        rows = Rows("shop_refunds_total", "Refunds.", "counter", ("channel", "area"))
        rows.rows += [((label, "here"), self.first) for label in AWKWARD]
        yield rows
        yield Rows("shop_nothing", "Has no series.", "gauge", ("zone",))
        histogram = HistogramMetricFamily("shop_seconds", "Durations.", labels=("route",))
        histogram.add_metric(("/",), [("0.1", 1), ("2.5", 3), ("+Inf", 4)], 6.25)
        yield histogram


def registry(*collectors: Collector) -> CollectorRegistry:
    found = CollectorRegistry(auto_describe=False)
    for each in collectors:
        found.register(each)
    return found


@pytest.mark.parametrize("round_", [1, 2, 3])
def test_both_formats_are_the_librarys_to_the_byte(round_: int) -> None:
    writes = Writer()
    for number in range(round_):
        collected = registry(Everything(float(number)))
        assert writes.write(collected.collect(), openmetrics=False) == generate_latest(collected)
        assert writes.write(collected.collect(), openmetrics=True) == generate_openmetrics(collected)  # type: ignore[no-untyped-call]


def test_the_process_own_figures_are_among_them() -> None:
    process = ProcessCollector(registry=None)
    names = [family.name for family in process.collect()]
    text = Writer().write(registry(process).collect(), openmetrics=False).decode()
    assert names
    assert all(f"# TYPE {name}" in text for name in names)


def test_what_is_kept_is_bounded_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "SERIES_KEPT", 3)
    writes = Writer()
    collected = registry(Everything())
    assert writes.write(collected.collect(), openmetrics=False) == generate_latest(collected)
    assert len(writes._kept) <= 3
