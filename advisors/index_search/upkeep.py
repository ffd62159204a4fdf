"""What the writes pay for an index: cores that keep it up at the multiplier.

A row that is written makes an entry: a search from the root, the entry, its WAL record. The first entry on a page after a checkpoint costs
more: the page is read and goes into the WAL as a whole (`full_page_writes`). So an index whose new entries come in order, as moments do,
pays for hardly any page, and one that is much larger than what is written to it between two checkpoints pays for nearly every row.
An update that is HOT today and sets a column of the new index is no longer: it makes an entry in every other index of the table too.
"""

import math
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from advisors.references import folded, table_name
from advisors.workload import Workload
from facts.planner import Candidate
from facts.schema import ColumnStatistics, Index, Schema, Table, tables_by_name


@dataclass(frozen=True, slots=True)
class Write:
    """Rows of one table that one statement writes.

    Attributes:
        rows_per_second: At the multiplier.
        columns: Those that an UPDATE sets; None where every index has to be written.
    """

    rows_per_second: float
    columns: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class WritePrices:
    """What writing an index takes.

    Attributes:
        entry_seconds: CPU for one entry.
        page_seconds: CPU for the first entry on a page after a checkpoint, beside the entry's own.
        checkpoint_seconds: From one checkpoint to the next.
    """

    entry_seconds: float
    page_seconds: float
    checkpoint_seconds: float

    def cores(self, entries_per_second: float, pages: float) -> float:
        """What entries take that fall anywhere on so many pages; on 0 pages where they come in order.

        Of `p` pages, `n` entries that fall anywhere touch `p (1 - exp(-n / p))`.
        """
        touched = 0.0
        if pages > 0:
            entries = entries_per_second * self.checkpoint_seconds
            touched = pages * -math.expm1(-entries / pages) / self.checkpoint_seconds
        return entries_per_second * self.entry_seconds + touched * self.page_seconds


@dataclass(frozen=True, slots=True)
class Written:
    """A table, as far as it matters to what is written to its indexes.

    Attributes:
        index_pages: Of each index that it has.
        hot_ratio: Share of its updates that are HOT today.
        ordered: Columns whose new values follow each other.
    """

    index_pages: tuple[int, ...] = ()
    hot_ratio: float = 1.0
    ordered: frozenset[str] = frozenset()

    @classmethod
    def of(cls, table: Table, indexes: Iterable[Index], statistics: Iterable[ColumnStatistics]) -> "Written":
        """As the catalogues and counters show it.

        Args:
            table: The table.
            indexes: Its own.
            statistics: Of its columns.
        """
        counters = table.counters
        moments = {each.name for each in table.columns if each.type.startswith(_MOMENTS)}
        in_order = {each.column for each in statistics if not each.inherited and (each.correlation or 0.0) >= ORDERED}
        return cls(
            tuple(each.pages for each in indexes if each.valid),
            counters.hot_updated / counters.updated if counters is not None and counters.updated else 1.0,
            frozenset(moments | in_order),
        )


def written_tables(schema: Schema, oids: Container[int]) -> dict[int, Written]:
    """Those of the tables, by oid."""
    indexes: dict[int, list[Index]] = defaultdict(list)
    statistics: dict[int, list[ColumnStatistics]] = defaultdict(list)
    for index in schema.indexes:
        indexes[index.table_oid].append(index)
    for column in schema.statistics:
        statistics[column.table_oid].append(column)
    return {
        each.oid: Written.of(each, indexes[each.oid], statistics[each.oid])
        for each in schema.tables
        if each.oid in oids
    }


Writes = Mapping[int, Sequence[Write]]
# From this correlation on a column's values grow with the table (pg_stats: 1 is perfect order).
ORDERED = 0.95
# Of the types whose new values are mostly this moment; a date may be a birthday.
_MOMENTS = "timestamp"
PAGE_BYTES = 8192
DEFAULT_CHECKPOINT_SECONDS = 300.0
DEFAULT_WAL_MEGABYTES = 1024.0
# Entries that one row makes beside a btree's one: a document has several paths, and BRIN writes only where a range grows.
_ENTRIES = {"gin": 5.0, "brin": 0.1}


def writes_of(workload: Workload) -> Writes:
    """What is written to each table, by its oid, and to the partitioned tables above it."""
    schema = workload.facts.schema
    found: dict[int, list[Write]] = {}
    if schema is None:
        return found
    names = tables_by_name(schema)
    parents = {table.oid: table.parent for table in schema.tables}
    indexed: dict[int, frozenset[str]] = {}
    for index in schema.indexes:
        if index.method != "brin":
            held = frozenset((*index.keys, *index.included))
            indexed[index.table_oid] = indexed.get(index.table_oid, frozenset()) | held
    for family in workload.families:
        if family.tree is None or family.kind not in {"insert", "update", "delete"}:
            continue
        rate = family.rows / workload.window_seconds * workload.growth(family)
        for table, columns in _changed(family.tree, names):
            oid: int | None = table.oid
            # An update of an indexed column is no HOT update: the row's new version is written to every index of the table.
            cold = columns is not None and columns & indexed.get(table.oid, frozenset())
            while oid is not None:
                found.setdefault(oid, []).append(Write(rate, None if cold else columns))
                oid = parents.get(oid)
    return found


def checkpoint_seconds(workload: Workload) -> float:
    """From one checkpoint to the next at the multiplier: after `checkpoint_timeout`, or sooner when half of `max_wal_size` is written.

    Source: PostgreSQL's manual, "WAL Configuration": WAL is kept for about two checkpoints.
    """
    facts = workload.facts
    timeout, most = facts.setting("checkpoint_timeout") or "", facts.setting("max_wal_size") or ""
    seconds = float(timeout) if timeout.isdigit() and int(timeout) > 0 else DEFAULT_CHECKPOINT_SECONDS
    megabytes = float(most) if most.isdigit() and int(most) > 0 else DEFAULT_WAL_MEGABYTES
    listed = facts.statements.statements if facts.statements else ()
    growth = workload.peak_factor * workload.multiplier
    written = sum(each.wal_bytes or 0 for each in listed) / workload.window_seconds * growth if listed else 0.0
    return min(seconds, megabytes * 2**20 / 2 / written) if written > 0 else seconds


def upkeep(
    writes: Sequence[Write], candidate: Candidate, size_bytes: int, table: Written, prices: WritePrices
) -> float:
    """Cores: every inserted and deleted row pays, and every update of one of its columns, which is no HOT update any more.

    Args:
        writes: To the candidate's table.
        candidate: The index.
        size_bytes: Of it.
        table: What is written.
        prices: What writing takes.
    """
    touching = [write for write in writes if touches(write, candidate)]
    entries = sum(write.rows_per_second for write in touching) * _ENTRIES.get(candidate.method, 1.0)
    in_order = candidate.method == "brin" or candidate.keys[0].column in table.ordered
    lost = sum(write.rows_per_second for write in touching if write.columns is not None) * table.hot_ratio
    if candidate.method == "brin":
        # An index that only summarizes does not keep an update from being HOT (PostgreSQL 16 and newer).
        lost = 0.0
    own = prices.cores(entries, 0.0 if in_order else size_bytes / PAGE_BYTES)
    return own + sum(prices.cores(lost, pages) for pages in table.index_pages)


def touches(write: Write, candidate: Candidate) -> bool:
    """Whether the statement has to write to the index."""
    if write.columns is None:
        return True
    columns = {part.column for part in candidate.keys} | set(candidate.included)
    computed = " ".join([*(part.expression for part in candidate.keys), candidate.predicate])
    named = any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", computed) for each in write.columns)
    return named or bool(write.columns & columns)


def _changed(tree: exp.Expr, names: Mapping[str, Table]) -> Iterator[tuple[Table, frozenset[str] | None]]:
    """Each table that the statement changes, below WITH too, with the columns that are set; what is only read pays nothing."""
    for node in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge):
        target = node.this.this if isinstance(node.this, exp.Schema) else node.this
        table = names.get(table_name(target)) if isinstance(target, exp.Table) else None
        if table is None:
            continue
        if isinstance(node, exp.Update):
            yield table, _set(node)
        elif isinstance(node, exp.Merge):
            whens = list(node.find_all(exp.When))
            changes = [each.args.get("then") for each in whens]
            only_updates = all(isinstance(each, exp.Update) for each in changes)
            sets = [_set(each) for each in changes if isinstance(each, exp.Update)]
            yield table, frozenset[str]().union(*sets) if only_updates else None
        elif isinstance(node, exp.Insert | exp.Delete):
            yield table, None


def _set(update: exp.Update) -> frozenset[str]:
    sides = (each.this for each in update.expressions)
    columns = (one for side in sides for one in (side.expressions if isinstance(side, exp.Tuple) else [side]))
    return frozenset(folded(each.this) for each in columns if isinstance(each, exp.Column))
