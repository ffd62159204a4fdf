"""Locks held and waited for.

Source: pg_locks.
Needed role and versions: any role; PostgreSQL 13 to 18.
Consumed by: the PostgreSQL and the Statements and waits boards, the alert on locks that are waited for.
Cost: one statement; it takes every partition lock of the lock table for a moment, about 0.1 ms at some hundred locks.
Caveats: a moment, not a mean. Our own locks are left out.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, gauge

LOCKS = "SELECT mode, granted, count(*) FROM pg_lock_status() WHERE pid <> pg_backend_pid() GROUP BY 1, 2"
MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
    "SIReadLock",
)
HELD = gauge("tenfold_postgres_locks_held", "Locks granted, by mode.", "mode")
WAITED = gauge("tenfold_postgres_locks_waited", "Locks waited for, by mode.", "mode")
METRICS = (HELD, WAITED)


def read(line: Line) -> list[tuple[Any, ...]]:
    """Locks by mode and by whether they are granted."""
    return line.rows(LOCKS)


def samples(rows: Sequence[tuple[Any, ...]]) -> Iterable[Sample]:
    """Every mode has a series, also when nobody holds it."""
    counts = {(mode, granted): 0 for mode in MODES for granted in (True, False)}
    counts |= {(mode, granted): count for mode, granted, count in rows}
    for (mode, granted), count in counts.items():
        yield (HELD if granted else WAITED).sample(count, mode)
