"""Redis and Valkey: memory, clients, what is refused, what is kept."""

from dashboards.rules.places import COUNT, LABELS, SHARE
from dashboards.rules.rule import Alert, Group, Recording, Severity, once, until_used_up
from facts.message import msg

_RATIO = "mall_target:tenfold_redis_memory_used:ratio"
_FULL_IN = "mall_target:tenfold_redis_memory:exhaustion_seconds"
# A cache that throws out what is old is full by design; it has an alert of its own.
_EVICTING = once("increase(tenfold_redis_evicted_keys_total[1d])") + " > 0"


def _memory(severity: Severity, share: float, share_soon: float, seconds: int) -> Alert:
    return Alert(
        name="RedisMemoryRunsOut",
        expr=f"(\n  {_RATIO} > {share}\n  or\n  {_RATIO} > {share_soon} and {_FULL_IN} < {seconds}\n)\nunless {_EVICTING}",
        lasts="5m",
        severity=severity,
        summary=msg("{mall}: the memory of {target} runs out", **LABELS),
        description=msg(
            "{value} is used of its limit, or of the machine's memory where it has none. Then it refuses writes, or is killed.",
            value=SHARE,
        ),
    )


GROUP = Group(
    name="redis",
    about=msg("Redis and Valkey: memory, clients, what is refused, what is kept."),
    recordings=(
        Recording(
            record=_RATIO,
            expr=once(
                "tenfold_redis_memory_used_bytes / (tenfold_redis_memory_limit_bytes > 0)\nor\n"
                "tenfold_redis_memory_used_bytes / tenfold_redis_system_memory_bytes"
            ),
        ),
        Recording(record=_FULL_IN, expr=until_used_up(f"(1 - {_RATIO}) / (deriv({_RATIO}[1h]) > 0)", _RATIO, "30m")),
    ),
    alerts=(
        _memory(Severity.URGENT, 0.95, 0.7, 1800),
        _memory(Severity.IMPORTANT, 0.85, 0.5, 14_400),
        Alert(
            name="RedisRefusesWrites",
            expr="sum by (mall, target, error) "
            '(increase(tenfold_redis_errors_total{error=~"OOM|MISCONF|NOREPLICAS|READONLY"}[5m])) >= 5',
            lasts="1m",
            severity=Severity.URGENT,
            summary=msg("{mall}: {target} refuses writes", **LABELS),
            description=msg("{value} times in 5 minutes, with {error}.", value=COUNT, error=LABELS["error"]),
        ),
        Alert(
            name="RedisEvicts",
            expr=once(
                "increase(tenfold_redis_evicted_keys_total[1h])\n"
                "/ on (mall, target, job, instance) sum by (mall, target, job, instance) (tenfold_redis_keys)"
            )
            + " > 0.2",
            lasts="30m",
            severity=Severity.NORMAL,
            summary=msg("{mall}: {target} throws out keys that are still wanted", **LABELS),
            description=msg(
                "Within an hour as many as {value} of its keys. Each is a question to the database.", value=SHARE
            ),
        ),
        Alert(
            name="RedisClientsRunOut",
            expr=once("tenfold_redis_clients / (tenfold_redis_clients_limit > 0)") + " > 0.85",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the clients that {target} allows run out", **LABELS),
            description=msg("{value} of them are connected.", value=SHARE),
        ),
        Alert(
            name="RedisRefusesClients",
            expr=once("increase(tenfold_redis_connections_rejected_total[5m])") + " > 0",
            lasts="1m",
            severity=Severity.URGENT,
            summary=msg("{mall}: {target} refuses clients", **LABELS),
            description=msg("{value} in 5 minutes, because maxclients is reached.", value=COUNT),
        ),
        Alert(
            name="RedisPersistenceFails",
            expr=once("tenfold_redis_rdb_last_save_success == 0\nor\ntenfold_redis_aof_last_write_success == 0"),
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: {target} cannot write its data to disk", **LABELS),
            description=msg(
                "The last snapshot, or the last write to the append-only file, failed. A restart loses what came since."
            ),
        ),
        Alert(
            name="RedisReplicaBroken",
            expr=f"{once('tenfold_redis_primary_link_up')} == 0",
            lasts="3m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the replica {target} has lost its primary", **LABELS),
            description=msg("It answers with what it had when the link broke, if it answers at all."),
        ),
    ),
)
