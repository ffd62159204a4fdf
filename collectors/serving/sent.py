"""Every statement and command that `tenfold serve` can send, for a DBA's approval beforehand.

A test reads a server's own log of a service and finds nothing in it that is not listed here.
"""

from collections.abc import Iterable, Iterator

from collectors.postgres_sent import VERSIONS
from collectors.postgres_statements import EXTENSION, entries_statement
from collectors.serving import (
    postgres_background,
    postgres_databases,
    postgres_discovery,
    postgres_locks,
    postgres_server,
    postgres_sessions,
    postgres_settings,
    postgres_sizes,
    postgres_standbys,
    postgres_tables,
)
from collectors.serving.declared import Declared, statement
from collectors.serving.line import OWN_PATH, PROLOGUE
from collectors.serving.redis_server import SECTIONS

COMMANDS = ("CLIENT SETNAME tenfold", f"INFO {SECTIONS}")


def every_statement(declared: Iterable[Declared] = (), *, extension_schema: str = "public") -> list[tuple[str, str]]:
    """(collector, statement) of everything that can be sent, without repetition.

    Args:
        declared: The mall's own figures.
        extension_schema: Where pg_stat_statements is.
    """
    before = (("before every statement, in the same transaction", text) for text in (*PROLOGUE, OWN_PATH))
    found = dict.fromkeys((*before, *((name, text.strip()) for name, text in _statements(extension_schema))))
    own = ((f"[[metric]] {each.name}", statement(each.sql)) for each in declared)
    return list(dict.fromkeys((*found, *own)))


def _statements(schema: str) -> Iterator[tuple[str, str]]:
    yield "postgres_server", postgres_server.SERVER
    yield "postgres_sessions", postgres_sessions.SESSIONS
    yield "postgres_locks", postgres_locks.LOCKS
    for version in VERSIONS:
        yield "postgres_databases", postgres_databases.statement(version)
        yield "postgres_background", postgres_background.statement(version)
        yield "postgres_statements", entries_statement(version, schema, text=False)
    yield "postgres_standbys", postgres_standbys.STANDBYS
    yield "postgres_standbys", postgres_standbys.SLOTS
    yield "postgres_settings", postgres_settings.SETTINGS
    yield "postgres_sizes", postgres_sizes.SIZES
    yield "postgres_statements", EXTENSION
    yield "postgres_tables", postgres_tables.STATEMENT
    yield "postgres_discovery", postgres_discovery.DATABASES
