"""Who is connected and what they do: states, waits, the oldest transaction.

Source: pg_stat_activity.
Needed role and versions: pg_read_all_stats to see the states of other roles' sessions; without it they count as `hidden`.
    PostgreSQL 13 to 18.
Consumed by: the Mall and PostgreSQL boards, the alerts on connections, on blocked and on forgotten transactions.
Cost: one statement, about 0.3 ms at 100 sessions.
Caveats: a moment, not a mean: between two scrapes much can happen unseen. Our own session is left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, gauge

SESSIONS = """
SELECT coalesce(datname::text, ''), coalesce(state, 'hidden'), CASE WHEN state = 'active' THEN wait_event_type END, count(*),
       max(extract(epoch FROM clock_timestamp() - xact_start)),
       max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active')
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY 1, 2, 3
"""
STATES = (
    "active",
    "idle",
    "idle in transaction",
    "idle in transaction (aborted)",
    "fastpath function call",
    "disabled",
    "hidden",
)
WAITS = ("Activity", "BufferPin", "Client", "Extension", "InjectionPoint", "IO", "IPC", "Lock", "LWLock", "Timeout")

CONNECTIONS = gauge("tenfold_postgres_connections", "Client sessions, by state.", "state")
BY_DATABASE = gauge("tenfold_postgres_database_connections", "Client sessions, by database.", "database")
WAITING = gauge("tenfold_postgres_waiting_sessions", "Active sessions that wait, by what for.", "wait_event_type")
TRANSACTION = gauge("tenfold_postgres_oldest_transaction_seconds", "Age of the oldest open transaction.")
IDLE = gauge(
    "tenfold_postgres_oldest_idle_transaction_seconds", "Age of the oldest transaction that waits for its client."
)
STATEMENT = gauge("tenfold_postgres_longest_statement_seconds", "Age of the longest statement that runs.")
METRICS = (CONNECTIONS, BY_DATABASE, WAITING, TRANSACTION, IDLE, STATEMENT)


def read(line: Line) -> list[tuple[Any, ...]]:
    """Sessions by database, state and wait: how many, age of the oldest transaction and statement in seconds."""
    return line.rows(SESSIONS)


def samples(rows: Sequence[tuple[Any, ...]]) -> Iterable[Sample]:
    """Every state and every wait has a series, also when nobody is in it."""
    states, waits, databases = dict.fromkeys(STATES, 0), dict.fromkeys(WAITS, 0), dict[str, int]()
    transaction = idle = statement = 0.0
    for database, state, wait, count, transaction_age, statement_age in rows:
        states[state] = states.get(state, 0) + count
        databases[database] = databases.get(database, 0) + count
        if wait:
            waits[wait] = waits.get(wait, 0) + count
        transaction = max(transaction, float(transaction_age or 0))
        statement = max(statement, float(statement_age or 0))
        if state.startswith("idle in transaction"):
            idle = max(idle, float(transaction_age or 0))
    for state, count in states.items():
        yield CONNECTIONS.sample(count, state)
    for wait, count in waits.items():
        yield WAITING.sample(count, wait)
    yield TRANSACTION.sample(transaction)
    yield IDLE.sample(idle)
    yield STATEMENT.sample(statement)
    for database, count in sorted(databases.items(), key=lambda each: (-each[1], each[0])):
        yield BY_DATABASE.sample(count, database)
