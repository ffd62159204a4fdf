"""The text format as we write it, read back by the library's own parser."""

import math
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from tenfold.serving.text_format import encoder, text

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
# What UTF-8 can write; the parser splits lines as Python does, at more places than the format has.
VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters='\n\\"{}=,'), max_size=30
)


class Given(Collector):
    """Exposes what it was given."""

    def __init__(self, *metrics: Metric) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def registry(*metrics: Metric) -> CollectorRegistry:
    made = CollectorRegistry(auto_describe=False)
    made.register(Given(*metrics))
    return made


def read(written: bytes) -> list[tuple[str, dict[str, str], float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(written.decode())
        for sample in family.samples
    ]


@given(st.lists(VALUES, min_size=1, max_size=4, unique=True), st.floats(allow_nan=False))
def test_what_was_written_is_read(values: list[str], number: float) -> None:
    gauge = GaugeMetricFamily("tenfold_figure", "A figure\nwith \\ in its help.", labels=["mall"])
    for value in values:
        gauge.add_metric([value], number)
    assert read(text(registry(gauge))) == [("tenfold_figure", {"mall": value}, number) for value in values]


def test_it_is_what_the_library_writes() -> None:
    counter = CounterMetricFamily("tenfold_things", "Things.", labels=["mall", "kind"])
    counter.add_metric(["shop", 'a "quoted" \\ one\nwith two lines'], 3)
    histogram = HistogramMetricFamily("tenfold_seconds", "Seconds.", labels=["mall"])
    histogram.add_metric(["shop"], [("0.1", 2.0), ("+Inf", 5.0)], 1.5)
    gauge = GaugeMetricFamily("tenfold_plain", "Without labels.", value=-0.25)
    made = registry(counter, histogram, gauge)
    assert read(text(made)) == read(generate_latest(made))
    headings = [line for line in text(made).splitlines() if line.startswith(b"#")]
    assert headings == [line for line in generate_latest(made).splitlines() if line.startswith(b"#")]


def test_the_process_own_figures_are_written_too() -> None:
    made = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=made)
    assert {name for name, _, _ in read(text(made))} == {name for name, _, _ in read(generate_latest(made))}


@pytest.mark.parametrize(
    ("value", "written"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (1e22, "1e+22")]
)
def test_numbers_are_written_as_go_reads_them(value: float, written: str) -> None:
    gauge = GaugeMetricFamily("tenfold_figure", "A figure.", value=value)
    assert text(registry(gauge)).decode().splitlines()[-1] == f"tenfold_figure{{}} {written}"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (PROMETHEUS, "text/plain"),
        ("", "text/plain"),
        ("text/html, */*", "text/plain"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
    ],
)
def test_openmetrics_is_for_those_who_take_nothing_else(accept: str, kind: str) -> None:
    assert encoder(accept)[1].startswith(kind)
