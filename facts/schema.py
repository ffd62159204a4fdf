"""A database's schema, sizes, counters and column statistics, as its catalogues give them.

The shadow planner rebuilds the schema from these records, so definitions are the server's own DDL text.
"""

from dataclasses import dataclass
from datetime import datetime

from facts.identifiers import qualified


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table, in the order of attnum; dropped columns are left out."""

    name: str
    type: str  # format_type's text, schema-qualified where it is not in pg_catalog
    not_null: bool
    collation: str | None  # schema-qualified; None for the type's default
    generated: str | None  # the expression of a stored or virtual generated column
    statistics_target: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounters:
    """Counters of pg_stat_user_tables, cumulative since the database's statistics were reset."""

    sequential_scans: int
    sequential_rows: int
    index_scans: int
    inserted: int
    updated: int
    hot_updated: int
    deleted: int
    live_rows: int
    dead_rows: int
    modified_since_analyze: int
    last_analyzed_at: datetime | None  # by hand or by autovacuum, whichever is later
    last_vacuumed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, partitioned table, partition or materialized view."""

    oid: int
    schema: str
    name: str
    kind: str  # pg_class.relkind: "r", "p", "m", "f"
    persistence: str  # pg_class.relpersistence: "p", "u", "t"
    columns: tuple[Column, ...]
    row_estimate: float  # reltuples; -1 when never analyzed
    pages: int  # relpages as the last VACUUM or ANALYZE left it
    pages_all_visible: int
    heap_bytes: int | None  # the main fork's size; None where it could not be asked (locked, foreign)
    total_bytes: int | None  # with indexes and TOAST
    options: tuple[str, ...]  # reloptions
    parent: int | None  # oid of the partitioned table or inheritance parent
    partition_key: str | None  # pg_get_partkeydef
    partition_bound: str | None  # pg_get_expr(relpartbound)
    transaction_age: int | None
    counters: TableCounters | None

    @property
    def subject(self) -> str:
        """`schema.table`, as findings name it."""
        return qualified(self.schema, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index as it stands."""

    oid: int
    table_oid: int
    schema: str
    name: str
    definition: str  # pg_get_indexdef
    method: str  # "btree", "gin", …
    keys: tuple[str, ...]  # key columns: a name, or the expression's text where `key_attributes` is 0
    key_attributes: tuple[int, ...]  # attnum of each key column; 0 for an expression
    key_options: tuple[int, ...]  # indoption of each key: 1 descending, 2 nulls first
    operator_classes: tuple[str, ...]
    collations: tuple[str, ...]  # "" where the key has none
    included: tuple[str, ...]
    predicate: str | None
    unique: bool
    primary: bool
    exclusion: bool
    valid: bool
    ready: bool
    replica_identity: bool
    clustered: bool
    constraint: str | None  # name of the constraint that it backs
    pages: int
    row_estimate: float
    size_bytes: int | None
    height: int | None  # levels above the leaves, from pageinspect; None where it could not be asked
    scans: int | None
    last_scan_at: datetime | None
    progress: bool  # being built at this moment (pg_stat_progress_create_index)
    definition_masked: bool = False  # a literal in it was replaced, so that it cannot be run as it stands

    @property
    def subject(self) -> str:
        """`schema.index`, as findings name it."""
        return qualified(self.schema, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """One foreign key, by column names in key order."""

    name: str
    table_oid: int
    columns: tuple[str, ...]
    referenced_oid: int
    referenced_columns: tuple[str, ...]
    on_delete: str  # confdeltype: "a" no action, "r" restrict, "c" cascade, "n" set null, "d" set default
    valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A primary key, unique, check or exclusion constraint."""

    name: str
    table_oid: int
    kind: str  # contype: "p", "u", "c", "x"
    definition: str  # pg_get_constraintdef
    index_oid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """One row of pg_stats. Value arrays hold the values' text forms, masked unless the user kept them."""

    table_oid: int
    column: str
    inherited: bool
    null_ratio: float
    average_width: int
    distinct: float  # n_distinct: negative means a share of the rows
    common_values: tuple[str, ...] | None
    common_ratios: tuple[float, ...] | None
    histogram: tuple[str, ...] | None
    correlation: float | None
    common_elements: tuple[str, ...] | None
    common_element_ratios: tuple[float, ...] | None
    element_count_histogram: tuple[float, ...] | None
    masked: bool

    def distinct_of(self, rows: float) -> float:
        """How many distinct values so many rows have; 0 where that is not known."""
        return self.distinct if self.distinct >= 0 else -self.distinct * rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Something that tables and indexes rest on: schema, enum, domain, collation, function, view, extension.

    `ddl` recreates it, where it can be recreated; statistics objects and triggers are only listed.
    """

    kind: str  # "schema", "extension", "enum", "domain", "composite", "collation", "function", "view", "statistics"
    schema: str
    name: str
    ddl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """All user tables of one database with what belongs to them."""

    tables: tuple[Table, ...]
    indexes: tuple[Index, ...]
    foreign_keys: tuple[ForeignKey, ...]
    constraints: tuple[Constraint, ...]
    statistics: tuple[ColumnStatistics, ...]
    definitions: tuple[Definition, ...]
    search_path: tuple[str, ...]  # of the role that the mall's sessions use where known, else the server's default
    unread: tuple[str, ...] = ()  # `schema.table` of tables that are left out of judging (see facts.unread)

    def table(self, oid: int) -> Table | None:
        """The table of that oid."""
        return next((table for table in self.tables if table.oid == oid), None)


def tables_by_name(schema: Schema) -> dict[str, Table]:
    """Tables by the names that a statement can use for them: with the schema, or without it along the search path.

    A table outside of the path is found by its bare name too, since a role's own path was not read.
    """
    order = {name: position for position, name in enumerate(schema.search_path)}
    found: dict[str, Table] = {}
    for table in sorted(schema.tables, key=lambda each: order.get(each.schema, len(order)), reverse=True):
        found[table.name] = table
        found[f"{table.schema}.{table.name}"] = table
    return found
