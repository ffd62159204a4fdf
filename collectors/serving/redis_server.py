"""One Redis or Valkey: clients, memory, keyspace, evictions, traffic, persistence, replication, its commands and their latency.

Source: INFO everything.
Needed role and versions: Redis 6 to 8, Valkey 7 to 9; +ping +info +client|setname.
Consumed by: the Mall and Redis boards, the alerts on memory, evictions and refused clients.
Cost: one command, 0.3 ms of the server's only thread, whatever the number of keys: no key is ever looked at.
Caveats: on a cluster node only that node is seen. The busiest 40 commands have series, the others are `other`. Percentiles are the
    server's own since its start or its last CONFIG RESETSTAT (Redis 7, Valkey 7 and later), so they move slowly and cannot be added up.
    A database without keys has no series.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from collectors.serving.bounded import OTHER
from collectors.serving.metric import Sample, counter, gauge
from collectors.serving.redis_figures import FIGURES, PREFIX

SECTIONS = "everything"
COMMANDS = 40
INFO = gauge(PREFIX + "info", "1; product, version and role are its labels.", "product", "version", "role")
POLICY = gauge(PREFIX + "eviction_policy_info", "1; the label is maxmemory-policy.", "policy")
LAG = gauge(PREFIX + "replica_lag_seconds", "Since when the replica has not answered, by replica.", "replica")
BEHIND = gauge(PREFIX + "replica_behind_bytes", "Changes that the replica has yet to acknowledge.", "replica")
SAVED = gauge(PREFIX + "rdb_last_save_success", "1 if the last snapshot was written.")
REWRITTEN = gauge(PREFIX + "aof_last_rewrite_success", "1 if the last rewrite of the append-only file went well.")
APPENDED = gauge(PREFIX + "aof_last_write_success", "1 if the last write to the append-only file went well.")
DENIED = counter(PREFIX + "access_denied_total", "Refusals of the access control list, by what was refused.", "reason")
KEYS = gauge(PREFIX + "keys", "Keys, by database.", "database")
EXPIRING = gauge(PREFIX + "keys_expiring", "Keys with an end, by database.", "database")
TTL = gauge(PREFIX + "keys_ttl_seconds", "Mean time to live, by database.", "database")
CALLS = counter(PREFIX + "command_calls_total", "Calls, by command.", "command")
SECONDS = counter(PREFIX + "command_seconds_total", "Time spent, by command.", "command")
REJECTED = counter(PREFIX + "command_rejected_total", "Calls refused before they ran, by command.", "command")
FAILED = counter(PREFIX + "command_failed_total", "Calls that failed while they ran, by command.", "command")
LATENCY = gauge(
    PREFIX + "command_latency_seconds", "Percentiles of a call's duration since the start.", "command", "percentile"
)
ERRORS = counter(PREFIX + "errors_total", "Errors answered, by their first word.", "error")
METRICS = (
    INFO, POLICY, *dict.fromkeys(metric for _, metric, _ in FIGURES), LAG, BEHIND, SAVED, REWRITTEN, APPENDED, DENIED, KEYS, EXPIRING, TTL,
    CALLS, SECONDS, REJECTED, FAILED, LATENCY, ERRORS,
)  # fmt: skip
_OUTCOMES = (
    (SAVED, "rdb_last_bgsave_status"),
    (REWRITTEN, "aof_last_bgrewrite_status"),
    (APPENDED, "aof_last_write_status"),
)
_COMMAND_KEYS = (
    (CALLS, "calls", 1.0),
    (SECONDS, "usec", 1e-6),
    (REJECTED, "rejected_calls", 1.0),
    (FAILED, "failed_calls", 1.0),
)
_COMMAND, _LATENCY, _ERROR, _DENIED = "cmdstat_", "latency_percentiles_usec_", "errorstat_", "acl_access_denied_"
_REPLICA = re.compile(r"slave\d+")
_REPLICAS_AT_MOST = 16
_MICRO = 1e-6
_ERRORS_AT_MOST = 12

Info = Mapping[str, Any]


def read(client: Any) -> Info:
    """INFO, parsed; one command."""
    info: Info = client.info(SECTIONS)
    return info


def samples(info: Info) -> Iterable[Sample]:
    """What this server tells of; what it does not know is left out."""
    product = "valkey" if "valkey_version" in info else "redis"
    version = str(info.get("valkey_version") or info.get("redis_version", ""))
    yield INFO.sample(1.0, product, version, str(info.get("role", "")))
    if "maxmemory_policy" in info:
        yield POLICY.sample(1.0, str(info["maxmemory_policy"]))
    figures = {**info, "master_link_up": {"up": 1.0, "down": 0.0}.get(str(info.get("master_link_status")))}
    for key, metric, scale in FIGURES:
        value = figures.get(key)
        if isinstance(value, int | float):
            yield metric.sample(value * scale)
    yield from _replicas(info)
    for metric, key in _OUTCOMES:
        if key in info:
            yield metric.sample(1.0 if info[key] == "ok" else 0.0)
    for key, value in info.items():
        if key.startswith("db") and key[2:].isdigit() and isinstance(value, dict):
            yield KEYS.sample(float(value.get("keys", 0)), key)
            yield EXPIRING.sample(float(value.get("expires", 0)), key)
            yield TTL.sample(float(value.get("avg_ttl", 0)) / 1000, key)
    for reason, count in sorted(_named(info, _DENIED, int)):
        yield DENIED.sample(count, reason)
    yield from _commands(info)
    errors = [(name, float(value.get("count", 0))) for name, value in _named(info, _ERROR, dict)]
    for name, count in sorted(errors, key=lambda each: -each[1])[:_ERRORS_AT_MOST]:
        yield ERRORS.sample(count, name)


def _replicas(info: Info) -> Iterator[Sample]:
    found = [value for key, value in info.items() if _REPLICA.fullmatch(key) and isinstance(value, dict)]
    for replica in found[:_REPLICAS_AT_MOST]:
        name = f"{replica.get('ip')}:{replica.get('port')}"
        if "lag" in replica and "offset" in replica:
            yield LAG.sample(float(replica["lag"]), name)
            yield BEHIND.sample(max(float(info.get("master_repl_offset", 0)) - float(replica["offset"]), 0.0), name)


def _commands(info: Info) -> Iterator[Sample]:
    """By name rather than by load: the names are few, and a fixed order keeps the set of series as it is."""
    found = sorted(_named(info, _COMMAND, dict))
    busiest = {name for name, _ in sorted(found, key=lambda each: (-int(each[1].get("calls", 0)), each[0]))[:COMMANDS]}
    for metric, key, scale in _COMMAND_KEYS:
        other = 0.0
        for name, value in found:
            amount = float(value.get(key, 0)) * scale
            if name in busiest:
                yield metric.sample(amount, name)
            else:
                other += amount
        if len(found) > len(busiest):
            yield metric.sample(other, OTHER)
    for name, value in sorted(_named(info, _LATENCY, dict)):
        if name in busiest:
            for percentile, micros in value.items():
                yield LATENCY.sample(float(micros) * _MICRO, name, percentile.removeprefix("p"))


def _named(info: Info, prefix: str, kind: type[Any]) -> list[tuple[str, Any]]:
    """What INFO has for each command, error or reason, by its name."""
    return [
        (key[len(prefix) :], value) for key, value in info.items() if key.startswith(prefix) and isinstance(value, kind)
    ]
