"""The exporter's catalogue: every file is in it, every name is one that Prometheus' own tool likes, and docs/metrics.md says the same."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import collectors.serving
from collectors.serving.catalogue import (
    CATALOGUE,
    FRONT,
    HOST,
    HOST_EXPORTER,
    POSTGRES_DATABASE,
    POSTGRES_SERVER,
    REDIS,
)
from collectors.serving.metric import Kind, Metric, Part
from tenfold.serving import exposition, runs

FOLDER = Path(collectors.serving.__file__).parent
# Of names, for a subject's file beside them.
TABLES = {"redis_figures", "host_exporter_names"}
SUBJECTS = sorted(
    module.name
    for module in pkgutil.iter_modules([str(FOLDER)])
    if re.match(r"(postgres|redis|host|front)_", module.name) and module.name not in TABLES
)
# The same metrics as this machine's, of another one.
TRANSLATES = {"host_exporter"}
PARTS: tuple[Part, ...] = (*POSTGRES_SERVER, *POSTGRES_DATABASE, *REDIS, *HOST, *HOST_EXPORTER, *FRONT)
METRICS = [metric for metrics in CATALOGUE.values() for metric in metrics] + [
    *runs.METRICS,
    *exposition.SELF,
    *exposition.EXPORTER,
]
UNITS = ("seconds", "bytes", "ratio", "total")


def test_every_subject_is_in_the_catalogue() -> None:
    assert set(CATALOGUE) - {"declared"} == set(SUBJECTS) - TRANSLATES


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subjects_file_has_its_manual_page_and_the_three_pieces(subject: str) -> None:
    module = importlib.import_module(f"collectors.serving.{subject}")
    for heading in ("Source:", "Needed role and versions:", "Consumed by:", "Cost:", "Caveats:"):
        assert heading in (module.__doc__ or ""), heading
    assert module.METRICS
    assert callable(getattr(module, "samples", None)) or subject == "postgres_discovery"


def test_a_metric_is_declared_once() -> None:
    # To OpenMetrics a counter is called what it is called without its ending.
    names = [metric.name.removesuffix("_total") for metric in METRICS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.name)
def test_a_metrics_name_says_its_type_and_its_help_is_a_sentence(metric: Metric) -> None:
    assert re.fullmatch(r"tenfold_[a-z0-9_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.help.endswith(".")
    assert not set(metric.labels) & {"mall", "target", "instance", "job", "le"}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in metric.labels)
    for word in ("milliseconds", "_ms", "kilobytes", "percent", "minutes_"):
        assert word not in metric.name


def test_the_first_collector_of_a_target_is_read_at_every_scrape() -> None:
    for parts in (POSTGRES_SERVER, REDIS, HOST, HOST_EXPORTER, FRONT):
        assert not parts[0].every


def test_what_costs_much_is_on_a_slower_clock() -> None:
    assert {part.name for part in PARTS if part.every} == {"postgres_sizes", "postgres_statements", "postgres_tables"}


def test_a_sample_has_the_labels_that_were_declared() -> None:
    metric = Metric("tenfold_x", Kind.GAUGE, "X.", ("a",))
    assert metric.sample(1.0, "b").labels == ("b",)
    with pytest.raises(ValueError, match="has the labels"):
        metric.sample(1.0)
