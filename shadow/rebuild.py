"""Builds the mall's schema in an empty database, without its rows.

Every object is isolated: what the shadow cannot have (an extension, a collation, a type) is imitated where that is harmless to
plans, or left out, and listed in one plain sentence. The mall's texts are run by the shadow's unprivileged role, and only where
each is one statement that creates something.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg2

from facts.identifiers import qualified, quote
from facts.message import Message, msg
from facts.schema import Constraint, Definition, Index, Schema, Table
from shadow.administrator import TOOLS, Administrator
from shadow.connection import Connection, reason_of
from shadow.imitations import Step, definition_step, imitated_collation
from shadow.scanner import statements_in

_BATCH = 200
_ALWAYS_THERE = frozenset({"", "default", "C", "POSIX", "ucs_basic"})
_BEGINNINGS = (
    "CREATE TABLE ", "ALTER TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX ", "CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION ",
    "CREATE TYPE ", "CREATE DOMAIN ", "CREATE COLLATION ", "CREATE VIEW ",
)  # fmt: skip


class Gaps(list[Message]):
    """What had to be left out or imitated, one sentence each."""


def rebuild(
    connection: Connection, administrator: Administrator, schema: Schema, wanted: frozenset[int], gaps: Gaps
) -> None:
    """Creates everything that the wanted tables need.

    Args:
        connection: To the empty database, as the unprivileged role.
        administrator: For what the role may not do.
        schema: As read from the mall.
        wanted: Oids of the tables to create.
        gaps: Filled with what could not be had.
    """
    tables = [table for table in schema.tables if table.oid in wanted]
    # Before any text of the mall is run, so that no extension's script can meet what it made.
    _schemas_and_extensions(administrator, schema.definitions, gaps)
    connection.keep("SET check_function_bodies = off")
    for kind in ("collation", "enum", "composite", "domain", "function"):
        _run(connection, [definition_step(each) for each in schema.definitions if each.kind == kind], gaps)
    _collations(connection, administrator, schema, wanted, gaps)
    types = _known_types(connection, {column.type for table in tables for column in table.columns}, gaps)
    by_oid = {table.oid: table for table in tables}
    for generation in _generations(tables):
        _run(connection, [_table_step(table, by_oid, types) for table in generation], gaps)
    indexes = [index for index in schema.indexes if index.table_oid in wanted and index.valid]
    constraints = [each for each in schema.constraints if each.table_oid in wanted]
    _run(connection, _index_ddl(indexes, constraints, by_oid), gaps)
    _run(connection, [_check_ddl(each, by_oid) for each in constraints if each.kind == "c"], gaps)
    _run(connection, _foreign_key_ddl(schema, by_oid), gaps)
    # A view whose tables nobody asks about fails, and is not missed.
    views = [Step(each.ddl) for each in schema.definitions if each.kind == "view"]
    _run(connection, _trustworthy(views, gaps), Gaps())
    gaps.extend(
        msg("the foreign table {table} is imitated as an ordinary one", table=table.subject)
        for table in tables
        if table.kind == "f"
    )
    analyzed = {each.table_oid for each in schema.statistics}
    gaps.extend(
        msg(
            "the index {index} is on an expression that has no statistics, so its conditions are estimated by default",
            index=index.subject,
        )
        for index in indexes
        # ANALYZE keeps those of a partitioned index with its partitions.
        if 0 in index.key_attributes and index.oid not in analyzed and by_oid[index.table_oid].kind != "p"
    )
    gaps.extend(
        msg(
            "extended statistics {name} cannot be restored, so correlated columns are estimated apart",
            name=qualified(each.schema, each.name),
        )
        for each in schema.definitions
        if each.kind == "statistics"
    )


def _schemas_and_extensions(administrator: Administrator, definitions: Sequence[Definition], gaps: Gaps) -> None:
    for each in definitions:
        if each.kind == "schema":
            try:
                administrator.create_schema(each.name)
            except psycopg2.Error as error:
                gaps.append(
                    msg("left out: the schema {name} ({reason})", name=quote(each.name), reason=reason_of(error))
                )
    for each in definitions:
        if each.kind == "extension" and each.name not in TOOLS:
            try:
                administrator.create_extension(each.name, each.schema)
            except ValueError:
                gaps.append(_extension_gap(each.name, msg("it is not among those that stay within the database")))
            except psycopg2.Error as error:
                gaps.append(_extension_gap(each.name, reason_of(error)))


def _extension_gap(name: str, reason: Message) -> Message:
    return msg("the extension {name} is not to be had here ({reason})", name=name, reason=reason)


def _collations(
    connection: Connection, administrator: Administrator, schema: Schema, wanted: frozenset[int], gaps: Gaps
) -> None:
    """Imitates the collations that the mall's operating system or ICU gave its server, and the shadow's did not."""
    named = {
        column.collation
        for table in schema.tables
        if table.oid in wanted
        for column in table.columns
        if column.collation is not None
    }
    defined = {each.name for each in schema.definitions if each.kind == "collation"} | _ALWAYS_THERE
    used = {name for index in schema.indexes if index.table_oid in wanted for name in index.collations}
    named |= {qualified("pg_catalog", name) for name in used - defined}
    missing = _asked(
        connection,
        "SELECT (parse_ident(name))[1], (parse_ident(name))[2] FROM unnest(%s::text[]) AS name WHERE to_regcollation(name) IS NULL "
        "ORDER BY 1, 2",
        named,
    )
    for namespace, name in missing:
        ddl, note = imitated_collation(namespace, name)
        gaps.append(note)
        if namespace == "pg_catalog":
            try:
                administrator.create_catalogue_collation(name)
            except psycopg2.Error as error:
                gaps.append(_left_out(ddl, reason_of(error)))
        else:
            _run(connection, [Step(ddl)], gaps)


def _known_types(connection: Connection, names: Iterable[str], gaps: Gaps) -> dict[str, str]:
    """Each type's name, or `text` for one that the shadow does not have."""
    wanted = sorted(names)
    known = dict(
        _asked(connection, "SELECT name, to_regtype(name) IS NOT NULL FROM unnest(%s::text[]) AS name", wanted)
    )
    missing = [name for name in wanted if not known.get(name)]
    gaps.extend(
        msg("the type {name} is not to be had here; its columns are imitated as text", name=name) for name in missing
    )
    return {name: name if known.get(name) else "text[]" if name.endswith("[]") else "text" for name in wanted}


def _asked(connection: Connection, question: str, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """The answers about the names; what is no name at all, and an error to the server, has none."""
    wanted = sorted(names)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question, [wanted])
            return cursor.fetchall()
    except psycopg2.Error:
        if len(wanted) == 1:
            return []
        return [answer for name in wanted for answer in _asked(connection, question, [name])]


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


def _table_step(table: Table, tables: dict[int, Table], types: dict[str, str]) -> Step:
    note = msg("the table {table} is imitated without expressions, collations and inheritance", table=table.subject)
    return Step(_table_ddl(table, tables, types), _table_ddl(table, {}, types, plain=True), note)


def _table_ddl(table: Table, tables: dict[int, Table], types: dict[str, str], *, plain: bool = False) -> str:
    parent = tables.get(table.parent) if table.parent is not None else None
    partition_by = f" PARTITION BY {table.partition_key}" if table.partition_key else ""
    name = qualified(table.schema, table.name)
    if parent is not None and table.partition_bound:
        ddl = f"CREATE TABLE {name} PARTITION OF {qualified(parent.schema, parent.name)} {table.partition_bound}"
        return f"{ddl}{partition_by or _storage(table)}"
    columns = []
    for column in table.columns:
        words = [quote(column.name), types[column.type]]
        if column.collation and types[column.type] == column.type and not plain:
            words.append(f"COLLATE {column.collation}")
        if column.generated and not plain:
            words.append(f"GENERATED ALWAYS AS ({column.generated}) STORED")
        if column.not_null:
            words.append("NOT NULL")
        columns.append(" ".join(words))
    inherits = f" INHERITS ({qualified(parent.schema, parent.name)})" if parent is not None else ""
    return f"CREATE TABLE {name} ({', '.join(columns)}){inherits}{partition_by or _storage(table)}"


def _storage(table: Table) -> str:
    """The one storage option that the planner heeds."""
    heeded = [option for option in table.options if option.startswith("parallel_workers=")]
    return f" WITH ({heeded[0]})" if heeded else ""


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
            # Not validated: the check would plan a query, and what was planned with keeps its old height in shared buffers.
            f"({', '.join(map(quote, key.referenced_columns))}) NOT VALID"
        )
    return statements


def _trustworthy(steps: Iterable[Step], gaps: Gaps) -> list[Step]:
    """The steps that create something and do nothing else; the others are listed."""
    trusted = []
    for step in steps:
        if step.ddl.startswith(_BEGINNINGS) and statements_in(step.ddl) == 1:
            trusted.append(step)
        else:
            gaps.append(_left_out(step.ddl, msg("it is not one statement that creates something")))
    return trusted


def _run(connection: Connection, steps: Sequence[Step | str], gaps: Gaps) -> None:
    """Runs the steps in batches; a batch that fails is run one by one, and only what fails is imitated or lost."""
    wanted = _trustworthy((step if isinstance(step, Step) else Step(step) for step in steps), gaps)
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        try:
            _execute(connection, ";\n".join(step.ddl for step in batch))
        except psycopg2.Error:
            for step in batch:
                _run_one(connection, step, gaps)


def _run_one(connection: Connection, step: Step, gaps: Gaps) -> None:
    try:
        _execute(connection, step.ddl)
    except psycopg2.Error as error:
        reason = reason_of(error)
    else:
        return
    note = step.note
    if step.imitation and statements_in(step.imitation) == 1:
        try:
            _execute(connection, step.imitation)
        except psycopg2.Error as error:
            note, reason = None, reason_of(error)
    gaps.append(msg("{what} ({reason})", what=note, reason=reason) if note else _left_out(step.ddl, reason))


def _left_out(ddl: str, reason: Message) -> Message:
    return msg("left out: {statement} ({reason})", statement=_short(ddl), reason=reason)


def _execute(connection: Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _short(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 80 else line[:79] + "…"  # noqa: PLR2004  (one line of a report)
