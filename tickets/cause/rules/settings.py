"""A setting of the database that no mall can live with.

What it shows: settings that break or slow every statement of a role or a database: a time limit below what pages need, a read-only role,
plan nodes that are switched off, prices that keep the planner from indexes, autovacuum that is off, a WAL limit that makes checkpoints
follow each other, commits that wait for each other, sorts that have no memory.
Source: PostgreSQL's manual, "Server Configuration" (each setting's own warning).
"""

from collections.abc import Iterator, Mapping
from string import ascii_letters

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import records
from tickets.names import Cause

LEAST_TIMEOUT_MS = 100.0
# A page of a few statements has to be there within a second or two; a limit below one ends what is merely slow today.
LOW_TIMEOUT_MS = 1000.0
LEAST_WAL_MB = 256.0
# PostgreSQL's default is 4, that of a table's pages 1: from here on indexes lose against tables that are many times as large.
DEAR_PAGE = 40.0
DEAR_ROW = 1.0
LEAST_MEMORY_KB = 1024.0
LONG_COMMIT_US = 1000.0
_TIMEOUTS = ("statement_timeout", "lock_timeout", "transaction_timeout", "idle_session_timeout",
             "idle_in_transaction_session_timeout")  # fmt: skip
# What every mall's plans rest on.
_PLAN_NODES = frozenset(
    {
        "enable_indexscan",
        "enable_bitmapscan",
        "enable_indexonlyscan",
        "enable_hashjoin",
        "enable_nestloop",
        "enable_sort",
    }
)
# Off by default, or of no account.
_RARE_NODES = ("enable_partitionwise_join", "enable_partitionwise_aggregate", "enable_group_by_reordering")
_OFF, _ON = frozenset({"off", "false", "0", "no"}), frozenset({"on", "true", "1", "yes"})
_LETTERS = ascii_letters + " "
_UNITS = {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_KILOBYTES = {"": 1.0, "B": 1 / 1024, "kB": 1.0, "8kB": 8.0, "MB": 1024.0, "GB": 1024.0**2, "TB": 1024.0**3}


def votes(seen: Seen) -> Iterator[Vote]:
    """For configuration, by what the setting does."""
    lines = [str(line.get("text")) for _, log in seen.each("errors") for line in records(log.get("patterns"))]
    for name, database in seen.each("database"):
        for each in records(database.get("settings")):
            setting, value = str(each.get("name", "")), str(each.get("setting", ""))
            ends = any(f"due to {setting.replace('_', ' ')}" in line for line in lines)
            weight = _weight(setting, value, str(each.get("unit") or ""), ends_statements=ends)
            if weight:
                where = str(each.get("where") or each.get("source") or "")
                says = msg("{setting} is {value} ({where}).", setting=setting, value=value or "''", where=where)
                yield Vote(cause=Cause.CONFIGURATION, weight=weight, says=says, reading=name)


def hides_names(seen: Seen) -> bool:
    """Whether a role or the database was given a search path of its own, so that names of the schema may not be found."""
    return any(
        each.get("name") == "search_path"
        for _, database in seen.each("database")
        for each in records(database.get("settings"))
    )


def _weight(setting: str, value: str, unit: str, *, ends_statements: bool) -> float:
    if setting in _TIMEOUTS:
        time = milliseconds(value)
        if time is None or time <= 0:
            return 0.0
        return 0.85 if time < LEAST_TIMEOUT_MS else 0.3 if time < LOW_TIMEOUT_MS and ends_statements else 0.0
    if setting in {"default_transaction_read_only", "transaction_read_only"}:
        return 0.85 if value in _ON else 0.0
    if setting.startswith("enable_"):
        if value not in _OFF or setting in _RARE_NODES:
            return 0.0
        return 0.75 if setting in _PLAN_NODES else 0.45
    if setting == "autovacuum":
        return 0.5 if value in _OFF else 0.0
    if setting == "default_transaction_isolation":
        return 0.5 if value == "serializable" else 0.0
    if setting in {"max_wal_size", "work_mem"}:
        size = kilobytes(value, unit or ("MB" if setting == "max_wal_size" else "kB"))
        least = LEAST_WAL_MB * 1024 if setting == "max_wal_size" else LEAST_MEMORY_KB
        return 0.4 if size is not None and size < least else 0.0
    return _price(setting, value)


def _price(setting: str, value: str) -> float:
    """Of numbers without a unit."""
    try:
        amount = float(value)
    except ValueError:
        return 0.0
    if setting == "random_page_cost":
        return 0.6 if amount >= DEAR_PAGE else 0.0
    if setting in {"cpu_index_tuple_cost", "cpu_operator_cost"}:
        return 0.6 if amount >= DEAR_ROW else 0.0
    if setting == "commit_delay":
        return 0.5 if amount >= LONG_COMMIT_US else 0.0
    return 0.0


def milliseconds(value: str) -> float | None:
    """A time as settings write it: `1ms`, `2s`, or a plain number of milliseconds."""
    return _with_unit(value, _UNITS, "")


def kilobytes(value: str, unit: str = "kB") -> float | None:
    """A size as settings write it: `64kB`, `1GB`, or a plain number of `unit`."""
    return _with_unit(value, _KILOBYTES, unit)


def _with_unit(value: str, units: Mapping[str, float], usual: str) -> float | None:
    digits = value.strip().rstrip(_LETTERS)
    try:
        return float(digits) * units[value.strip()[len(digits) :].strip() or usual]
    except (KeyError, ValueError):
        return None
