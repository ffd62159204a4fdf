"""Suspects that only the mall's own Prometheus sees: throttled containers, JVMs that collect, pools, cloud databases, other machines.

Its figures are over a minute, so a saturation that it shows may have begun a minute earlier; the suspicions say so with their confidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from facts import quantities
from facts.message import Message, msg
from loadtest.suspects_database import database_processor
from loadtest.suspicion import THRESHOLDS, Suspicion
from loadtest.watched import Watched

SMEARED_SECONDS = 60
CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class _Rule:
    """A figure's prefix, the threshold that it reaches in saturation, and the word for it."""

    prefix: str
    threshold: float
    resource: str


_PERCENT = 100.0
_RULES = (
    _Rule("container_cpu_throttled_ratio:", THRESHOLDS.throttled_ratio, "application-cpu"),
    _Rule("jvm_gc_ratio:", THRESHOLDS.collecting_ratio, "memory"),
    _Rule("container_memory_limit_ratio:", 1 - THRESHOLDS.memory_available_ratio, "memory"),
    _Rule("pool_connections_pending_peak:", THRESHOLDS.pool_pending, "database-pool"),
    _Rule("pgbouncer_client_waiting_peak:", THRESHOLDS.pool_pending, "database-pool"),
    _Rule("node_disk_busy_ratio:", THRESHOLDS.busy_ratio, "disk"),
    _Rule("aws_rds_cpuutilization_average:", _PERCENT * THRESHOLDS.busy_ratio, "database-cpu"),
    _Rule("aws_rds_cpu_utilization_average:", _PERCENT * THRESHOLDS.busy_ratio, "database-cpu"),
    _Rule("aliyun_acs_rds_dashboard_CpuUsage:", _PERCENT * THRESHOLDS.busy_ratio, "database-cpu"),
    _Rule("aliyun_acs_rds_dashboard_cpu_usage:", _PERCENT * THRESHOLDS.busy_ratio, "database-cpu"),
    _Rule("aliyun_acs_rds_dashboard_ConnectionUsage:", _PERCENT * THRESHOLDS.connections_ratio, "database-connections"),
    _Rule("aliyun_acs_rds_dashboard_conn_usgae:", _PERCENT * THRESHOLDS.connections_ratio, "database-connections"),
    _Rule("aliyun_acs_rds_dashboard_IOPSUsage:", _PERCENT * THRESHOLDS.busy_ratio, "disk"),
    _Rule("aliyun_acs_rds_dashboard_iops_usage:", _PERCENT * THRESHOLDS.busy_ratio, "disk"),
    _Rule("node_cpu_busy_ratio:", THRESHOLDS.busy_ratio, "application-cpu"),
)


def suspects(watched: Watched) -> Iterator[Suspicion]:
    """Everything that a Prometheus showed above its threshold at its latest look, and when it first did."""
    for source in watched.sources("prometheus"):
        for rule in _RULES:
            for whose in watched.names("prometheus", source, rule.prefix):
                series = watched.series("prometheus", source, f"{rule.prefix}{whose}")
                above = [second for second, value in sorted(series.items()) if value >= rule.threshold]
                if above and above[-1] == max(series):
                    yield _suspicion(watched, rule, whose, max(above[0] - SMEARED_SECONDS, 0), max(series.values()))


def _suspicion(watched: Watched, rule: _Rule, whose: str, second: int, highest: float) -> Suspicion:
    if rule.prefix == "node_cpu_busy_ratio:" and whose in watched.sources("postgres"):
        found = database_processor(watched, whose, second, highest)
        return Suspicion(
            resource=found.resource,
            second=second,
            evidence=found.evidence,
            confidence=min(found.confidence, CONFIDENCE),
        )
    evidence: Message = msg(
        "{figure} of {whose} rose to {value} (from {limit} on it counts as used up; read through the mall's Prometheus, over a minute)",
        figure=rule.prefix.removesuffix(":"),
        whose=whose or "–",
        value=_shown(rule, highest),
        limit=_shown(rule, rule.threshold),
    )
    return Suspicion(resource=rule.resource, second=second, evidence=evidence, confidence=CONFIDENCE)


def _shown(rule: _Rule, value: float) -> str:
    return quantities.percent(value) if "_ratio" in rule.prefix else f"{value:.3g}"
