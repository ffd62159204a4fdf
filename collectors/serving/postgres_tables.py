"""The largest tables: rows, dead rows, how they are read and written, when they were last vacuumed; all others together.

Source: pg_stat_user_tables, pg_class.
Needed role and versions: any role; PostgreSQL 13 to 18.
Consumed by: the PostgreSQL board, the alert on tables that autovacuum does not keep up with.
Cost: about 12 ms at 2,500 tables; no table's file or lock is touched. So once a minute.
Caveats: `size` and `rows` are the server's own estimates of the last vacuum or analyze. Tables are told apart by schema and name.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collectors.serving.bounded import OTHER, BoundedCounters
from collectors.serving.line import Line
from collectors.serving.metric import Part, Reader, Sample, counter, gauge

EVERY_SECONDS = 60.0
TABLES = 20
STATEMENT = """
SELECT n.nspname || '.' || c.relname, pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
           + pg_stat_get_tuples_deleted(c.oid) + pg_stat_get_tuples_returned(c.oid) + coalesce(i.fetched, 0),
       pg_stat_get_numscans(c.oid), coalesce(i.scans, 0), pg_stat_get_tuples_returned(c.oid),
       pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_hot_updated(c.oid),
       pg_stat_get_tuples_deleted(c.oid), pg_stat_get_live_tuples(c.oid), pg_stat_get_dead_tuples(c.oid),
       c.relpages::bigint * current_setting('block_size')::bigint,
       extract(epoch FROM greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (
    SELECT x.indrelid, sum(pg_stat_get_numscans(x.indexrelid)) AS scans, sum(pg_stat_get_tuples_fetched(x.indexrelid)) AS fetched
    FROM pg_index x GROUP BY 1
) i ON i.indrelid = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp_)'
"""
_LABELS = ("database", "table")
_PREFIX = "tenfold_postgres_table_"
COUNTERS = (
    counter(f"{_PREFIX}sequential_scans_total", "Sequential scans.", *_LABELS),
    counter(f"{_PREFIX}index_scans_total", "Scans of its indexes.", *_LABELS),
    counter(f"{_PREFIX}sequential_rows_total", "Rows read by sequential scans.", *_LABELS),
    counter(f"{_PREFIX}rows_inserted_total", "Rows inserted.", *_LABELS),
    counter(f"{_PREFIX}rows_updated_total", "Rows updated.", *_LABELS),
    counter(f"{_PREFIX}rows_hot_updated_total", "Rows updated without a new index entry.", *_LABELS),
    counter(f"{_PREFIX}rows_deleted_total", "Rows deleted.", *_LABELS),
)
LIVE = gauge(f"{_PREFIX}live_rows", "Rows, as the server estimates.", *_LABELS)
DEAD = gauge(f"{_PREFIX}dead_rows", "Dead rows, as the server estimates.", *_LABELS)
SIZE = gauge(f"{_PREFIX}size_bytes", "Its heap, as the last vacuum or analyze found it.", *_LABELS)
VACUUMED = gauge(f"{_PREFIX}last_vacuum_timestamp_seconds", "When it was last vacuumed.", *_LABELS)
FOLDED = gauge("tenfold_postgres_tables_folded", "Tables that are counted as `other`.", "database")
METRICS = (*COUNTERS, LIVE, DEAD, SIZE, VACUUMED, FOLDED)
_GAUGES_AT = 2 + len(COUNTERS)

Rows = Sequence[tuple[Any, ...]]


def read(line: Line) -> Rows:
    """A row for each table: name, rows touched, counters, live and dead rows, bytes, last vacuum."""
    return line.rows(STATEMENT)


def counters_of(rows: Rows) -> Mapping[str, Sequence[float]]:
    """By table: rows touched first, which says how busy it is, then the counters."""
    return {row[0]: tuple(float(value or 0) for value in row[1:_GAUGES_AT]) for row in rows}


def samples(database: str, rows: Rows, counted: Iterable[tuple[str, Sequence[float]]], folded: int) -> Iterable[Sample]:
    """The busiest tables and the remainder."""
    named = {row[0]: row[_GAUGES_AT:] for row in rows}
    yield FOLDED.sample(folded, database)
    shown = set()
    for table, values in counted:
        for metric, value in zip(COUNTERS, values[1:], strict=True):
            yield metric.sample(value, database, table)
        if table in named:
            shown.add(table)
            live, dead, size, vacuumed = named[table]
            yield LIVE.sample(float(live or 0), database, table)
            yield DEAD.sample(float(dead or 0), database, table)
            yield SIZE.sample(float(size), database, table)
            if vacuumed is not None:
                yield VACUUMED.sample(float(vacuumed), database, table)
    rest = [figures for name, figures in named.items() if name not in shown]
    for place, metric in enumerate((LIVE, DEAD, SIZE)):
        yield metric.sample(sum(float(figures[place] or 0) for figures in rest), database, OTHER)


def bounded(places: int = TABLES) -> Part:
    """The part; so many tables have series of their own."""

    def begin() -> Reader:
        counters = BoundedCounters(places=places, width=1 + len(COUNTERS))

        def take(line: Line) -> Iterable[Sample]:
            rows = read(line)
            counters.add(counters_of(rows))
            return samples(line.name, rows, counters.rows(), counters.folded)

        return take

    return Part(name="postgres_tables", metrics=METRICS, begin=begin, every=EVERY_SECONDS)
