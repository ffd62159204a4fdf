"""What only the superuser of the shadow can do: the mall's texts reach it as parameters and as quoted names, never as SQL.

A snapshot may be forged, and a superuser's SQL reaches files and programs. So the schema is rebuilt, statistics are restored and
statements are planned by a role of the shadow's own, which may create things in the mall's schemas and nothing else, and what is
left to the superuser stands here. It connects before the first text of the mall is run, and looks up names in pg_catalog only: nothing
that the role creates is ever called by it. Domains and expressions of the mall are code too, so it reads no value and opens no index.
"""

import re
from pathlib import Path

import psycopg2.extensions

from facts.identifiers import quote
from shadow.server import Server

Connection = psycopg2.extensions.connection

# Of PostgreSQL's own and pgvector: types, operators and index methods that stay within the database.
HARMLESS_EXTENSIONS = frozenset(
    """bloom btree_gin btree_gist citext cube dict_int earthdistance fuzzystrmatch hstore intagg intarray isn ltree pg_stat_statements
    pg_trgm pgcrypto seg tablefunc tsm_system_rows tsm_system_time unaccent uuid-ossp vector""".split()
)
# Tools that look at or tend a server: no table, index or query of a mall rests on them, so nobody misses them.
TOOLS = frozenset(
    """amcheck auto_explain hypopg pageinspect pg_buffercache pg_freespacemap pg_logicalinspect pg_prewarm pg_repack pg_squeeze
    pg_stat_kcache pg_surgery pg_visibility pg_wait_sampling pg_walinspect pgrowlocks pgstattuple""".split()
)
_FILE = re.compile(r"base/\d+/\d+\Z")
_PLACES = """
SELECT n.nspname, c.relname, c.oid, pg_relation_filepath(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'i') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
# Leaves of a built index: itself, or one per partition.
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
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = %s AND usename = %s"
_SET_SIZE = "UPDATE pg_class SET reltuples = %s, relpages = %s, relallvisible = %s WHERE oid = %s"
_SET_VALID = "UPDATE pg_index SET indisvalid = (indexrelid = ANY (%s)) WHERE indexrelid = ANY (%s)"


class Administrator:
    """The superuser of one shadow database."""

    def __init__(self, running: Server, name: str, locale: str) -> None:
        """Creates the database and a role of the same name that may fill it.

        Args:
            running: The server.
            name: A plain name of ours.
            locale: Of libc.
        """
        self._data = running.data
        self._role = name
        self._connection = running.connect()
        try:
            self._execute(f"CREATE ROLE {name} LOGIN")
            self._execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE '{locale}'"
            )
        finally:
            self._connection.close()
        self._connection = running.connect(name)
        # Neither does the role own the database: it cannot bring in extensions, not even those that trust everybody.
        self._execute(f"GRANT CREATE ON SCHEMA public TO {name}")

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def create_schema(self, name: str) -> None:
        """A schema that belongs to the role, unless there is one of that name."""
        self._execute(f"CREATE SCHEMA IF NOT EXISTS {quote(name)} AUTHORIZATION {self._role}")

    def create_extension(self, name: str, schema: str) -> None:
        """One of the harmless extensions; to be created before anything that its script could stumble over.

        Raises:
            ValueError: It is not one of them.
        """
        if name not in HARMLESS_EXTENSIONS:
            raise ValueError("it is not among those that stay within the database")
        self._execute(f"CREATE EXTENSION IF NOT EXISTS {quote(name)} SCHEMA {quote(schema)}")

    def create_catalogue_collation(self, name: str) -> None:
        """A collation that the mall's server has from its operating system; it does not sort by bytes."""
        self._execute("SET allow_system_table_mods = on")
        try:
            self._execute(f"CREATE COLLATION pg_catalog.{quote(name)} (provider = libc, locale = 'C.UTF-8')")
        finally:
            self._execute("RESET allow_system_table_mods")

    def places(self) -> dict[tuple[str, str], tuple[int, Path]]:
        """Oid and first file of every table and index, by schema and name."""
        with self._connection.cursor() as cursor:
            cursor.execute(_PLACES)
            return {(row[0], row[1]): (row[2], self._file(row[3])) for row in cursor.fetchall()}

    def leaves(self, index: str) -> list[tuple[int, Path, str, tuple[str, str]]]:
        """Oid, file and name of the index, or of each partition's, with the schema and name of its table.

        Args:
            index: Its qualified name.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(_LEAVES, [index, index])
            return [(row[0], self._file(row[1]), row[2], (row[3], row[4])) for row in cursor.fetchall()]

    def set_size(self, oid: int, rows: float, pages: int, visible: int) -> None:
        """What the catalogue says of a table's or index's size."""
        self._execute(_SET_SIZE, rows, pages, visible, oid)

    def set_valid(self, valid: frozenset[int], among: frozenset[int]) -> None:
        """Makes those indexes seen by the planner, and hides the others among them."""
        self._execute(_SET_VALID, sorted(valid), sorted(among))

    def end_backend(self, pid: int) -> None:
        """Tells that backend of the role to end, which no SQL can catch."""
        self._execute(_END, pid, self._role)

    def _file(self, path: str) -> Path:
        if not _FILE.match(path):
            raise OSError(f"a relation's file is expected below base, not at {path}")
        return self._data / path

    def _execute(self, statement: str, *values: object) -> None:
        with self._connection.cursor() as cursor:
            # Without values, a per cent sign in a name is one.
            cursor.execute(statement, values or None)
