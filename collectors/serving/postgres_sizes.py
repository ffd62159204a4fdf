"""How large each database is.

Source: pg_database_size.
Needed role and versions: CONNECT on the database, or pg_read_all_stats; others are left out. PostgreSQL 13 to 18.
Consumed by: the PostgreSQL board, the alert on a disk that fills.
Cost: the server asks the file system for every file: 2 ms for a small cluster, 18 ms with 2,500 tables more. So every five minutes.
Caveats: temporary files and the write-ahead log are not in it.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, gauge

SIZES = """
SELECT datname::text, pg_database_size(oid) FROM pg_database
WHERE NOT datistemplate AND (has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')) ORDER BY 2 DESC, 1
"""
SIZE = gauge("tenfold_postgres_database_size_bytes", "Files of the database.", "database")
METRICS = (SIZE,)


def read(line: Line) -> list[tuple[Any, ...]]:
    """Name and bytes of each database."""
    return line.rows(SIZES)


def samples(rows: Sequence[tuple[Any, ...]]) -> Iterable[Sample]:
    """A series for each."""
    for name, size in rows:
        yield SIZE.sample(float(size), name)
