"""Puts the mall's statistics and sizes into the shadow's catalogues.

Column statistics go through PostgreSQL 18's own `pg_restore_attribute_stats`. Sizes are set at the very end, after every index:
building any index zeroes the table's `reltuples` and `relpages`, which costs a factor of three, silently.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg2

from facts.message import msg
from facts.schema import ColumnStatistics, Index, Schema, Table
from shadow import btree
from shadow.administrator import Administrator
from shadow.connection import Connection
from shadow.files import resize
from shadow.rebuild import Gaps

_RESTORE = """
SELECT pg_restore_attribute_stats('schemaname', {schema}::text, 'relname', {table}::text, 'attname', {column}::text,
       'inherited', {inherited}, {values})
"""


def restore_columns(connection: Connection, schema: Schema, wanted: frozenset[int], gaps: Gaps) -> None:
    """Restores the statistics of each column and each index's expression; what does not fit the type is left out and noted."""
    relations: dict[int, Table | Index] = {table.oid: table for table in schema.tables if table.oid in wanted}
    relations |= {index.oid: index for index in schema.indexes if index.table_oid in wanted}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'i')"
        )
        there = set(cursor.fetchall())
    for each in schema.statistics:
        relation = relations.get(each.table_oid)
        if relation is None or (relation.schema, relation.name) not in there:
            continue
        reason = _restore(connection, relation, each)
        if reason:
            gaps.append(
                msg(
                    "statistics of {column} could not be restored wholly ({reason})",
                    column=f"{relation.subject}.{each.column}",
                    reason=reason,
                )
            )


def _restore(connection: Connection, relation: Table | Index, each: ColumnStatistics) -> str:
    """Why something could not be restored; empty when all was."""
    values: list[tuple[str, str, object]] = [
        ("null_frac", "real", each.null_ratio),
        ("avg_width", "integer", each.average_width),
        ("n_distinct", "real", each.distinct),
        *_arrays(each),
    ]
    if each.correlation is not None:
        values.append(("correlation", "real", each.correlation))
    listed = ", ".join(f"'{name}', %s::{kind}" for name, kind, _ in values)
    connection.notices.clear()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                _RESTORE.format(schema="%s", table="%s", column="%s", inherited="%s::boolean", values=listed),
                [relation.schema, relation.name, each.column, each.inherited, *(value for _, _, value in values)],
            )
            row = cursor.fetchone()
    except (psycopg2.Error, ValueError) as error:  # a text with a zero character is no value at all
        return str(error).strip().splitlines()[0]
    # A value that does not fit is a warning, and the rest is restored.
    return "" if row and row[0] else " ".join(notice.strip().splitlines()[0] for notice in connection.notices[:1])


def _arrays(each: ColumnStatistics) -> list[tuple[str, str, object]]:
    found: list[tuple[str, str, object]] = []
    if each.common_values and each.common_ratios:
        found.append(("most_common_vals", "text", array_literal(each.common_values)))
        found.append(("most_common_freqs", "real[]", list(each.common_ratios)))
    if each.histogram:
        found.append(("histogram_bounds", "text", array_literal(each.histogram)))
    if each.common_elements and each.common_element_ratios:
        found.append(("most_common_elems", "text", array_literal(each.common_elements)))
        found.append(("most_common_elem_freqs", "real[]", list(each.common_element_ratios)))
    if each.element_count_histogram:
        found.append(("elem_count_histogram", "real[]", list(each.element_count_histogram)))
    return found


def array_literal(values: Sequence[str]) -> str:
    """The values as the text form of a PostgreSQL array."""
    escaped = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"


class Catalogue:
    """Where the shadow keeps each relation, and the sizes that the real ones have."""

    def __init__(self, administrator: Administrator, schema: Schema, wanted: frozenset[int]) -> None:
        """Looks up the files and oids of everything that was rebuilt."""
        self.administrator = administrator
        self.tables = {(table.schema, table.name): table for table in schema.tables if table.oid in wanted}
        self._indexes = {(index.schema, index.name): index for index in schema.indexes if index.table_oid in wanted}
        self._places = administrator.places()
        self._oids = frozenset(oid for oid, _ in self._places.values())
        self._valid = {
            each.subject: self._places[key][0]
            for key, each in self._indexes.items()
            if each.valid and key in self._places
        }

    @property
    def oids(self) -> frozenset[int]:
        """Of everything that was rebuilt."""
        return self._oids

    @property
    def valid_indexes(self) -> Mapping[str, int]:
        """The oid of each of the mall's indexes that its planner uses, by its subject."""
        return self._valid

    def set_sizes(self) -> None:
        """Gives every table and index its real size and, for btrees, its real height."""
        for key, index in self._indexes.items():
            if key in self._places:
                self._size_index(index, *self._places[key])
        for key in self.tables:
            self.size_table(key)

    def size_table(self, key: tuple[str, str]) -> None:
        """Gives one table its real size; needed again after every index that is built on it."""
        if key not in self._places:
            return
        table = self.tables[key]
        oid, path = self._places[key]
        pages = pages_of(table)
        resize(path, pages)
        self.administrator.set_size(oid, table.row_estimate, table.pages, table.pages_all_visible)

    def heap_path(self, key: tuple[str, str]) -> Path | None:
        """The first segment of the table's heap; None for a table without storage."""
        return self._places[key][1] if key in self._places else None

    def _size_index(self, index: Index, oid: int, path: Path) -> None:
        pages = index.size_bytes // btree.BLOCK if index.size_bytes is not None else index.pages
        if index.method == "btree" and pages > 0:
            height = index.height if index.height is not None else btree.estimated_height(pages, 8.0 * len(index.keys))
            btree.write_skeleton(path, height)
            pages = max(pages, height + 2)
        resize(path, max(pages, 1))
        self.administrator.set_size(oid, index.row_estimate, index.pages, 0)


def pages_of(table: Table) -> int:
    """The table's pages on disk, as far as they were read."""
    return table.heap_bytes // btree.BLOCK if table.heap_bytes is not None else table.pages


def related_tables(schema: Schema, texts: Sequence[str]) -> frozenset[int]:
    """Oids of the tables that the statements can touch: named in a text or in a view that is, with parents and partitions.

    A mall may have thousands of tables, and only those that somebody asks about need a shadow.
    """
    everything = "\n".join(texts).lower()
    views = [each for each in schema.definitions if each.kind == "view"]
    while named := [view for view in views if view.name.lower().replace('"', '""') in everything]:
        views = [view for view in views if view not in named]
        everything += "\n" + "\n".join(view.ddl.lower() for view in named)
    chosen = {table.oid for table in schema.tables if table.name.lower().replace('"', '""') in everything}
    parents = {table.oid: table.parent for table in schema.tables}
    children: dict[int, list[int]] = {}
    for oid, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(oid)
    frontier = list(chosen)
    while frontier:
        oid = frontier.pop()
        for related in [parents.get(oid), *children.get(oid, ())]:
            if related is not None and related not in chosen:
                chosen.add(related)
                frontier.append(related)
    return frozenset(chosen)
