"""A scrape's answer: what every target has, in Prometheus' format, within the mall's budget of series.

Metrics of the exporter itself stand in `SELF`, those of the targets in `collectors.serving.catalogue`.
"""

import math
import time
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from collectors.serving.metric import Distribution, Kind, gauge
from collectors.serving.metric import Metric as Declared
from tenfold import __version__
from tenfold.serving.watched import View
from tenfold.serving.writer import Rows, Writer

MALL_SERIES = 2_000
_TARGET = ("mall", "target")
# A reading that is so much later than it was due has not succeeded, whatever the last one did.
_OVERDUE_SECONDS = 30.0

UP = {
    "postgres": gauge("tenfold_postgres_up", "1 if the database answered in this scrape.", "database"),
    "redis": gauge("tenfold_redis_up", "1 if the server answered in this scrape."),
    "host": gauge("tenfold_host_up", "1 if the machine's figures were read in this scrape."),
    "front": gauge("tenfold_front_up", "1 if the page answered in this scrape, whatever it said."),
    "tickets": gauge("tenfold_tickets_up", "1 if the ticket store answered in this scrape."),
    "runs": gauge("tenfold_runs_up", "1 if the folder of audits and rehearsals was read."),
}
_COLLECTOR = ("database", "collector")
SUCCESS = gauge("tenfold_collector_success", "1 if the collector read what there was.", *_COLLECTOR)
DURATION = gauge("tenfold_collector_duration_seconds", "How long its last reading took.", *_COLLECTOR)
AGE = gauge(
    "tenfold_collector_age_seconds", "Age of what it shows; more than a moment on the slower clocks only.", *_COLLECTOR
)
DROPPED = gauge("tenfold_collector_series_dropped", "Series that were beyond its budget or the mall's.", *_COLLECTOR)
FAILURES = gauge("tenfold_target_failures", "Scrapes in a row that the target did not answer.", "database")
SELF = (*UP.values(), SUCCESS, DURATION, AGE, DROPPED, FAILURES)
INFO = gauge("tenfold_exporter_info", "1; Tenfold's version is its label.", "version")
SERIES = gauge("tenfold_exporter_series", "Series of the targets in this answer.")
LIMIT = gauge("tenfold_exporter_series_limit", "Series that the mall's budget allows.")
EXPORTER = (INFO, SERIES, LIMIT)


class _Families:
    """Metric families in the order in which they first came, each with all targets' samples."""

    def __init__(self, mall: str) -> None:
        self._mall = mall
        self._found: dict[str, Metric] = {}

    def add(self, metric: Declared, target: str, labels: Sequence[str], value: float | Distribution) -> None:
        family = self._found.get(metric.name)
        if family is None:
            family = self._found[metric.name] = _family(metric, _TARGET)
        given = (self._mall, target, *labels)
        if isinstance(value, Distribution):
            bounds = [("+Inf" if math.isinf(bound) else repr(bound), count) for bound, count in value.buckets]
            family.add_metric(given, bounds, value.total)  # type: ignore[attr-defined]  # histograms have it
        else:
            family.rows.append((given, value))  # type: ignore[attr-defined]  # gauges and counters have them

    def __iter__(self) -> Iterator[Metric]:
        return iter(self._found.values())


def _family(metric: Declared, before: tuple[str, ...] = ()) -> Metric:
    labels = (*before, *metric.labels)
    if metric.kind is Kind.HISTOGRAM:
        return HistogramMetricFamily(metric.name, metric.help, labels=labels)
    return Rows(metric.name, metric.help, metric.kind.value, labels)


class _Scrape(Collector):
    """What one scrape shows."""

    def __init__(self, mall: str, views: Sequence[View], budget: int) -> None:
        self._mall, self._views, self._budget = mall, views, budget

    def collect(self) -> Iterable[Metric]:
        families = _Families(self._mall)
        now = time.monotonic()
        left = self._budget
        used = 0
        for view in self._views:
            watched = view.watched
            place = (watched.database,) if watched.kind == "postgres" else ()
            families.add(UP[watched.kind], watched.target, place, float(view.up))
            families.add(FAILURES, watched.target, (watched.database,), watched.breaker.failures)
            for part in watched.parts:
                kept = view.kept.get(part.name)
                labels = (watched.database, part.name)
                current = kept is not None and now - kept.at < part.every + _OVERDUE_SECONDS
                families.add(SUCCESS, watched.target, labels, float(kept is not None and kept.success and current))
                if kept is None:
                    continue
                families.add(DURATION, watched.target, labels, kept.seconds)
                families.add(AGE, watched.target, labels, round(now - kept.at, 3))
                dropped = kept.dropped
                for sample in kept.samples:
                    series = sample.series
                    if series > left:
                        dropped += series
                        continue
                    left -= series
                    used += series
                    families.add(sample.metric, watched.target, sample.labels, sample.value)
                families.add(DROPPED, watched.target, labels, dropped)
        yield from families
        own: tuple[tuple[Declared, tuple[str, ...], float], ...] = (
            (INFO, (__version__,), 1.0),
            (SERIES, (), used),
            (LIMIT, (), self._budget),
        )
        for metric, names, figure in own:
            family = _family(metric, ("mall",))
            family.rows.append(((self._mall, *names), figure))  # type: ignore[attr-defined]  # gauges have them
            yield family


class Renderer:
    """Makes answers of views."""

    def __init__(self, mall: str, *, series: int = MALL_SERIES) -> None:
        """Knows the mall.

        Args:
            mall: The label of that name.
            series: The most that its targets may have together.
        """
        self._mall, self._series = mall, series
        self._process = ProcessCollector(registry=None)
        self._writer = Writer()

    def render(self, views: Sequence[View], accept: str, *, ourselves: bool) -> tuple[bytes, str]:
        """The answer and its content type.

        Args:
            views: The targets to show.
            accept: The scraper's Accept header.
            ourselves: With the figures of this process.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Scrape(self._mall, views, self._series))
        if ourselves:
            registry.register(self._process)
        encode, content_type = choose_encoder(accept)
        if "escaping=dots" in content_type:
            # Asked for by nobody that we know of; it changes the names.
            return encode(registry), content_type
        body = self._writer.write(
            registry.collect(), openmetrics=content_type.startswith("application/openmetrics-text")
        )
        return body, content_type
