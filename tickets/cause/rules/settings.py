"""A setting of the database that no mall can live with.

What it shows: settings that break or slow every statement of a role or a database: a time limit below what pages need, a read-only role,
plan nodes that are switched off, autovacuum that is off, a WAL limit that makes checkpoints follow each other.
Source: PostgreSQL's manual, "Server Configuration" (each setting's own warning).
"""

from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import number, records
from tickets.names import Cause

LEAST_TIMEOUT_MS = 100.0
LEAST_WAL_MB = 256.0
_PLAN_NODES = (
    "enable_indexscan",
    "enable_bitmapscan",
    "enable_indexonlyscan",
    "enable_hashjoin",
    "enable_nestloop",
    "enable_sort",
)
_UNITS = {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration, by what the setting does."""
    for name, database in seen.each("database"):
        for each in records(database.get("settings")):
            setting, value = str(each.get("name", "")), str(each.get("setting", ""))
            weight = _weight(setting, value)
            if weight:
                where = str(each.get("where") or each.get("source") or "")
                says = msg("{setting} is {value} ({where}).", setting=setting, value=value or "''", where=where)
                yield Vote(cause=Cause.CONFIGURATION, weight=weight, says=says, reading=name)


def _weight(setting: str, value: str) -> float:
    if setting in {"statement_timeout", "lock_timeout", "transaction_timeout"}:
        time = milliseconds(value)
        return 0.85 if time is not None and 0 < time < LEAST_TIMEOUT_MS else 0.0
    if setting in {"default_transaction_read_only", "transaction_read_only"}:
        return 0.85 if value in {"on", "true", "1"} else 0.0
    if setting in _PLAN_NODES:
        return 0.75 if value in {"off", "false", "0"} else 0.0
    if setting == "autovacuum":
        return 0.5 if value in {"off", "false", "0"} else 0.0
    if setting == "max_wal_size":
        size = number(float(value)) if value.isdigit() else None
        return 0.4 if size is not None and size < LEAST_WAL_MB else 0.0
    return 0.0


def milliseconds(value: str) -> float | None:
    """A time as settings write it: `1ms`, `2s`, or a plain number of milliseconds."""
    digits = value.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = value[len(digits) :].strip()
    try:
        return float(digits) * _UNITS[unit]
    except (KeyError, ValueError):
        return None
