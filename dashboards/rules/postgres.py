"""PostgreSQL: what runs out, and what its sessions do to each other."""

from dashboards.rules.places import COUNT, LABELS, SHARE, TIME
from dashboards.rules.rule import Alert, Group, Recording, Severity, once, until_used_up
from facts.message import Message, msg

_USED = "mall_target:tenfold_postgres_connections:sum"
_USED_RATIO = "mall_target:tenfold_postgres_connections_used:ratio"
_USED_UP_IN = "mall_target:tenfold_postgres_connections:exhaustion_seconds"
_ALLOWED = "max by (mall, target) (tenfold_postgres_connections_limit - tenfold_postgres_connections_reserved)"
_WAITING = once('tenfold_postgres_waiting_sessions{wait_event_type="Lock"}')
# The server refuses to write three million before the counter of 2^31 is used up.
_IDS = "(2147483648 - 3e6)"


def _age(kind: str) -> tuple[Recording, Recording]:
    """Of transaction ids or multixacts: the share that is used, and when they are used up."""
    metric = f"tenfold_postgres_database_{kind}_age"
    level = f"mall_target_database:tenfold_postgres_{kind}"
    return (
        Recording(record=f"{level}_used:ratio", expr=once(f"{metric} / {_IDS}")),
        Recording(
            record=f"{level}:exhaustion_seconds",
            expr=once(until_used_up(f"({_IDS} - {metric}) / (deriv({metric}[6h]) > 0)", metric, "1h")),
        ),
    )


def _run_out(name: str, kind: str, summary: Message) -> tuple[Alert, ...]:
    level = f"mall_target_database:tenfold_postgres_{kind}"
    description = msg(
        "{value} of them are used. At the end the server refuses every write until it is vacuumed.", value=SHARE
    )
    return tuple(
        Alert(
            name=name,
            expr=f"{level}_used:ratio > {share}\nor\n"
            f"{level}_used:ratio > {share_soon} and {level}:exhaustion_seconds < {days} * 86400",
            lasts="10m",
            severity=severity,
            summary=summary,
            description=description,
        )
        for severity, share, share_soon, days in ((Severity.URGENT, 0.8, 0.5, 1), (Severity.IMPORTANT, 0.5, 0.25, 7))
    )


def _connections(severity: Severity, share: float, share_soon: float, seconds: int, lasts: str) -> Alert:
    return Alert(
        name="PostgresConnectionsRunOut",
        expr=f"{_USED_RATIO} > {share}\nor\n{_USED_RATIO} > {share_soon} and {_USED_UP_IN} < {seconds}",
        lasts=lasts,
        severity=severity,
        summary=msg("{mall}: the connections of {target} run out", **LABELS),
        description=msg(
            "{value} of those that the mall may open are open. Beyond the last one every page fails.", value=SHARE
        ),
    )


def _waits(severity: Severity, sessions: int) -> Alert:
    return Alert(
        name="PostgresLocksWaited",
        expr=f"{_WAITING} >= {sessions}",
        lasts="2m",
        severity=severity,
        summary=msg("{mall}: sessions of {target} wait for each other's locks", **LABELS),
        description=msg("{value} sessions wait.", value=COUNT),
    )


GROUP = Group(
    name="postgres",
    about=msg("PostgreSQL: what runs out, and what its sessions do to each other."),
    recordings=(
        Recording(record=_USED, expr=f"sum by (mall, target) ({once('tenfold_postgres_connections')})"),
        Recording(record=_USED_RATIO, expr=f"{_USED}\n/\n{_ALLOWED}"),
        Recording(
            record=_USED_UP_IN,
            expr=until_used_up(f"({_ALLOWED} - {_USED})\n/\n(deriv({_USED}[15m]) > 0)", _USED, "10m"),
        ),
        *_age("transaction"),
        *_age("multixact"),
    ),
    alerts=(
        _connections(Severity.URGENT, 0.95, 0.7, 600, "1m"),
        _connections(Severity.IMPORTANT, 0.8, 0.5, 3600, "5m"),
        *_run_out(
            "PostgresTransactionIdsRunOut",
            "transaction",
            msg("{mall}: the transaction ids of {database} on {target} run out", **LABELS),
        ),
        *_run_out(
            "PostgresMultixactsRunOut",
            "multixact",
            msg("{mall}: the multixacts of {database} on {target} run out", **LABELS),
        ),
        _waits(Severity.URGENT, 20),
        _waits(Severity.IMPORTANT, 5),
        Alert(
            name="PostgresIdleInTransaction",
            expr=f"{once('tenfold_postgres_oldest_idle_transaction_seconds')} > 300",
            lasts="1m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: a transaction on {target} is open and does nothing", **LABELS),
            description=msg(
                "It has been open for {value}, holds its locks, and keeps vacuum from its work.", value=TIME
            ),
        ),
        Alert(
            name="PostgresLongTransaction",
            expr=f"{once('tenfold_postgres_oldest_transaction_seconds')} > 3600",
            lasts="1m",
            severity=Severity.NORMAL,
            summary=msg("{mall}: a transaction on {target} has been open for very long", **LABELS),
            description=msg("For {value}. Until it ends no dead row that is younger can be removed.", value=TIME),
        ),
        Alert(
            name="PostgresDeadlocks",
            expr=f"{once('increase(tenfold_postgres_database_deadlocks_total[15m])')} >= 5",
            lasts="",
            severity=Severity.NORMAL,
            summary=msg("{mall}: transactions in {database} on {target} lock each other out", **LABELS),
            description=msg(
                "{value} deadlocks in the last 15 minutes, each of them a request that failed.", value=COUNT
            ),
        ),
        Alert(
            name="PostgresDeadRows",
            expr=once(
                'tenfold_postgres_table_dead_rows{table!="other"}\n'
                "/ (tenfold_postgres_table_live_rows + tenfold_postgres_table_dead_rows)\n"
                "and tenfold_postgres_table_dead_rows >= 1e5"
            )
            + " > 0.3",
            lasts="1h",
            severity=Severity.NORMAL,
            summary=msg("{mall}: autovacuum does not keep up with {table} in {database}", **LABELS),
            description=msg("{value} of its rows are dead, and every scan reads them too.", value=SHARE),
        ),
    ),
)
