"""A setting stands as no DBA would leave it.

What it finds:
    A short list of settings that are wrong on every mall: autovacuum off, crash safety off, checkpoints forced by a small WAL,
    planner methods switched off for everybody.
Why it hurts:
    Each is quiet on an ordinary day. Under ten times the writes tables bloat, checkpoints come every few seconds and write everything
    twice, and a crash costs data.
Needs:
    pg_settings; checkpoint counters.
Quiet when:
    - well: the setting is as it should be
    - not-read: the setting was not read
Before:
    autovacuum = off, max_wal_size = 64MB
After:
    autovacuum = on, max_wal_size = 4GB
Risk:
    Most take effect with a reload; fsync and full_page_writes too. Autovacuum will have to catch up once.
Source:
    PostgreSQL documentation: "Routine Vacuuming", "Reliability and the Write-Ahead Log", "WAL Configuration" (checkpoints by
    max_wal_size should be rare), "Query Planning".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from advisors.evidence import owner
from advisors.rule import Context, Outcome, Rule
from advisors.workload import Workload
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import Message, msg
from facts.postgres import PostgresFacts


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When checkpoint settings are weak.

    Attributes:
        requested_share: Checkpoints that WAL forced, over all of them; timed ones should be the rule.
        min_checkpoints: Fewer of them make no share.
        wal_megabytes: A max_wal_size below the default of 1 GB forces checkpoints at the first rush.
        timeout_seconds: A checkpoint_timeout below a minute writes full pages again and again.
    """

    requested_share: float = 0.5
    min_checkpoints: int = 10
    wal_megabytes: float = 1024.0
    timeout_seconds: float = 60.0


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Weakness:
    """One setting that is wrong, and what to write instead."""

    name: str
    wanted: str
    severity: Severity
    why: Message


_SWITCHES = (
    Weakness("autovacuum", "on", Severity.HIGH, msg("Nothing removes dead rows and nothing refreshes statistics; the "
    "tables that are written most bloat first.")),
    Weakness("track_counts", "on", Severity.HIGH, msg("Autovacuum works from these counters; without them it does nothing.")),
    Weakness("fsync", "on", Severity.HIGH, msg("A crash of the machine can destroy the whole database.")),
    Weakness("full_page_writes", "on", Severity.HIGH, msg("A crash in the middle of a page write leaves a torn page.")),
    Weakness("zero_damaged_pages", "off", Severity.HIGH, msg("Damaged pages are emptied without a word.")),
    Weakness("enable_seqscan", "on", Severity.MEDIUM, msg("It was switched off for everybody; the planner is forced into worse plans.")),
    Weakness("enable_indexscan", "on", Severity.MEDIUM, msg("It was switched off for everybody; the planner is forced into worse plans.")),
    Weakness("enable_nestloop", "on", Severity.MEDIUM, msg("It was switched off for everybody; the planner is forced into worse plans.")),
    Weakness("enable_hashjoin", "on", Severity.MEDIUM, msg("It was switched off for everybody; the planner is forced into worse plans.")),
)  # fmt: skip


# Where a value comes from, in pg_settings' own words.
SOURCES: dict[str, Message] = {
    "default": msg("default"),
    "environment variable": msg("environment variable"),
    "configuration file": msg("configuration file"),
    "command line": msg("command line"),
    "global": msg("global"),
    "database": msg("database"),
    "user": msg("user"),
    "database user": msg("database user"),
    "client": msg("client"),
    "override": msg("override"),
    "interactive": msg("interactive"),
    "test": msg("test"),
    "session": msg("session"),
}


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at the few settings of each server, once for each database's readings."""
    seen = set()
    for workload in context.workloads:
        facts = workload.facts
        if facts.settings and facts.target not in seen:
            seen.add(facts.target)
            yield from _switches(facts, workload)
            yield _wal_size(facts, workload)
            yield _timeout(facts, workload)


def _switches(facts: PostgresFacts, workload: Workload) -> Iterator[Outcome]:
    for weakness in _SWITCHES:
        value = facts.setting(weakness.name)
        if value is None:
            yield Quiet(code="CFG003", target=owner(workload), subject=weakness.name, reason="not-read")
        elif value == weakness.wanted:
            yield Quiet(code="CFG003", target=owner(workload), subject=weakness.name, reason="well")
        else:
            yield _finding(weakness, value, workload, {})


def _wal_size(facts: PostgresFacts, workload: Workload) -> Outcome:
    value = facts.setting("max_wal_size")  # in MB, as pg_settings gives it
    if value is None:
        return Quiet(code="CFG003", target=owner(workload), subject="max_wal_size", reason="not-read")
    share, total = _forced(facts)
    crowded = total >= THRESHOLDS.min_checkpoints and share >= THRESHOLDS.requested_share
    if float(value) >= THRESHOLDS.wal_megabytes and not crowded:
        return Quiet(code="CFG003", target=owner(workload), subject="max_wal_size", reason="well")
    wanted = f"{max(int(2 * float(value)), 4096)}MB"
    weakness = Weakness(
        "max_wal_size",
        wanted,
        Severity.MEDIUM,
        msg("WAL fills it at the first rush and forces a checkpoint, after which every page is written whole again."),
    )
    return _finding(weakness, f"{value}MB", workload, {"checkpoints": float(total), "forced_ratio": round(share, 4)})


def _timeout(facts: PostgresFacts, workload: Workload) -> Outcome:
    value = facts.setting("checkpoint_timeout")  # in seconds
    if value is None:
        return Quiet(code="CFG003", target=owner(workload), subject="checkpoint_timeout", reason="not-read")
    if float(value) >= THRESHOLDS.timeout_seconds:
        return Quiet(code="CFG003", target=owner(workload), subject="checkpoint_timeout", reason="well")
    weakness = Weakness(
        "checkpoint_timeout",
        "15min",
        Severity.MEDIUM,
        msg("Checkpoints follow each other so closely that most pages are written whole into the WAL each time."),
    )
    return _finding(weakness, f"{value}s", workload, {})


def _forced(facts: PostgresFacts) -> tuple[float, int]:
    counters = facts.write_ahead
    if counters is None:
        return 0.0, 0
    total = counters.checkpoints_requested + counters.checkpoints_timed
    return counters.checkpoints_requested / max(total, 1), total


def _finding(weakness: Weakness, value: str, workload: Workload, figures: dict[str, float]) -> Finding:
    before = next((each for each in workload.facts.settings if each.name == weakness.name), None)
    back = (
        f"ALTER SYSTEM SET {weakness.name} = '{value}'"
        if before and before.source != "default"
        else f"ALTER SYSTEM RESET {weakness.name}"
    )
    return Finding(
        code="CFG003",
        rule="weak-settings",
        area=Area.CONFIG,
        target=owner(workload),
        subject=weakness.name,
        severity=weakness.severity,
        title=msg("{name} is {value}", name=weakness.name, value=value),
        summary=weakness.why,
        evidence=Evidence(
            figures=figures,
            facts=(msg("It was set by: {source}.", source=SOURCES.get(before.source, before.source)),)
            if before
            else (),
        ),
        remedy=Remedy(
            text=msg("Set it to {value} and reload.", value=weakness.wanted),
            sql=(f"ALTER SYSTEM SET {weakness.name} = '{weakness.wanted}'", "SELECT pg_reload_conf()"),
            rollback=(back, "SELECT pg_reload_conf()"),
            check=(f"SHOW {weakness.name}",),
            risk=msg("It takes effect with the reload; a managed service sets it in its own console instead."),
        ),
    )


RULE = Rule(code="CFG003", name="weak-settings", area=Area.CONFIG, judge=judge, reasons=("well", "not-read"))
