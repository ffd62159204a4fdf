"""Names that dashboards, alerts and people's own queries depend on: they are only ever added to."""

import re
from pathlib import Path

import pytest

from collectors.serving.metric import Kind, Metric
from tenfold.metric_pages import every_metric

NAMES = Path(__file__).parent / "metric_names.txt"
METRICS = tuple(every_metric())


def signature(metric: Metric) -> str:
    return f"{metric.name} {metric.kind.value} {' '.join(sorted(metric.labels))}".rstrip()


def test_the_list_holds_every_metric_with_its_type_and_labels() -> None:
    """A name that is missing here was removed or renamed, and breaks somebody's board; a new one is added to the list by hand."""
    assert sorted(map(signature, METRICS)) == NAMES.read_text(encoding="utf-8").splitlines()


def test_a_name_is_declared_once() -> None:
    names = [metric.name for metric in METRICS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_follows_the_fields_habits(metric: Metric) -> None:
    assert re.fullmatch(r"tenfold_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.help.endswith(".")
    assert not re.search(r"_(ms|millis|milliseconds|kb|mb|percent|minutes|hours)(_|$)", metric.name), "base units alone"
    assert not {"query", "statement", "key", "text"} & set(metric.labels)
