"""What the IDX rules share: how to name, drop and measure an index that exists."""

from advisors.workload import Workload
from facts.findings import Remedy
from facts.identifiers import qualified
from facts.message import Message
from facts.schema import ForeignKey, Index, Schema, Table


def drop(index: Index, text: Message, risk: Message) -> Remedy:
    """Dropping the index, with its own definition as the way back."""
    name = qualified(index.schema, index.name)
    back = index.definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
    back = back.replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY", 1)
    return Remedy(
        text=text,
        sql=(f"DROP INDEX CONCURRENTLY IF EXISTS {name}",),
        rollback=(back,),
        check=(f"SELECT to_regclass('{name.replace(chr(39), chr(39) * 2)}') IS NULL AS dropped",),
        size_bytes=index.size_bytes,
        risk=risk,
    )


def backs_foreign_key(index: Index, schema: Schema) -> ForeignKey | None:
    """The foreign key whose columns the index starts with, in any order; checks of the referenced table need it."""
    for key in schema.foreign_keys:
        if (
            key.table_oid == index.table_oid
            and set(index.keys[: len(key.columns)]) == set(key.columns)
            and not index.predicate
        ):
            return key
    return None


def writes_per_second(table: Table, workload: Workload) -> float:
    """Rows that the workload changes in the table a second, at the everyday peak."""
    rows = sum(
        family.rows
        for family in workload.families
        if table.oid in family.tables and family.kind in {"insert", "update", "delete"}
    )
    return rows / max(workload.window_seconds, 0.001) * workload.peak_factor
