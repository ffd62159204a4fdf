"""What the server knows about the values in each column, and in each expression that an index is on.

Source: pg_stats; where the role may not SELECT a column, the function `tenfold.column_statistics()` that `tenfold init` offers.
Needed role and versions: SELECT on the columns, or EXECUTE on that function; PostgreSQL 13 to 18.
Consumed by: the shadow planner, CCH001, SQL006.
Cost: one row a column or expression with up to 100 common values and 101 histogram bounds each; values over 1 kB are never in them.
Caveats: holds real values; they are masked before anything is written (collectors.masking).
"""

from typing import Any

from collectors.postgres_connection import Session
from collectors.runner import CollectorError
from facts.message import msg
from facts.readings import Status
from facts.schema import ColumnStatistics

COLUMNS = """
schemaname::text, tablename::text, attname::text, inherited, null_frac::float8, avg_width, n_distinct::float8,
       most_common_vals::text::text[], most_common_freqs::float8[], histogram_bounds::text::text[], correlation::float8,
       most_common_elems::text::text[], most_common_elem_freqs::float8[], elem_count_histogram::float8[]
"""
STATISTICS = f"""
SELECT {COLUMNS} FROM pg_stats
WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_' AND schemaname <> 'tenfold'
"""  # noqa: S608  (a constant of ours)
FUNCTION = """
SELECT 1 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = 'tenfold' AND p.proname = 'column_statistics' AND has_schema_privilege(n.oid, 'USAGE')
  AND has_function_privilege(p.oid, 'EXECUTE')
"""
FROM_FUNCTION = f"SELECT {COLUMNS} FROM tenfold.column_statistics()"  # noqa: S608  (a constant of ours)
OIDS = """
SELECT c.oid, n.nspname::text, c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'i', 'I') AND n.nspname !~ '^pg_'
"""


def read(session: Session) -> tuple[ColumnStatistics, ...]:
    """Statistics of every column that the role may see, as they are: unmasked.

    Those of an index's expressions have the index's oid and the name of its column in place of the table's.

    Raises:
        CollectorError: There are tables and the role sees none of their statistics.
    """
    oids = {(row[1], row[2]): row[0] for row in session.rows(OIDS)}
    rows = session.rows(FROM_FUNCTION if session.rows(FUNCTION) else STATISTICS)
    user_tables = [name for name in oids if name[0] not in {"information_schema", "tenfold"}]
    if not rows and user_tables:
        raise CollectorError(
            msg(
                "the role sees no column statistics, or no table was ever analyzed; index advice then rests on sizes alone"
            ),
            status=Status.FORBIDDEN,
            remedy=msg("create the function tenfold.column_statistics() that `tenfold init` prints, or run ANALYZE"),
        )
    found = [_statistics(oids[row[0], row[1]], row) for row in rows if (row[0], row[1]) in oids]
    return tuple(sorted(found, key=lambda each: (each.table_oid, each.column, each.inherited)))


def _statistics(oid: int, row: tuple[Any, ...]) -> ColumnStatistics:
    def array(values: list[Any] | None) -> tuple[Any, ...] | None:
        return None if values is None else tuple(values)

    return ColumnStatistics(
        table_oid=oid,
        column=row[2],
        inherited=row[3],
        null_ratio=row[4],
        average_width=row[5],
        distinct=row[6],
        common_values=array(row[7]),
        common_ratios=array(row[8]),
        histogram=array(row[9]),
        correlation=row[10],
        common_elements=array(row[11]),
        common_element_ratios=array(row[12]),
        element_count_histogram=array(row[13]),
        masked=False,
    )
