"""CFG001: connections at the multiplier."""

import math

from advisors.rules.cfg001_connections import SAFETY
from facts.findings import Severity
from facts.postgres import Activity
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

LOAD = 4
NEEDED = math.ceil(LOAD + SAFETY * math.sqrt(LOAD))
RESERVED = 3


def mall(activity: Activity | None) -> Snapshot:
    """Statements that keep four connections busy at the multiplier."""
    busy = build.statement("SELECT $1", seconds=build.seconds_for(LOAD))
    return build.snapshot(build.database(busy, activity=activity))


def pool(connections: int, *, others: int = 0, max_connections: int = 100) -> Activity:
    return build.activity(
        build.application("shop", connections=connections),
        connections=connections + others,
        max_connections=max_connections,
        reserved=RESERVED,
    )


CASES = (
    Case(story="the pool is just large enough", facts=mall(pool(NEEDED)), subject="shop", outcome="enough"),
    Case(
        story="one connection is missing",
        facts=mall(pool(NEEDED - 1)),
        subject="shop",
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="the pool is no larger than the load",
        facts=mall(pool(LOAD)),
        subject="shop",
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="the pool is just larger than the load",
        facts=mall(pool(LOAD + 1)),
        subject="shop",
        outcome=FOUND,
        severity=Severity.MEDIUM,
    ),
    Case(
        story="requests in flight want more than statements do",
        facts=build.snapshot(
            build.database(activity=pool(NEEDED)), build.front(build.endpoint(requests=600, mean=1.0))
        ),
        subject="shop",
        outcome=FOUND,
    ),
    Case(
        story="the server just holds all that will be opened",
        facts=mall(pool(2, others=50, max_connections=NEEDED + 50 + RESERVED)),
        subject="max_connections",
        outcome="enough",
    ),
    Case(
        story="the server refuses the last of them",
        facts=mall(pool(2, others=50, max_connections=NEEDED + 50 + RESERVED - 1)),
        subject="max_connections",
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
    Case(
        story="only a worker and we ourselves were connected",
        facts=mall(build.activity(build.application("nightly-job"), build.application("tenfold"))),
        subject=build.TARGET,
        outcome="no-storefront",
    ),
)
