"""SQL001: statements that will not fit."""

from advisors.rules.sql001_over_budget import THRESHOLDS
from advisors.severity import ASSUMED_CORES
from facts.findings import Severity
from facts.postgres import Statement
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import ABSENT, FOUND, LESS, MORE, Case

SEARCH = "SELECT id FROM products WHERE price < $1"
LIMIT = ASSUMED_CORES * THRESHOLDS.share


def mall(*entries: Statement, cores: int | None = None) -> Snapshot:
    hosts = () if cores is None else (build.host(cores=cores, target=build.TARGET),)
    return build.snapshot(build.database(*entries), *hosts)


def search(cores: float, **tags: str) -> Statement:
    return build.statement(SEARCH, seconds=build.seconds_for(cores), tags=tags)


def many(count: int) -> tuple[Statement, ...]:
    """The first is the most expensive, and so on."""
    return tuple(
        build.statement(f"SELECT id FROM table_{number}", seconds=0.4 - 0.001 * number) for number in range(count)
    )


CASES = (
    Case(
        story="it takes a fifth of the machine",
        facts=mall(search(LIMIT * MORE)),
        subject=SEARCH,
        outcome=FOUND,
        severity=Severity.HIGH,
        just_above="share",
    ),
    Case(
        story="it takes just less",
        facts=mall(search(LIMIT * LESS)),
        subject=SEARCH,
        outcome="below-threshold",
        just_below="share",
    ),
    Case(
        story="on a large machine it is little",
        facts=mall(search(LIMIT * MORE), cores=64),
        subject=SEARCH,
        outcome="below-threshold",
    ),
    Case(
        story="half of the machine takes the mall down",
        facts=mall(search(ASSUMED_CORES / 2 * MORE)),
        subject=SEARCH,
        outcome=FOUND,
        severity=Severity.CRITICAL,
    ),
    Case(
        story="a nightly job is not multiplied, whatever it takes",
        facts=mall(search(10 * build.MULTIPLIER, job="nightly")),
        subject=SEARCH,
        outcome="not-storefront",
    ),
    Case(
        story="the last of the families that have a line of their own",
        facts=mall(*many(THRESHOLDS.listed + 1)),
        subject=f"SELECT id FROM table_{THRESHOLDS.listed - 1}",
        outcome="below-threshold",
        just_below="listed",
    ),
    Case(
        story="the first that has none",
        facts=mall(*many(THRESHOLDS.listed + 1)),
        subject=f"SELECT id FROM table_{THRESHOLDS.listed}",
        outcome=ABSENT,
        just_above="listed",
    ),
    Case(
        story="transaction control is no family to rewrite",
        facts=mall(build.statement("COMMIT", seconds=build.seconds_for(LIMIT * 2))),
        subject="COMMIT",
        outcome=ABSENT,
    ),
    Case(
        story="a statement that was not understood takes its time all the same",
        facts=mall(build.statement("SELECT [", seconds=build.seconds_for(LIMIT * 2))),
        subject="SELECT [",
        outcome=FOUND,
    ),
)
