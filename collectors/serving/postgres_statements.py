"""The busiest statement families, by their number, and all others together.

Source: pg_stat_statements without its texts.
Needed role and versions: pg_read_all_stats, and the extension 1.8 (PostgreSQL 13), 1.9 (14) or 1.11 (17) or newer.
Consumed by: the Statements and waits board.
Cost: 4 ms for 4,800 families; so once a minute.
Caveats: a text is never a label. `family` is the server's queryid, under which an audit tells what the statement is. Nested statements
    are left out: their time is in their callers'.
"""

from collections.abc import Iterable, Mapping, Sequence

from collectors.postgres_statements import EXTENSION, entries_statement
from collectors.runner import CollectorError
from collectors.serving.bounded import BoundedCounters
from collectors.serving.line import Line
from collectors.serving.metric import Part, Reader, Sample, counter, gauge
from facts.message import msg
from facts.readings import Status

EVERY_SECONDS = 60.0
FAMILIES = 40
_LABELS = ("database", "family")
SECONDS = counter("tenfold_postgres_statement_seconds_total", "Time spent in a statement family.", *_LABELS)
CALLS = counter("tenfold_postgres_statement_calls_total", "Calls of a statement family.", *_LABELS)
ROWS = counter("tenfold_postgres_statement_rows_total", "Rows that a statement family gave or changed.", *_LABELS)
READ = counter("tenfold_postgres_statement_blocks_read_total", "Blocks that it asked of the system.", *_LABELS)
FOLDED = gauge("tenfold_postgres_statement_families_folded", "Families that are counted as `other`.", "database")
METRICS = (SECONDS, CALLS, ROWS, READ, FOLDED)
_NO_EXTENSION = CollectorError(
    msg("pg_stat_statements is not installed in this database"),
    status=Status.UNSUPPORTED,
    remedy=msg("CREATE EXTENSION pg_stat_statements; it needs shared_preload_libraries"),
)


def read(line: Line) -> dict[str, tuple[float, ...]]:
    """Seconds, calls, rows and blocks read of every family.

    Raises:
        CollectorError: The extension is not there.
    """
    found = line.rows(EXTENSION)
    if not found:
        raise _NO_EXTENSION
    families: dict[str, list[float]] = {}
    for row in line.rows(entries_statement(line.version_number, found[0][0], text=False)):
        queryid, top_level = row[0], row[2]
        if queryid is None or not top_level:
            continue
        sums = families.setdefault(str(queryid), [0.0] * 4)
        for place, value in enumerate((float(row[5]) / 1000, row[3], row[4], row[10])):
            sums[place] += float(value or 0)
    return {name: tuple(sums) for name, sums in families.items()}


def samples(database: str, rows: Iterable[tuple[str, Sequence[float]]], folded: int) -> Iterable[Sample]:
    """The busiest families and the remainder."""
    yield FOLDED.sample(folded, database)
    for family, values in rows:
        for metric, value in zip(METRICS, values, strict=False):
            yield metric.sample(value, database, family)


def bounded(places: int = FAMILIES) -> Part:
    """The part; so many families have series of their own."""

    def begin() -> Reader:
        counters = BoundedCounters(places=places, width=4)

        def take(line: Line) -> Iterable[Sample]:
            families: Mapping[str, Sequence[float]] = read(line)
            counters.add(families)
            return samples(line.name, counters.rows(), counters.folded)

        return take

    return Part(name="postgres_statements", metrics=METRICS, begin=begin, every=EVERY_SECONDS)
