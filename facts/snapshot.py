"""A snapshot: all facts of one reading of the mall. Live audits and `--from` judge the same snapshot."""

from dataclasses import dataclass
from datetime import datetime

from facts.front import FrontFacts
from facts.host import HostFacts
from facts.postgres import PostgresFacts
from facts.readings import Target
from facts.redis import RedisFacts

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the reading cost the mall.

    Attributes:
        statements: SQL statements and Redis commands that were sent.
        cpu_seconds: CPU of our PostgreSQL backends where it could be known (same host), else None.
        execution_seconds: Time that the servers spent on our statements, as we saw it.
        longest_lock_wait_seconds: The longest time one of our statements waited for a lock before it gave up.
        connections: Connections that were opened, over all targets.
    """

    statements: int
    cpu_seconds: float | None
    execution_seconds: float
    longest_lock_wait_seconds: float
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that one audit read."""

    format_version: int
    tool_version: str
    mall: str
    taken_at: datetime
    window_seconds: float  # 0 when one reading was taken
    masked: bool
    targets: tuple[Target, ...]
    postgres: tuple[PostgresFacts, ...]
    redis: tuple[RedisFacts, ...]
    hosts: tuple[HostFacts, ...]
    fronts: tuple[FrontFacts, ...]
    cost: Cost
