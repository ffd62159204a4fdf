"""Builds the mall's schema in an empty database, without its rows.

Every object is isolated: what the shadow cannot have (an extension, a collation, a type) is imitated where that is harmless to
plans, or left out, and listed in one plain sentence.
"""

from collections.abc import Iterable, Sequence

import psycopg2
import psycopg2.extensions

from facts.identifiers import qualified, quote
from facts.schema import Constraint, Definition, Index, Schema, Table

Connection = psycopg2.extensions.connection
_BATCH = 200


class Gaps(list[str]):
    """What had to be left out or imitated, one sentence each."""


def rebuild(connection: Connection, schema: Schema, wanted: frozenset[int], gaps: Gaps) -> None:
    """Creates everything that the wanted tables need.

    Args:
        connection: To the empty database, in autocommit mode.
        schema: As read from the mall.
        wanted: Oids of the tables to create.
        gaps: Filled with what could not be had.
    """
    tables = [table for table in schema.tables if table.oid in wanted]
    _run(connection, ["SET check_function_bodies = off"], gaps)
    _definitions(connection, schema.definitions, gaps)
    types = _known_types(connection, {column.type for table in tables for column in table.columns}, gaps)
    by_oid = {table.oid: table for table in tables}
    for generation in _generations(tables):
        _run(connection, [_table_ddl(table, by_oid, types) for table in generation], gaps)
    indexes = [index for index in schema.indexes if index.table_oid in wanted and index.valid]
    constraints = [each for each in schema.constraints if each.table_oid in wanted]
    _run(connection, _index_ddl(indexes, constraints, by_oid), gaps)
    _run(connection, [_check_ddl(each, by_oid) for each in constraints if each.kind == "c"], gaps)
    _run(connection, _foreign_key_ddl(schema, by_oid), gaps)
    _run(connection, [each.ddl for each in schema.definitions if each.kind == "view"], Gaps())
    gaps.extend(
        f"extended statistics {qualified(each.schema, each.name)} cannot be restored, so correlated columns are estimated apart"
        for each in schema.definitions
        if each.kind == "statistics"
    )


def _definitions(connection: Connection, definitions: Sequence[Definition], gaps: Gaps) -> None:
    for kind in ("schema", "extension", "collation", "enum", "composite", "domain", "function"):
        _run(connection, [each.ddl for each in definitions if each.kind == kind], gaps)


def _known_types(connection: Connection, names: Iterable[str], gaps: Gaps) -> dict[str, str]:
    """Each type's name, or `text` for one that the shadow does not have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, to_regtype(name) IS NOT NULL FROM unnest(%s) AS name", [sorted(names)])
        known = dict(cursor.fetchall())
    missing = sorted(name for name, there in known.items() if not there)
    gaps.extend(f"the type {name} is not to be had here; its columns are imitated as text" for name in missing)
    return {name: name if there else "text" for name, there in known.items()}


def _generations(tables: Sequence[Table]) -> list[list[Table]]:
    """Parents before their partitions and children."""
    placed: set[int] = set()
    left = list(tables)
    known = {table.oid for table in tables}
    generations = []
    while left:
        ready = [table for table in left if table.parent is None or table.parent in placed or table.parent not in known]
        if not ready:
            break
        generations.append(ready)
        placed |= {table.oid for table in ready}
        left = [table for table in left if table.oid not in placed]
    return generations


def _table_ddl(table: Table, tables: dict[int, Table], types: dict[str, str]) -> str:
    parent = tables.get(table.parent) if table.parent is not None else None
    partition_by = f" PARTITION BY {table.partition_key}" if table.partition_key else ""
    name = qualified(table.schema, table.name)
    if parent is not None and table.partition_bound:
        return f"CREATE TABLE {name} PARTITION OF {qualified(parent.schema, parent.name)} {table.partition_bound}{partition_by}"
    columns = []
    for column in table.columns:
        words = [quote(column.name), types[column.type]]
        if column.collation and types[column.type] == column.type:
            words.append(f"COLLATE {column.collation}")
        if column.generated:
            words.append(f"GENERATED ALWAYS AS ({column.generated}) STORED")
        if column.not_null:
            words.append("NOT NULL")
        columns.append(" ".join(words))
    inherits = f" INHERITS ({qualified(parent.schema, parent.name)})" if parent is not None else ""
    return f"CREATE TABLE {name} ({', '.join(columns)}){inherits}{partition_by}"


def _index_ddl(indexes: Sequence[Index], constraints: Sequence[Constraint], tables: dict[int, Table]) -> list[str]:
    """Indexes, and the constraints that they back: a primary key lets a statement group by it alone."""
    backing = {each.index_oid: each for each in constraints if each.index_oid and each.kind in {"p", "u"}}
    statements = []
    for index in indexes:
        table = tables[index.table_oid]
        constraint = backing.get(index.oid)
        name = qualified(table.schema, table.name)
        if constraint is not None and table.kind == "p":
            statements.append(
                f"ALTER TABLE ONLY {name} ADD CONSTRAINT {quote(constraint.name)} {constraint.definition}"
            )
            continue
        statements.append(index.definition)
        if constraint is not None:
            kind = "PRIMARY KEY" if constraint.kind == "p" else "UNIQUE"
            statements.append(
                f"ALTER TABLE {name} ADD CONSTRAINT {quote(index.name)} {kind} USING INDEX {quote(index.name)}"
            )
    return statements


def _check_ddl(constraint: Constraint, tables: dict[int, Table]) -> str:
    table = tables[constraint.table_oid]
    return f"ALTER TABLE {qualified(table.schema, table.name)} ADD CONSTRAINT {quote(constraint.name)} {constraint.definition}"


def _foreign_key_ddl(schema: Schema, tables: dict[int, Table]) -> list[str]:
    statements = []
    for key in schema.foreign_keys:
        table, referenced = tables.get(key.table_oid), tables.get(key.referenced_oid)
        if table is None or referenced is None or table.kind == "p" or referenced.kind == "p":
            continue
        statements.append(
            f"ALTER TABLE {qualified(table.schema, table.name)} ADD CONSTRAINT {quote(key.name)} "
            f"FOREIGN KEY ({', '.join(map(quote, key.columns))}) REFERENCES {qualified(referenced.schema, referenced.name)} "
            f"({', '.join(map(quote, key.referenced_columns))})"
        )
    return statements


def _run(connection: Connection, statements: Sequence[str], gaps: Gaps) -> None:
    """Runs the statements in batches; a batch that fails is run one by one, and only what fails is lost."""
    wanted = [statement for statement in statements if statement]
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        try:
            _execute(connection, "; ".join(batch))
        except psycopg2.Error:
            for statement in batch:
                try:
                    _execute(connection, statement)
                except psycopg2.Error as error:
                    reason = str(error).strip().splitlines()[0]
                    gaps.append(f"left out: {_short(statement)} ({reason})")


def _execute(connection: Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _short(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 80 else line[:79] + "…"  # noqa: PLR2004  (one line of a report)
