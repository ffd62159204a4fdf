"""CFG003: settings that are wrong on every mall."""

from advisors.rules.cfg003_weak_settings import THRESHOLDS
from facts.findings import Severity
from facts.postgres import WriteAhead
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

MEGABYTES = int(THRESHOLDS.wal_megabytes)
SECONDS = int(THRESHOLDS.timeout_seconds)
MANY = 100 * THRESHOLDS.min_checkpoints
FORCED = int(MANY * THRESHOLDS.requested_share)


def mall(name: str, value: str, counted: WriteAhead | None = None) -> Snapshot:
    return build.snapshot(build.database(settings={name: value}, write_ahead=counted))


def forced(requested: int, total: int = MANY) -> WriteAhead:
    return build.checkpoints(timed=total - requested, requested=requested)


CASES = (
    Case(
        story="autovacuum is off",
        facts=mall("autovacuum", "off"),
        subject="autovacuum",
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(story="autovacuum is on", facts=mall("autovacuum", "on"), subject="autovacuum", outcome="well"),
    Case(story="autovacuum was not read", facts=mall("fsync", "on"), subject="autovacuum", outcome="not-read"),
    Case(
        story="somebody switched sequential scans off for everybody",
        facts=mall("enable_seqscan", "off"),
        subject="enable_seqscan",
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="max_wal_size is the default",
        facts=mall("max_wal_size", str(MEGABYTES)),
        subject="max_wal_size",
        outcome="well",
        just_above="wal_megabytes",
    ),
    Case(
        story="max_wal_size is below the default",
        facts=mall("max_wal_size", str(MEGABYTES - 1)),
        subject="max_wal_size",
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_below="wal_megabytes",
    ),
    Case(
        story="half of the checkpoints were forced",
        facts=mall("max_wal_size", str(MEGABYTES), forced(FORCED)),
        subject="max_wal_size",
        outcome=FOUND,
        just_above="requested_share",
    ),
    Case(
        story="just less than half of them were forced",
        facts=mall("max_wal_size", str(MEGABYTES), forced(FORCED - 1)),
        subject="max_wal_size",
        outcome="well",
        just_below="requested_share",
    ),
    Case(
        story="just enough checkpoints for a share",
        facts=mall("max_wal_size", str(MEGABYTES), forced(THRESHOLDS.min_checkpoints, THRESHOLDS.min_checkpoints)),
        subject="max_wal_size",
        outcome=FOUND,
        just_above="min_checkpoints",
    ),
    Case(
        story="too few checkpoints for a share",
        facts=mall(
            "max_wal_size", str(MEGABYTES), forced(THRESHOLDS.min_checkpoints - 1, THRESHOLDS.min_checkpoints - 1)
        ),
        subject="max_wal_size",
        outcome="well",
        just_below="min_checkpoints",
    ),
    Case(
        story="checkpoints come once a minute",
        facts=mall("checkpoint_timeout", str(SECONDS)),
        subject="checkpoint_timeout",
        outcome="well",
        just_above="timeout_seconds",
    ),
    Case(
        story="checkpoints come more than once a minute",
        facts=mall("checkpoint_timeout", str(SECONDS - 1)),
        subject="checkpoint_timeout",
        outcome=FOUND,
        just_below="timeout_seconds",
    ),
    Case(
        story="max_wal_size was not read",
        facts=mall("autovacuum", "on"),
        subject="max_wal_size",
        outcome="not-read",
    ),
    Case(
        story="checkpoint_timeout was not read",
        facts=mall("autovacuum", "on"),
        subject="checkpoint_timeout",
        outcome="not-read",
    ),
)
