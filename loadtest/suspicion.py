"""One resource that was saturated in a round, and the thresholds of saturation with their sources."""

from dataclasses import dataclass

from facts.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on a resource counts as saturated.

    Attributes:
        busy_ratio: A processor, disk or line: queueing theory has waiting time grow tenfold there (M/M/1: 1 / (1 - 0.9)).
        own_share: Of a saturated processor's use this much must be the named programs'; else somebody else took it.
        waiting: Threads that are ready and have no core, on average; and as many as run, or more.
        waited_share: That wait, for one request, as a share of what half of all requests took.
        one_core_ratio: Of the cores that one program can use; an interpreter's lock leaves a little.
        steal_ratio: Share of processor time that the hypervisor gave to others; cloud vendors' own alarm level.
        row_waiters: Sessions waiting for a row at once; one or two meet by chance.
        pool_pending: Threads waiting for a connection at one look.
        connections_ratio: Of the connections that the server allows.
        cold_hit_ratio: A cache below this no longer carries the pages before it.
        evicted_per_miss: Evictions for each miss; in a cache that is too small each miss is put back and evicts another, so the ratio
            nears 1, while a cache that is merely cold evicts nothing.
        outside_seconds: A call to a third party; payment providers promise tenths of a second.
        gap_ms, gap_ratio: What shoppers wait above the server's own time, absolutely and as a share of their wait.
        retransmitted_ratio: Of TCP segments; a clean line is far below one in a thousand.
        memory_available_ratio, swap_in_bytes: Of main memory; read back a second.
        scanned_per_fetched: Rows that scans went over for each row that an index brought.
        statement_share, statement_seconds: One statement's share of the database's time, and its mean, above which it is named.
        throttled_ratio: Share of a container's periods in which its quota held it back.
        collecting_ratio: Share of time that a JVM spent collecting garbage.
        generator_cpu_ratio: As in the verdict: a generator above it measures itself.
    """

    busy_ratio: float = 0.9
    own_share: float = 0.6
    waiting: float = 0.2
    waited_share: float = 0.3
    one_core_ratio: float = 0.85
    steal_ratio: float = 0.1
    row_waiters: float = 3
    pool_pending: float = 2
    connections_ratio: float = 0.95
    cold_hit_ratio: float = 0.75
    evicted_per_miss: float = 0.3
    outside_seconds: float = 0.5
    gap_ms: float = 40.0
    gap_ratio: float = 0.5
    retransmitted_ratio: float = 0.02
    memory_available_ratio: float = 0.05
    swap_in_bytes: float = 1_000_000
    scanned_per_fetched: float = 20.0
    statement_share: float = 0.4
    statement_seconds: float = 0.005
    throttled_ratio: float = 0.25
    collecting_ratio: float = 0.2
    generator_cpu_ratio: float = 0.8


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A saturated resource.

    Attributes:
        resource: One of the fixed words of `loadtest.cause`.
        second: When its saturation began.
        evidence: What shows it.
        confidence: How surely these readings mean that resource, from 0 to 1, whether or not it is the cause.
        standing: It slows single requests whatever the rate, so it may hurt from the first second, without a bend.
    """

    resource: str
    second: int
    evidence: Message
    confidence: float
    standing: bool = False
