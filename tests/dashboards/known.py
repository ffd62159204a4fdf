"""Every metric that the code can give, with its kind; dashboards may name no other."""

from dataclasses import dataclass

from prometheus_client.core import Metric as Family

from collectors.serving.catalogue import CATALOGUE
from collectors.serving.metric import Kind, Metric
from loadtest.exposition import RoundExposition
from tenfold.serving import exposition, marks, promotion, runs, tickets
from tests.pages.recorded_samples import recording

# Prometheus' own: of the rules that it evaluates, of the exporters that it scrapes.
PROMETHEUS = ("ALERTS", "up")


@dataclass(frozen=True, slots=True)
class Known:
    """What can be asked for.

    Attributes:
        counters: Names of series that only rise, the parts of histograms among them.
        gauges: Names of the others.
    """

    counters: frozenset[str]
    gauges: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.counters or name in self.gauges


def known() -> Known:
    """From the exporter's declarations, and from what a running round exposes."""
    kinds = dict.fromkeys(PROMETHEUS, Kind.GAUGE)
    for metric in declared():
        kinds[metric.name] = metric.kind
    for family in of_a_round():
        kinds[family.name + ("_total" if family.type == "counter" else "")] = Kind(family.type)
    parts = {
        name + end for name, kind in kinds.items() if kind is Kind.HISTOGRAM for end in ("_bucket", "_sum", "_count")
    }
    return Known(
        counters=frozenset(parts | {name for name, kind in kinds.items() if kind is Kind.COUNTER}),
        gauges=frozenset(name for name, kind in kinds.items() if kind is Kind.GAUGE),
    )


def declared() -> list[Metric]:
    of_targets = [metric for metrics in CATALOGUE.values() for metric in metrics]
    own = (*runs.METRICS, *promotion.METRICS, *marks.METRICS, *tickets.METRICS)
    return [*of_targets, *exposition.SELF, *exposition.EXPORTER, *own]


def of_a_round() -> list[Family]:
    run = recording(40, 5, seed=3, failing=lambda _second: 0.2)
    metrics = RoundExposition(
        "capacity", seed=run.seed, arrivals=run.arrivals, loop=run.loop, started_at=run.started_at.timestamp()
    )
    for moment in run.moments:
        metrics.feed(moment)
    metrics.finish(run, run.started_at.timestamp() + 5)
    return list(metrics.collect())
