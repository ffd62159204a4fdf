"""What is gone: targets, the exporter, a metric that had been there. Silence is no good news."""

from dashboards.rules.places import COUNT, LABELS
from dashboards.rules.rule import Alert, Group, Severity, once
from facts.message import msg

WATCHDOG = "Watchdog"
_SERVER_UP = "max by (mall, target) (tenfold_postgres_up)"
_UPS = '{__name__=~"tenfold_(postgres|redis|host|front|tickets|runs)_up"}'
_MALL = '{__name__=~"tenfold_mall_.+"}'


def _named(label: str, selector: str) -> str:
    """How many series there are, by the name of the metric."""
    pattern = "tenfold_(.+)_up" if label == "kind" else "(.+)"
    return f'count by (mall, target, {label}) (label_replace({selector}, "{label}", "$1", "__name__", "{pattern}"))'


GROUP = Group(
    name="absence",
    about=msg("What is gone: targets, the exporter, a metric that had been there. Silence is no good news."),
    alerts=(
        Alert(
            name="PostgresDown",
            expr=f"{_SERVER_UP} == 0",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: the database server {target} does not answer", **LABELS),
            description=msg("For two minutes none of its databases has answered."),
        ),
        Alert(
            name="PostgresDatabaseUnreachable",
            expr=f"{once('tenfold_postgres_up')} == 0\nand on (mall, target) {_SERVER_UP} == 1",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the database {database} on {target} does not answer", **LABELS),
            description=msg("The server does, and so do other databases on it."),
        ),
        Alert(
            name="RedisDown",
            expr=f"{once('tenfold_redis_up')} == 0",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: {target} does not answer", **LABELS),
            description=msg("For two minutes it has not answered INFO."),
        ),
        Alert(
            name="HostUnread",
            expr=f"{once('tenfold_host_up')} == 0",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the machine {target} cannot be read", **LABELS),
            description=msg("It is down, or its node_exporter is, or the way there."),
        ),
        Alert(
            name="RunsUnreadable",
            expr=f"{once('tenfold_runs_up')} == 0",
            lasts="15m",
            severity=Severity.NORMAL,
            summary=msg("{mall}: the folder of audits and rehearsals cannot be read", **LABELS),
            description=msg("Boards and alerts do not see what audits and rehearsals found."),
        ),
        Alert(
            name="TargetGone",
            expr=f"{_named('kind', f'last_over_time({_UPS}[1d])')}\nunless\n{_named('kind', _UPS)}\n"
            "and on (mall) tenfold_exporter_info",
            lasts="10m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: {target} ({kind}) is no longer watched", **LABELS),
            description=msg("Within the last day it was. Nobody sees any more whether it is well."),
        ),
        Alert(
            name="MallMetricGone",
            expr=f"{_named('metric', f'last_over_time({_MALL}[1d])')}\nunless\n{_named('metric', _MALL)}\n"
            # Between midnight and the first payment there is nothing to tell, and the collector that says so has succeeded.
            "unless on (mall, metric)\n"
            'label_replace(tenfold_collector_success == 1, "metric", "tenfold_$1", "collector", "(mall_.+)")\n'
            "and on (mall) tenfold_exporter_info",
            lasts="15m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the figure {metric} is gone", **LABELS),
            description=msg("Within the last day it was there. The alerts on it are blind."),
        ),
        Alert(
            name="CollectorFails",
            expr=f"{once('tenfold_collector_success')} == 0\n"
            f"and on (mall, target, database) {once('tenfold_target_failures')} == 0",
            lasts="30m",
            severity=Severity.NORMAL,
            summary=msg("{mall}: {collector} of {target} has failed for long", **LABELS),
            description=msg(
                "The target itself answers. The page of tenfold serve says what is wrong and what mends it."
            ),
        ),
        Alert(
            name="SeriesDropped",
            expr=f"{once('tenfold_collector_series_dropped')} > 0",
            lasts="1h",
            severity=Severity.NORMAL,
            summary=msg("{mall}: figures of {target} are left out ({collector})", **LABELS),
            description=msg("{value} series are beyond the budget.", value=COUNT),
        ),
        Alert(
            name="TenfoldGone",
            expr="max by (mall) (max_over_time(tenfold_exporter_info[1d]))\nunless\nmax by (mall) (tenfold_exporter_info)",
            lasts="3m",
            severity=Severity.URGENT,
            summary=msg("{mall}: nobody watches the mall any more", **LABELS),
            description=msg("Prometheus gets nothing from tenfold serve. No other alert on this mall can fire."),
        ),
        Alert(
            name="TenfoldInstanceDown",
            expr='max by (job, instance) (up{job=~"tenfold.*"}) == 0',
            lasts="3m",
            severity=Severity.IMPORTANT,
            summary=msg("{instance}: tenfold serve does not answer", **LABELS),
            description=msg("What it watches is not watched, unless another one does too."),
        ),
        Alert(
            name="NothingWatched",
            expr="absent_over_time(tenfold_exporter_info[1d])",
            lasts="15m",
            severity=Severity.IMPORTANT,
            summary=msg("Prometheus has not heard from any tenfold serve for a day"),
            description=msg("TenfoldGone is silent by now: it knows the malls of the last day alone."),
        ),
        Alert(
            name=WATCHDOG,
            expr="vector(1)",
            lasts="",
            severity=Severity.NORMAL,
            summary=msg("Alerts get through"),
            description=msg("This alert always fires. Let something elsewhere call you when it stops coming."),
        ),
    ),
)
