"""Tables, indexes and their statistics, as a mall's PostgreSQL would give them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from facts.identifiers import qualified
from facts.schema import (
    Column,
    ColumnStatistics,
    Definition,
    ForeignKey,
    Index,
    Schema,
    Table,
    TableCounters,
)
from tests.advisors.build_shared import MEBIBYTE, TAKEN_AT, oid_of


def column(name: str, kind: str = "bigint") -> Column:
    return Column(name=name, type=kind, not_null=True, collation=None, generated=None, statistics_target=None)


def counters(
    *, live: int = 0, changed: int = 0, analyzed: datetime | None = TAKEN_AT - timedelta(days=1)
) -> TableCounters:
    return TableCounters(
        sequential_scans=0,
        sequential_rows=0,
        index_scans=0,
        inserted=0,
        updated=0,
        hot_updated=0,
        deleted=0,
        live_rows=live,
        dead_rows=0,
        modified_since_analyze=changed,
        last_analyzed_at=analyzed,
        last_vacuumed_at=None,
    )


def table(
    name: str,
    columns: str = "id user_id created_at",
    *,
    schema: str = "public",
    kind: str = "r",
    pages: int = 10_000,
    rows: float = 1_000_000.0,
    options: tuple[str, ...] = (),
    counted: TableCounters | None = None,
) -> Table:
    """A table; `columns` are names, or `name:type`."""
    made = (each.partition(":") for each in columns.split())
    return Table(
        oid=oid_of(schema, name),
        schema=schema,
        name=name,
        kind=kind,
        persistence="p",
        columns=tuple(column(each, type_ or "bigint") for each, _, type_ in made),
        row_estimate=rows,
        pages=pages,
        pages_all_visible=0,
        heap_bytes=pages * 8192,
        total_bytes=pages * 8192,
        options=options,
        parent=None,
        partition_key=None,
        partition_bound=None,
        transaction_age=None,
        counters=counted,
    )


def index(
    of: Table,
    *keys: str,
    name: str = "",
    oid: int | None = None,
    options: tuple[int, ...] = (),
    operator_classes: tuple[str, ...] = (),
    collations: tuple[str, ...] = (),
    included: tuple[str, ...] = (),
    method: str = "btree",
    predicate: str | None = None,
    unique: bool = False,
    primary: bool = False,
    exclusion: bool = False,
    constraint: str | None = None,
    replica_identity: bool = False,
    valid: bool = True,
    progress: bool = False,
    size: int | None = 8 * MEBIBYTE,
    scans: int | None = 1_000,
) -> Index:
    """An index on columns of `of`; a key that is no column is an expression."""
    chosen = name or "_".join(["idx", of.name, *(key if key.isidentifier() else "expression" for key in keys)])
    numbers = {each.name: position for position, each in enumerate(of.columns, 1)}
    kind = "UNIQUE INDEX" if unique or primary else "INDEX"
    definition = f"CREATE {kind} {chosen} ON {qualified(of.schema, of.name)} USING {method} ({', '.join(keys)})"
    return Index(
        oid=oid if oid is not None else oid_of(of.schema, chosen),
        table_oid=of.oid,
        schema=of.schema,
        name=chosen,
        definition=definition + (f" WHERE {predicate}" if predicate else ""),
        method=method,
        keys=keys,
        key_attributes=tuple(numbers.get(key, 0) for key in keys),
        key_options=options or (0,) * len(keys),
        operator_classes=operator_classes or ("pg_catalog.int8_ops",) * len(keys),
        collations=collations or ("",) * len(keys),
        included=included,
        predicate=predicate,
        unique=unique or primary,
        primary=primary,
        exclusion=exclusion,
        valid=valid,
        ready=True,
        replica_identity=replica_identity,
        clustered=False,
        constraint=constraint,
        pages=1_000,
        row_estimate=of.row_estimate,
        size_bytes=size,
        height=2,
        scans=scans,
        last_scan_at=None,
        progress=progress,
    )


def foreign_key(of: Table, to: Table, *columns: str, name: str = "") -> ForeignKey:
    return ForeignKey(
        name=name or f"{of.name}_{'_'.join(columns)}_fkey",
        table_oid=of.oid,
        columns=columns,
        referenced_oid=to.oid,
        referenced_columns=("id",),
        on_delete="a",
        valid=True,
    )


def column_statistics(of: Table, name: str, distinct: float) -> ColumnStatistics:
    return ColumnStatistics(
        table_oid=of.oid,
        column=name,
        inherited=False,
        null_ratio=0.0,
        average_width=8,
        distinct=distinct,
        common_values=None,
        common_ratios=None,
        histogram=None,
        correlation=None,
        common_elements=None,
        common_element_ratios=None,
        element_count_histogram=None,
        masked=True,
    )


def extension(name: str) -> Definition:
    return Definition(kind="extension", schema="public", name=name, ddl=f"CREATE EXTENSION {name}")


def schema(
    *tables: Table,
    indexes: Iterable[Index] = (),
    foreign_keys: Iterable[ForeignKey] = (),
    statistics: Iterable[ColumnStatistics] = (),
    definitions: Iterable[Definition] = (),
    search_path: tuple[str, ...] = ("public",),
) -> Schema:
    return Schema(
        tables=tables,
        indexes=tuple(indexes),
        foreign_keys=tuple(foreign_keys),
        constraints=(),
        statistics=tuple(statistics),
        definitions=tuple(definitions),
        search_path=search_path,
    )


# A database's workload and its server
