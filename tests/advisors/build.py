"""Facts made by hand: small builders with sensible defaults, so that a test names only what it is about.

A day at the mall: one minute between two readings, the promotion ten times as large, and no access log unless a test gives one.
"""

from facts.front import AccessLog, Endpoint, FrontFacts
from facts.host import HostFacts, Processor
from facts.postgres import (
    PostgresFacts,
)
from facts.readings import Target
from facts.redis import RedisFacts
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot
from tests.advisors.build_postgres import (
    activity,
    application,
    checkpoints,
    database,
    replication,
    session,
    statement,
    statements,
)
from tests.advisors.build_redis import key_group, keyspace, redis, redis_info, redis_window
from tests.advisors.build_schema import (
    column,
    column_statistics,
    counters,
    extension,
    foreign_key,
    index,
    schema,
    table,
)
from tests.advisors.build_shared import CACHE, MEBIBYTE, MULTIPLIER, SITE, TAKEN_AT, TARGET, WINDOW, oid_of, seconds_for

__all__ = [
    "CACHE",
    "MEBIBYTE",
    "MULTIPLIER",
    "SITE",
    "TAKEN_AT",
    "TARGET",
    "WINDOW",
    "activity",
    "application",
    "checkpoints",
    "column",
    "column_statistics",
    "counters",
    "database",
    "endpoint",
    "extension",
    "foreign_key",
    "front",
    "host",
    "index",
    "key_group",
    "keyspace",
    "oid_of",
    "redis",
    "redis_info",
    "redis_window",
    "replication",
    "schema",
    "seconds_for",
    "session",
    "snapshot",
    "statement",
    "statements",
    "table",
]


def endpoint(
    name: str = "GET /p/{id}",
    *,
    requests: int = 600,
    mean: float | None = 0.1,
    median: float | None = None,
    growth: tuple[int, ...] = (),
    staff: bool = False,
) -> Endpoint:
    """One family of requests; the median is the mean unless given, and `mean=None` is a log without request times."""
    middle = mean if median is None else median
    return Endpoint(
        name=name,
        staff=staff,
        requests=requests,
        errors=0,
        bytes=0,
        distinct_growth=growth,
        total_seconds=None if mean is None else mean * requests,
        p50_seconds=middle,
        p95_seconds=middle,
        p99_seconds=middle,
        max_seconds=middle,
    )


def front(
    *endpoints: Endpoint,
    window: float = WINDOW,
    peak: float | None = None,
    requests: int | None = None,
    target: str = SITE,
    delivery: float | None = None,
) -> FrontFacts:
    """A site with its access log; the peak is the mean rate unless given, and the network's seconds are not known."""
    count = sum(each.requests for each in endpoints) if requests is None else requests
    log = AccessLog(
        since=None,
        until=None,
        window_seconds=window,
        window_requests=count,
        peak_per_second=count / window if peak is None else peak,
        sessions=None,
        lines=count,
        malformed=0,
        endpoints=endpoints,
        delivery_seconds=delivery,
    )
    return FrontFacts(target=target, readings=(), log=log)


def host(*, cores: int = 4, busy: float = 0.1, target: str = "web-1") -> HostFacts:
    return HostFacts(
        target=target,
        source="psutil",
        readings=(),
        processor=Processor(
            cores=cores,
            window_seconds=WINDOW,
            busy_ratio=busy,
            user_ratio=busy,
            system_ratio=0.0,
            iowait_ratio=0.0,
            steal_ratio=0.0,
            load_1m=None,
        ),
    )


def snapshot(
    *parts: PostgresFacts | RedisFacts | FrontFacts | HostFacts,
    targets: tuple[Target, ...] = (),
    mall: str = "Plum Blossom",
) -> Snapshot:
    """Everything that one audit read, each part where it belongs."""
    return Snapshot(
        format_version=FORMAT_VERSION,
        tool_version="0.1.0",
        mall=mall,
        taken_at=TAKEN_AT,
        window_seconds=WINDOW,
        masked=True,
        targets=targets,
        postgres=tuple(part for part in parts if isinstance(part, PostgresFacts)),
        redis=tuple(part for part in parts if isinstance(part, RedisFacts)),
        hosts=tuple(part for part in parts if isinstance(part, HostFacts)),
        fronts=tuple(part for part in parts if isinstance(part, FrontFacts)),
        cost=Cost(statements=0, cpu_seconds=None, execution_seconds=0.0, longest_lock_wait_seconds=0.0, connections=0),
    )
