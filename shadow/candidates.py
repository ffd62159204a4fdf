"""Indexes that do not exist yet: built in the shadow, for real and empty, shown to the planner and hidden from it.

A large mall has ten thousand of them, and each has a few pages that the planner reads. Of one that is hidden it reads nothing, so its
pages are kept here, where most of them are the same, and stand on the disk only while it is shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.errors

from facts.identifiers import qualified
from facts.message import Message, msg
from facts.planner import Candidate, UnplannableError
from facts.schema import Schema, Table
from shadow import btree, files, index_size
from shadow.brin_size import brin_pages
from shadow.connection import Connection, EndedError, reason_of
from shadow.gin_size import gin_pages
from shadow.hash_size import hash_pages
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
        self._hidden: frozenset[int] = frozenset()
        # By oid the file and its pages; equal pages are kept once.
        self._pages: dict[int, tuple[Path, bytes]] = {}
        self._kept: dict[bytes, bytes] = {}

    def build(self, candidate: Candidate) -> Built:
        """The candidate, built now or earlier; it is hidden until `show`.

        Raises:
            UnplannableError: It cannot be built.
        """
        self.prepare([candidate])
        if candidate in self._refused:
            raise UnplannableError(self._refused[candidate])
        return self._built[candidate]

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Builds those that can be built, all of a table together: to empty a large one and to size it again takes longest."""
        groups: dict[tuple[str, str], list[Candidate]] = {}
        for each in candidates:
            if each not in self._built and each not in self._refused:
                groups.setdefault((each.schema, each.table), []).append(each)
        for group in groups.values():
            self._create(group)

    def show(self, wanted: Iterable[Built], hidden: frozenset[str] = frozenset()) -> None:
        """Makes the planner see exactly these, and every index of the mall's own but the hidden ones.

        Args:
            wanted: Of the candidates.
            hidden: Subjects of the mall's indexes.

        Raises:
            UnplannableError: One of them is not there, or is a partitioned table's, which has no file of its own.
        """
        unknown = hidden - self._catalogue.valid_indexes.keys()
        if unknown:
            raise UnplannableError(msg("{index} cannot be hidden in the shadow", index=min(unknown)))
        self._hide(frozenset(self._catalogue.valid_indexes[each] for each in hidden))
        oids = frozenset().union(*(built.oids for built in wanted))
        changed = oids ^ self._shown
        if not changed:
            return
        for oid in oids - self._shown:
            files.fill(*self._pages[oid])
        self._administrator.set_valid(oids, changed)
        for oid in self._shown - oids:
            files.hollow(self._pages[oid][0])
        self._shown = oids

    def _hide(self, oids: frozenset[int]) -> None:
        changed = oids ^ self._hidden
        if changed:
            self._administrator.set_valid(changed & self._hidden, changed)
            self._hidden = oids

    def _create(self, group: Sequence[Candidate]) -> None:
        """Builds candidates of one table."""
        tables: Sequence[tuple[str, str]] = ()
        sized: list[tuple[Candidate, dict[tuple[str, str], _Size]]] = []
        for each in group:
            with self._refusing(each):
                if statements_in(each.ddl("name")) != 1:
                    raise UnplannableError(msg("it is not one statement"))
                tables = tables or self._leaf_tables(each)
                sized.append((each, {key: self._size(each, self._catalogue.tables[key]) for key in tables}))
        for key in tables if sized else ():
            path = self._catalogue.heap_path(key)
            if path is not None:
                files.empty(path)
        try:
            for each, sizes in sized:
                with self._refusing(each):
                    self._built[each] = self._create_one(each, sizes)
        finally:
            for key in tables if sized else ():
                self._catalogue.size_table(key)

    def _create_one(self, candidate: Candidate, sizes: Mapping[tuple[str, str], _Size]) -> Built:
        """Builds one, while its table is empty."""
        name = f"tenfold_candidate_{len(self._built) + len(self._refused)}"
        with self._connection.cursor() as cursor:
            cursor.execute(candidate.ddl(name))
        # A partition that has such an index of the mall's own keeps it, and it is seen and sized as it is.
        own = self._catalogue.oids
        leaves = [each for each in self._administrator.leaves(qualified(candidate.schema, name)) if each[0] not in own]
        total = sum(self._give(oid, path, sizes[table]) for oid, path, _, table in leaves)
        oids = frozenset(leaf[0] for leaf in leaves)
        # An earlier candidate on a partition is taken over by one on its parent, and may be shown at this moment.
        for oid in oids & self._shown:
            files.hollow(self._pages[oid][0])
        self._shown -= oids
        self._administrator.set_valid(frozenset(), oids)
        return Built(
            candidate=candidate,
            oids=oids,
            names=frozenset({name, *(leaf[2] for leaf in leaves)}),
            size_bytes=total,
        )

    @contextmanager
    def _refusing(self, candidate: Candidate) -> Iterator[None]:
        """Keeps why the candidate cannot be built, so that it is not tried again."""
        try:
            yield
        except UnplannableError as error:
            self._refused[candidate] = error.reason
        except psycopg2.Error as error:
            self._refused[candidate] = reason_of(error)
            if isinstance(error, EndedError | psycopg2.errors.QueryCanceled):
                self.ended[candidate] = reason_of(error)

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
        if candidate.method == "gin":
            elements = self._keys.elements(table, candidate)
            return _Size(rows=rows, pages=gin_pages(elements, rows, pages_of(table)), height=0)
        keys = self._keys.keys(table, candidate)
        if candidate.method == "hash":
            return _Size(rows=rows, pages=hash_pages(keys[0], rows), height=0)
        if candidate.method == "brin":
            return _Size(rows=rows, pages=brin_pages(keys, pages_of(table)), height=0)
        pages = index_size.btree_pages(keys, rows, self._keys.included(table, candidate))
        height = btree.estimated_height(pages, index_size.data_width(keys))
        return _Size(rows=rows, pages=max(pages, height + 2), height=height)

    def _give(self, oid: int, file: Path, size: _Size) -> int:
        """Gives the built index its size; the size in bytes."""
        if oid in self._pages:
            return size.pages * btree.BLOCK
        btree.write_skeleton(file, size.height)
        pages = file.read_bytes()
        self._pages[oid] = (file, self._kept.setdefault(pages, pages))
        files.resize(file, size.pages)
        files.hollow(file)
        self._administrator.set_size(oid, size.rows, size.pages, 0)
        return size.pages * btree.BLOCK
