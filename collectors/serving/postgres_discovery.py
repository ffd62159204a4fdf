"""Which databases of the server are there and may be watched.

Source: pg_database.
Needed role and versions: any role; PostgreSQL 13 to 18.
Consumed by: `tenfold serve` itself, which watches what is found.
Cost: one statement every minute.
Caveats: a database that this role may not connect to is left out, templates too.
"""

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from collectors.serving.line import Line
from collectors.serving.metric import Part, Reader, Sample, gauge

EVERY_SECONDS = 60.0
DATABASES = """
SELECT datname::text FROM pg_database
WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT') ORDER BY datname
"""
FOUND = gauge(
    "tenfold_postgres_databases_discovered", "Databases of the server that are watched because they were found."
)
METRICS = (FOUND,)


def read(line: Line) -> list[str]:
    """Their names."""
    return [row[0] for row in line.rows(DATABASES)]


def wanted(names: Iterable[str], *, allow: Sequence[str], deny: Sequence[str]) -> list[str]:
    """Those that a pattern of the allow list names, and none of the deny list."""
    return [
        name
        for name in names
        if any(fnmatchcase(name, pattern) for pattern in allow)
        and not any(fnmatchcase(name, pattern) for pattern in deny)
    ]


def discovering(allow: Sequence[str], deny: Sequence[str], found: Callable[[list[str]], None]) -> Part:
    """The part for one server.

    Args:
        allow: Patterns such as `shop_*`.
        deny: Patterns that win.
        found: Is told the names at every reading.
    """

    def begin() -> Reader:
        def take(line: Line) -> Iterable[Sample]:
            names = wanted(read(line), allow=allow, deny=deny)
            found(names)
            return (FOUND.sample(len(names)),)

        return take

    return Part(name="postgres_discovery", metrics=METRICS, begin=begin, every=EVERY_SECONDS)
