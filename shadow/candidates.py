"""Indexes that do not exist yet: built in the shadow, for real and empty, shown to the planner and hidden from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions

from facts.identifiers import qualified
from facts.planner import Candidate, UnplannableError
from facts.schema import Schema, Table
from shadow import btree, files, index_size
from shadow.key_columns import KeyColumns
from shadow.statistics import Catalogue, pages_of

Connection = psycopg2.extensions.connection

# Leaves of the built index: itself, or one per partition.
_LEAVES = """
SELECT i.indexrelid, pg_relation_filepath(i.indexrelid), c.relname, tn.nspname, t.relname
FROM pg_partition_tree(%s::regclass) leaf JOIN pg_index i ON i.indexrelid = leaf.relid
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE leaf.isleaf
UNION ALL
SELECT i.indexrelid, pg_relation_filepath(i.indexrelid), c.relname, tn.nspname, t.relname
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE i.indexrelid = %s::regclass AND c.relkind = 'i' AND NOT c.relispartition
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A candidate as it stands in the shadow."""

    candidate: Candidate
    oids: frozenset[int]
    names: frozenset[str]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Size:
    rows: float
    pages: int
    height: int


class CandidateIndexes:
    """Builds candidates once and toggles which of them the planner sees."""

    def __init__(self, connection: Connection, catalogue: Catalogue, schema: Schema) -> None:
        """Starts with no candidate."""
        self._connection = connection
        self._catalogue = catalogue
        self._keys = KeyColumns(connection, schema)
        self._built: dict[Candidate, Built] = {}
        self._refused: dict[Candidate, str] = {}
        self._shown: frozenset[int] = frozenset()

    def build(self, candidate: Candidate) -> Built:
        """The candidate, built now or earlier; it is hidden until `show`.

        Raises:
            UnplannableError: It cannot be built.
        """
        if candidate in self._refused:
            raise UnplannableError(self._refused[candidate])
        if candidate not in self._built:
            try:
                self._built[candidate] = self._create(candidate)
            except psycopg2.Error as error:
                self._refused[candidate] = str(error).strip().splitlines()[0]
                raise UnplannableError(self._refused[candidate]) from None
        return self._built[candidate]

    def show(self, wanted: Iterable[Built]) -> None:
        """Makes the planner see exactly these."""
        oids = frozenset().union(*(built.oids for built in wanted))
        changed = sorted(oids ^ self._shown)
        if not changed:
            return
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_index SET indisvalid = (indexrelid = ANY (%s)) WHERE indexrelid = ANY (%s)",
                [sorted(oids), changed],
            )
        self._shown = oids

    def _create(self, candidate: Candidate) -> Built:
        name = f"tenfold_candidate_{len(self._built) + len(self._refused)}"
        tables = self._leaf_tables(candidate)
        sizes = {key: self._size(candidate, self._catalogue.tables[key]) for key in tables}
        for key in tables:
            path = self._catalogue.heap_path(key)
            if path is not None:
                files.empty(path)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(candidate.ddl(name))
                index = qualified(candidate.schema, name)
                cursor.execute(_LEAVES, [index, index])
                leaves = cursor.fetchall()
                total = sum(self._give(oid, path, sizes[schema, table]) for oid, path, _, schema, table in leaves)
                cursor.execute(
                    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = ANY (%s)", [[leaf[0] for leaf in leaves]]
                )
        finally:
            for key in tables:
                self._catalogue.size_table(key)
        return Built(
            candidate=candidate,
            oids=frozenset(leaf[0] for leaf in leaves),
            names=frozenset({name, *(leaf[2] for leaf in leaves)}),
            size_bytes=total,
        )

    def _leaf_tables(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        """The tables with storage below the candidate's table: itself, or its partitions."""
        tables = self._catalogue.tables
        top = tables.get((candidate.schema, candidate.table))
        if top is None:
            raise UnplannableError(f"there is no table {candidate.schema}.{candidate.table} in the shadow")
        members = {top.oid}
        while True:
            more = {table.oid for table in tables.values() if table.parent in members} - members
            if not more:
                break
            members |= more
        return [key for key, table in tables.items() if table.oid in members and table.kind != "p"]

    def _size(self, candidate: Candidate, table: Table) -> _Size:
        """What the index on that table would have; asked before the table is emptied, because the planner is asked too."""
        rows = self._keys.rows(table, candidate)
        keys = self._keys.keys(table, candidate)
        width = index_size.data_width(keys)
        if candidate.method != "btree":
            return _Size(rows=rows, pages=index_size.other_pages(candidate, pages_of(table), rows, width), height=0)
        pages = index_size.btree_pages(keys, rows, self._keys.included(table, candidate))
        height = btree.estimated_height(pages, width)
        return _Size(rows=rows, pages=max(pages, height + 2), height=height)

    def _give(self, oid: int, path: str, size: _Size) -> int:
        """Gives the built index its size; the size in bytes."""
        file = self._catalogue.data / path
        btree.write_skeleton(file, size.height)
        files.resize(file, size.pages)
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_class SET reltuples = %s, relpages = %s WHERE oid = %s", [size.rows, size.pages, oid]
            )
        return size.pages * btree.BLOCK
