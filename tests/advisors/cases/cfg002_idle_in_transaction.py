"""CFG002: sessions that hold a transaction and do nothing."""

from advisors.rules.cfg002_idle_in_transaction import THRESHOLDS
from facts.findings import Severity
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, LESS, Case


def mall(seconds: float) -> Snapshot:
    shop = build.application("shop", idle_seconds=seconds)
    idle = build.session("SELECT id FROM stock WHERE sku = $1 FOR UPDATE")
    return build.snapshot(build.database(activity=build.activity(shop, sessions=(idle,))))


CASES = (
    Case(
        story="a payment provider is asked within the transaction",
        facts=mall(THRESHOLDS.seconds),
        subject="shop",
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_above="seconds",
    ),
    Case(
        story="a pause between two statements",
        facts=mall(THRESHOLDS.seconds * LESS),
        subject="shop",
        outcome="short",
        just_below="seconds",
    ),
    Case(
        story="somebody went to lunch",
        facts=mall(THRESHOLDS.long_seconds),
        subject="shop",
        outcome=FOUND,
        severity=Severity.HIGH,
        just_above="long_seconds",
    ),
    Case(
        story="just short of five minutes",
        facts=mall(THRESHOLDS.long_seconds * LESS),
        subject="shop",
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_below="long_seconds",
    ),
    Case(
        story="nobody was connected",
        facts=build.snapshot(build.database(activity=build.activity())),
        subject=build.TARGET,
        outcome="unseen",
    ),
)
