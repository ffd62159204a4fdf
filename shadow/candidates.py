"""Indexes that do not exist yet: built in the shadow, for real and empty, shown to the planner and hidden from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.errors

from facts.identifiers import qualified
from facts.message import Message, msg
from facts.planner import Candidate, UnplannableError
from facts.schema import Schema, Table
from shadow import btree, files, index_size
from shadow.connection import Connection, EndedError, reason_of
from shadow.key_columns import KeyColumns
from shadow.scanner import statements_in
from shadow.statistics import Catalogue, pages_of


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
    """Builds candidates once and toggles which of them the planner sees.

    Attributes:
        ended: Those whose building went on for too long, with the reason.
    """

    def __init__(self, connection: Connection, catalogue: Catalogue, schema: Schema) -> None:
        """Starts with no candidate."""
        self._connection = connection
        self._catalogue = catalogue
        self._administrator = catalogue.administrator
        self._keys = KeyColumns(connection, schema)
        self._built: dict[Candidate, Built] = {}
        self._refused: dict[Candidate, Message] = {}
        self.ended: dict[Candidate, Message] = {}
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
                self._refused[candidate] = reason_of(error)
                if isinstance(error, EndedError | psycopg2.errors.QueryCanceled):
                    self.ended[candidate] = reason_of(error)
                raise UnplannableError(self._refused[candidate]) from None
        return self._built[candidate]

    def show(self, wanted: Iterable[Built]) -> None:
        """Makes the planner see exactly these."""
        oids = frozenset().union(*(built.oids for built in wanted))
        changed = oids ^ self._shown
        if not changed:
            return
        self._administrator.set_valid(oids, changed)
        self._shown = oids

    def _create(self, candidate: Candidate) -> Built:
        name = f"tenfold_candidate_{len(self._built) + len(self._refused)}"
        ddl = candidate.ddl(name)
        if statements_in(ddl) != 1:
            raise UnplannableError(msg("it is not one statement"))
        tables = self._leaf_tables(candidate)
        sizes = {key: self._size(candidate, self._catalogue.tables[key]) for key in tables}
        for key in tables:
            path = self._catalogue.heap_path(key)
            if path is not None:
                files.empty(path)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(ddl)
            leaves = self._administrator.leaves(qualified(candidate.schema, name))
            total = sum(self._give(oid, path, sizes[table]) for oid, path, _, table in leaves)
            oids = frozenset(leaf[0] for leaf in leaves)
            self._administrator.set_valid(frozenset(), oids)
        finally:
            for key in tables:
                self._catalogue.size_table(key)
        return Built(
            candidate=candidate,
            oids=oids,
            names=frozenset({name, *(leaf[2] for leaf in leaves)}),
            size_bytes=total,
        )

    def _leaf_tables(self, candidate: Candidate) -> Sequence[tuple[str, str]]:
        """The tables with storage below the candidate's table: itself, or its partitions."""
        tables = self._catalogue.tables
        top = tables.get((candidate.schema, candidate.table))
        if top is None:
            name = f"{candidate.schema}.{candidate.table}"
            raise UnplannableError(msg("there is no table {table} in the shadow", table=name))
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

    def _give(self, oid: int, file: Path, size: _Size) -> int:
        """Gives the built index its size; the size in bytes."""
        btree.write_skeleton(file, size.height)
        files.resize(file, size.pages)
        self._administrator.set_size(oid, size.rows, size.pages, 0)
        return size.pages * btree.BLOCK
