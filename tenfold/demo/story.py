"""The demo's story: shop on a sick mall, audit it, apply the advice, shop again, audit again, compare."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from facts.findings import Finding, Report
from facts.snapshot import Snapshot
from mall import FAULTS, Fault, Mall
from tenfold.auditing import judge_snapshot
from tenfold.cli.options import Terminal
from tenfold.collecting import collect
from tenfold.settings import Settings
from tenfold.settings.model import (
    AuditSection,
    HostSection,
    HttpSection,
    MallSection,
    PostgresSection,
    PromotionSection,
    RedisSection,
)

# A minute of statistics proves no index unused. The demo has no month to wait, lowers the threshold, and says so.
MIN_EVIDENCE_SECONDS = 20.0
# Shoppers must be shopping before the first reading and still be at it at the second.
LEAD_SECONDS = 4.0

# All at once they would hide each other: a mall that evicts has no keys without TTL, and one that burns its
# processor in the application serves too few pages to show anything else.
TOGETHER = (
    "missing-order-index", "slow-search", "n-plus-one", "deep-offset", "uncached-product", "redis-no-ttl", "redis-big-key",
    "redis-no-eviction", "idle-in-transaction", "stale-statistics", "redundant-index", "unused-index", "invalid-index",
    "unindexed-foreign-key", "function-on-column", "implicit-cast", "small-pool", "weak-settings",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One audit of the story."""

    snapshot: Snapshot
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOutcome:
    """What the two audits said about one planted fault.

    Attributes:
        subject: What had to be named, in this mall's names.
        found: The first audit named it by code and subject.
        after: `gone`, `better`, `still there`, or empty when the first audit missed it.
        reason: Why the second audit is quiet about it, where it says so.
    """

    fault: Fault
    subject: str
    found: bool
    after: str
    reason: str = ""


def settings_for(mall: Mall, *, multiplier: float = 10.0, window: float = 50.0) -> Settings:
    """The configuration that an engineer would write for the practice mall."""
    return Settings(
        mall=MallSection(name="practice mall"),
        promotion=PromotionSection(multiplier=multiplier),
        postgres=(PostgresSection(name="mall", dsn=mall.dsn.replace("postgres@", "tenfold@")),),
        redis=(RedisSection(name="cache", url=mall.redis_url),),
        host=(HostSection(name="localhost"),),
        http=(HttpSection(name="shop", url=mall.shop_url, access_log=mall.access_log),),
        audit=AuditSection(window=window, min_evidence=MIN_EVIDENCE_SECONDS),
    )


def create_role(mall: Mall) -> None:
    """Creates the least-privileged role exactly as `tenfold init` prints it."""
    from collectors.role_sql import role_sql

    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'tenfold'")
        if cursor.fetchone() is None:
            cursor.execute(role_sql())


@contextmanager
def shopping(mall: Mall, seconds: float, seed: int) -> Iterator[None]:
    """Everyday shopping in the background for the block, and to its end; an error or Ctrl-C sends the shoppers home."""
    crowd = mall.send_shoppers(seconds, seed=seed)
    try:
        yield
        crowd.wait()
    finally:
        crowd.end()


def act(mall: Mall, settings: Settings, terminal: Terminal, *, seed: int) -> Act:
    """Shops, reads the mall while shoppers are in it, and judges.

    Args:
        mall: Open, with whatever faults are on.
        settings: From `settings_for`.
        terminal: For the progress display.
        seed: Of the shoppers.
    """
    mall.reset_statistics()
    window = settings.audit.window
    with shopping(mall, window + LEAD_SECONDS, seed):
        time.sleep(LEAD_SECONDS / 2)
        collected = collect(settings, window=window, keep_values=False, terminal=terminal)
        if collected.interrupted:
            raise KeyboardInterrupt
    snapshot = collected.snapshot
    return Act(snapshot=snapshot, report=judge_snapshot(snapshot, settings, areas=None, terminal=terminal))


def applicable(report: Report) -> list[tuple[Finding, str]]:
    """The statements that the demo runs for the user: those of the report itself, and no others."""
    return [(finding, statement) for finding in report.findings for statement in finding.remedy.sql]


def apply(mall: Mall, report: Report) -> list[str]:
    """Runs the report's own statements on the practice mall, each as it stands; returns those that failed, with the reason."""
    failures = []
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for _finding, statement in applicable(report):
            try:
                cursor.execute(statement)
            except Exception as error:  # noqa: BLE001  (told to the user, and the next one is tried)
                failures.append(f"{statement}: {str(error).strip().splitlines()[0]}")
    return failures


def outcomes(mall: Mall, faults: list[str], before: Report, after: Report) -> list[FaultOutcome]:
    """What became of each planted fault that a rule covers."""
    return [_outcome(mall, fault, before, after) for fault in FAULTS if fault.name in faults and fault.code]


def names_fault(mall: Mall, fault: Fault, report: Report) -> bool:
    """Whether the report names the fault by its code and its subject, as a finding or as a finding's consequence."""
    wanted = mall.names.sql(fault.subject)
    return any(
        code == fault.code and _squeezed(wanted) in _squeezed(subject)
        for finding in report.findings
        for code, subject in [
            (finding.code, finding.subject),
            *((each.code, each.subject) for each in finding.consequences),
        ]
    )


def _outcome(mall: Mall, fault: Fault, before: Report, after: Report) -> FaultOutcome:
    wanted = mall.names.sql(fault.subject)
    found = names_fault(mall, fault, before)
    quiet = next(
        (each for each in after.quiet if each.code == fault.code and _squeezed(wanted) in _squeezed(each.subject)), None
    )
    if not found:
        return FaultOutcome(fault=fault, subject=wanted, found=False, after="")
    if not names_fault(mall, fault, after):
        # What was dropped is no subject any more, so that no rule can be quiet about it.
        reason = quiet.reason if quiet else "dropped"
        return FaultOutcome(fault=fault, subject=wanted, found=True, after="gone", reason=reason)
    loss = [_loss(mall, fault, report) for report in (before, after)]
    better = loss[1] < 0.5 * loss[0]
    return FaultOutcome(fault=fault, subject=wanted, found=found, after="better" if better else "still there")


def _loss(mall: Mall, fault: Fault, report: Report) -> float:
    wanted = _squeezed(mall.names.sql(fault.subject))
    return sum(
        finding.loss
        for finding in report.findings
        if finding.code == fault.code and wanted in _squeezed(finding.subject)
    )


def _squeezed(text: str) -> str:
    return "".join(text.lower().split())
