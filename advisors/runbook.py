"""What a DBA looks at before creating an index in production, from the facts of the audit.

Each check says what is known, also where nothing stands against it, and says so where something is not known. Sources: PostgreSQL's
manual on CREATE INDEX ("Building Indexes Concurrently"), on HOT updates ("Heap-Only Tuples") and on pg_stat_replication.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from advisors.index_search.pricing import Prices
from advisors.index_search.upkeep import Write, touches
from advisors.indexing import is_default, keys_of, ordered_keys
from advisors.machines import machine_of
from advisors.rewrites import instead_of
from facts import quantities
from facts.findings import Check
from facts.message import msg, msg_n
from facts.planner import Candidate
from facts.postgres import PostgresFacts
from facts.schema import Index, Schema, Table
from facts.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From when on a check says that something stands against it.

    Attributes:
        window_seconds: Statements of a shorter window may miss what runs once a day.
        transaction_seconds: CREATE INDEX CONCURRENTLY waits for every transaction that is older than itself.
        stale_ratio: Share of the table's rows that changed since it was analyzed; autovacuum analyzes at a tenth.
        replica_bytes: That a standby is behind before the build's WAL comes on top (64 segments).
        skew_ratio: The plan for unlucky values against the usual one.
        cached_ratio: Reads of a table for each row written to it, from which on a cache would mostly hit.
    """

    window_seconds: float = 600.0
    transaction_seconds: float = 60.0
    stale_ratio: float = 0.1
    replica_bytes: int = 1 << 30
    skew_ratio: float = 10.0
    cached_ratio: float = 100.0


THRESHOLDS = Thresholds()
_TITLE_CHARACTERS = 80
# By how much nineteen of twenty modelled sizes are off at most, by method (`python -m benchmarks.shadow_parity`).
SIZE_ERRORS = {"btree": 0.15, "hash": 0.05, "brin": 0.05, "gin": 0.3}
# What a document holds is not known where its values were masked: its index may be three times as large.
BLIND_SIZE_ERROR = 2.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """An index to be.

    Attributes:
        pays: Cores at the multiplier that the writes pay for it.
        writes: To its table.
        worst_ratio: Cost of the most expensive sampled plan with it over that of the usual one.
        reads_per_second: Calls of the statements that it helps, at the multiplier.
        slowed: Texts of statements that it makes slower, each with how many times as long it is foretold to take.
        priced: What time was foretold by; None where the planner's cost stands for it.
        statements: Those that it helps, parsed.
    """

    candidate: Candidate
    table: Table
    size_bytes: int
    pays: float
    writes: Sequence[Write]
    worst_ratio: float
    reads_per_second: float = 0.0
    slowed: Sequence[tuple[str, float]] = ()
    priced: Prices | None = None
    statements: Sequence[exp.Expr] = ()


def checks(
    proposal: Proposal, facts: PostgresFacts, snapshot: Snapshot, thresholds: Thresholds = THRESHOLDS
) -> tuple[Check, ...]:
    """Everything to know before it is created, in the order in which a DBA would ask.

    Args:
        proposal: What is to be created.
        facts: Of its database.
        snapshot: Of the whole mall.
        thresholds: When something stands against it.
    """
    schema = facts.schema
    parts = (
        _window(facts, thresholds),
        _statistics(proposal.table, snapshot.taken_at, thresholds),
        _skew(proposal, thresholds),
        _times(proposal),
        _slowed(proposal),
        _writes(proposal),
        _cache(proposal, thresholds),
        Check(name="rewrite", says=instead_of(proposal.candidate, proposal.statements))
        if proposal.statements
        else None,
        _superseded(proposal, schema) if schema else None,
        _blind_size(proposal, facts.schema),
        _disk(proposal, facts, snapshot),
        _replicas(proposal, facts, thresholds),
        _transactions(facts, thresholds),
        _afterwards(proposal.candidate),
    )
    return tuple(each for each in parts if each is not None)


def _window(facts: PostgresFacts, thresholds: Thresholds) -> Check | None:
    statements = facts.statements
    if statements is None:
        return None
    short = statements.window_seconds < thresholds.window_seconds
    window = quantities.seconds(statements.window_seconds)
    if short:
        says = msg(
            "The statements were counted over {window} only: what runs more seldom is not among them.", window=window
        )
    else:
        says = msg("The statements were counted over {window}.", window=window)
    return Check(name="evidence-window", says=says, against=short)


def _statistics(table: Table, now: datetime, thresholds: Thresholds) -> Check:
    counters = table.counters
    if counters is None:
        return Check(name="statistics", says=msg("How fresh the table's statistics are is not known."))
    if counters.last_analyzed_at is None:
        says = msg(
            "The table was never analyzed: its statistics, and with them this advice, may be far off. Run ANALYZE first."
        )
        return Check(name="statistics", says=says, against=True)
    changed = counters.modified_since_analyze / max(counters.live_rows, 1)
    says = msg(
        "Its statistics are {age} old; {share} of its rows have changed since.",
        age=quantities.seconds(max((now - counters.last_analyzed_at).total_seconds(), 0.0)),
        share=quantities.percent(min(changed, 1.0)),
    )
    return Check(name="statistics", says=says, against=changed >= thresholds.stale_ratio)


def _skew(proposal: Proposal, thresholds: Thresholds) -> Check:
    ratio = proposal.worst_ratio
    if ratio <= 1:
        return Check(name="skew", says=msg("What its statements cost with other values is not known."))
    if ratio < thresholds.skew_ratio:
        return Check(
            name="skew",
            says=msg("With other values its statements cost at most {ratio} times as much.", ratio=f"{ratio:.2g}"),
        )
    says = msg(
        "The values are unevenly spread: for the most frequent ones its statements cost {ratio} times the usual.",
        ratio=quantities.count(ratio),
    )
    return Check(name="skew", says=says, against=True)


def _times(proposal: Proposal) -> Check:
    if proposal.priced is None:
        says = msg(
            "Too few statements were timed to foretell how long plans run: what it saves goes by the planner's cost."
        )
        return Check(name="time", says=says)
    says = msg(
        "What it saves goes by the time that {count} statements were seen to take here; half of them lie within {factor} times "
        "their price.",
        count=proposal.priced.statements,
        factor=f"{proposal.priced.error:.2g}",
    )
    return Check(name="time", says=says)


def _slowed(proposal: Proposal) -> Check | None:
    if not proposal.slowed:
        return None
    text, ratio = max(proposal.slowed, key=lambda each: each[1])
    says = msg_n(
        "{count} statement gets slower with it, {ratio} times as long: {text}",
        "{count} statements get slower with it, the worst takes {ratio} times as long: {text}",
        len(proposal.slowed),
        ratio=f"{ratio:.1f}",
        text=" ".join(text.split())[:_TITLE_CHARACTERS],
    )
    return Check(name="slower", says=says, against=True)


def _cache(proposal: Proposal, thresholds: Thresholds) -> Check | None:
    """Why not a cache instead."""
    if not proposal.reads_per_second:
        return None
    written = sum(each.rows_per_second for each in proposal.writes)
    reads = quantities.count(proposal.reads_per_second)
    if written * thresholds.cached_ratio > proposal.reads_per_second:
        says = msg(
            "A cache would not do in its place: at the multiplier these statements read the table {reads} times a second, and {rows} of "
            "its rows are written.",
            reads=reads,
            rows=quantities.count(written),
        )
        return Check(name="cache", says=says)
    says = msg(
        "The table is hardly written: a cache could spare most of the {reads} calls a second too. The index makes the misses cheap "
        "as well.",
        reads=reads,
    )
    return Check(name="cache", says=says)


def _writes(proposal: Proposal) -> Check:
    rows = sum(each.rows_per_second for each in proposal.writes if touches(each, proposal.candidate))
    if not rows:
        says = msg("No statement of the window writes to it.")
        return Check(name="writes", says=says)
    cores = quantities.cores(proposal.pays)
    counters = proposal.table.counters
    brin = proposal.candidate.method == "brin"
    lost = not brin and any(each.columns is not None and touches(each, proposal.candidate) for each in proposal.writes)
    if counters is None or not counters.updated or not lost:
        says = msg(
            "At the multiplier {rows} rows a second are written to it, which takes {cores} cores.",
            rows=quantities.count(rows),
            cores=cores,
        )
        return Check(name="writes", says=says)
    says = msg(
        "At the multiplier {rows} rows a second are written to it, which takes {cores} cores. Updates of its columns are HOT "
        "updates no more; {share} of the table's updates are today.",
        rows=quantities.count(rows),
        cores=cores,
        share=quantities.percent(counters.hot_updated / counters.updated),
    )
    return Check(name="writes", says=says, against=True)


def _superseded(proposal: Proposal, schema: Schema) -> Check | None:
    keys = keys_of(proposal.candidate)
    on_columns = all(part.column for part in proposal.candidate.keys)
    if proposal.candidate.predicate or proposal.candidate.method != "btree" or not on_columns:
        return None
    same = [each for each in schema.indexes if each.table_oid == proposal.table.oid]
    spare = [each for each in same if _is_start(each, keys)]
    if not spare:
        return None
    bound = [each for each in spare if each.unique or each.constraint or each.replica_identity]
    if bound:
        says = msg("{indexes} starts as it does and stays: a constraint or a replica needs it.", indexes=_names(bound))
    else:
        says = msg("{indexes} becomes redundant with it; the next audit will say so.", indexes=_names(spare))
    return Check(name="superseded", says=says)


def _is_start(index: Index, keys: Sequence[tuple[str, int]]) -> bool:
    return (
        (index.method, index.predicate, index.valid) == ("btree", None, True)
        and is_default(index)
        and not index.included
        and list(keys)[: len(index.keys)] == ordered_keys(index)
    )


def _names(indexes: Sequence[Index]) -> str:
    return ", ".join(each.subject for each in indexes)


def _disk(proposal: Proposal, facts: PostgresFacts, snapshot: Snapshot) -> Check:
    machine = machine_of(snapshot.hosts, facts.target)
    data = (facts.database_facts.size_bytes if facts.database_facts else None) or 0
    free = [
        disk.free_bytes
        for disk in (machine.disks if machine else ())
        # A file system that is smaller than the database does not hold it.
        if disk.free_bytes is not None and (disk.total_bytes or 0) > data
    ]
    size = quantities.size(proposal.size_bytes)
    error = quantities.percent(SIZE_ERRORS[proposal.candidate.method])
    if not free:
        says = msg(
            "It takes {size} ± {error}, and as much again for sorting while it is built; the free space of the server's disks is not "
            "known.",
            size=size,
            error=error,
        )
        return Check(name="disk", says=says)
    # Which of them it is cannot be seen without rights that an audit does not ask for.
    least = min(free)
    says = msg(
        "It takes {size} ± {error}, and as much again for sorting while it is built; the fullest file system that may hold it has "
        "{free} free.",
        size=size,
        error=error,
        free=quantities.size(least),
    )
    return Check(name="disk", says=says, against=least < 2 * proposal.size_bytes)


def _blind_size(proposal: Proposal, schema: Schema | None) -> Check | None:
    error = size_error(proposal.candidate, proposal.table, schema)
    if error < BLIND_SIZE_ERROR:
        return None
    says = msg(
        "What the column holds was not read, so its size is a guess: it may take {times} times as much.",
        times=f"{1 + error:.0f}",
    )
    return Check(name="size", says=says, against=True)


def size_error(candidate: Candidate, table: Table, schema: Schema | None) -> float:
    """By how much nineteen of twenty sizes of its kind are off at most, as a ratio."""
    if candidate.method != "gin":
        return SIZE_ERRORS[candidate.method]
    columns = {part.column for part in candidate.keys}
    known = any(
        each.table_oid == table.oid
        and each.column in columns
        and (each.common_elements or (each.histogram and not each.masked))
        for each in (schema.statistics if schema else ())
    )
    return SIZE_ERRORS["gin"] if known else BLIND_SIZE_ERROR


def _replicas(proposal: Proposal, facts: PostgresFacts, thresholds: Thresholds) -> Check:
    wal = quantities.size(proposal.size_bytes)
    if facts.replication is None:
        return Check(
            name="replicas",
            says=msg("Building it writes about {size} of WAL; whether standbys follow is not known.", size=wal),
        )
    replicas = facts.replication.replicas
    if not replicas:
        return Check(name="replicas", says=msg("Building it writes about {size} of WAL; no standby follows.", size=wal))
    known = [each.lag_bytes for each in replicas if each.lag_bytes is not None]
    if not known:
        says = msg(
            "Building it writes about {size} of WAL, which {count} standbys have to follow; how far they are behind is not known.",
            size=wal,
            count=len(replicas),
        )
        return Check(name="replicas", says=says)
    lag = max(known)
    says = msg(
        "Building it writes about {size} of WAL, which {count} standbys have to follow; the slowest is {lag} behind.",
        size=wal,
        count=len(replicas),
        lag=quantities.size(lag),
    )
    return Check(name="replicas", says=says, against=lag >= thresholds.replica_bytes)


def _transactions(facts: PostgresFacts, thresholds: Thresholds) -> Check:
    # Without the right to see others' sessions, they are there without a state.
    if facts.activity is None or (facts.activity.sessions and not any(each.state for each in facts.activity.sessions)):
        return Check(
            name="transactions",
            says=msg("Which transactions are open is not known; building it waits for all of them."),
        )
    oldest = max((each.transaction_seconds or 0.0 for each in facts.activity.sessions), default=0.0)
    if oldest < thresholds.transaction_seconds:
        return Check(
            name="transactions",
            says=msg(
                "No transaction was open for longer than {seconds}; building it waits for all of them.",
                seconds=quantities.seconds(oldest),
            ),
        )
    says = msg(
        "A transaction had been open for {seconds}: building it waits until that ends. Look for it in pg_stat_activity first.",
        seconds=quantities.seconds(oldest),
    )
    return Check(name="transactions", says=says, against=True)


def _afterwards(candidate: Candidate) -> Check | None:
    if not any(part.expression for part in candidate.keys):
        return None
    says = msg("Run ANALYZE on the table afterwards: a new index on an expression has no statistics before.")
    return Check(name="analyze", says=says)
