"""Databases and tables: how large, how dead, how read."""

from dashboards.board import Query, Row
from dashboards.links import HOSTS, STATEMENTS, rule
from dashboards.panel import bar_gauge, time_series
from dashboards.queries import ours_most, theirs_most
from facts.message import msg

_DATABASE = "{{target}} {{database}}"
_THEIR_DATABASE = "{{instance}} {{datname}}"
# Of postgres_exporter, whose figures of templates and of no database at all are not the mall's.
_REAL = '{datname!~"template.*|"}'

ROW = Row(
    msg("Databases and tables"),
    (
        time_series(
            msg("Size of each database"),
            msg("Read every five minutes."),
            unit="bytes",
            ours=(ours_most("tenfold_postgres_database_size_bytes", _DATABASE, "database"),),
            theirs=(theirs_most(f"pg_database_size_bytes{_REAL}", _THEIR_DATABASE, "datname"),),
            links=(HOSTS,),
        ),
        bar_gauge(
            msg("Largest tables"),
            msg("Their heaps, as the last vacuum or analyze found them."),
            unit="bytes",
            ours=(
                Query(
                    "topk(10, max by (mall, target, database, table) (tenfold_postgres_table_size_bytes))",
                    "{{database}} {{table}}",
                ),
            ),
        ),
        bar_gauge(
            msg("Dead rows"),
            msg("Tables with the most rows that wait to be cleaned away."),
            unit="none",
            ours=(
                Query(
                    "topk(10, max by (mall, target, database, table) (tenfold_postgres_table_dead_rows))",
                    "{{database}} {{table}}",
                ),
            ),
            links=(rule("SQL006"),),
        ),
        time_series(
            msg("Rows read by sequential scans"),
            msg(
                "The ten tables with the most rows read without an index. The table of orders among them breaks at ten times the traffic."
            ),
            unit="rowsps",
            ours=(
                Query(
                    "topk(10, sum by (mall, target, database, table)"
                    " (rate(tenfold_postgres_table_sequential_rows_total[$__rate_interval])))",
                    "{{database}} {{table}}",
                ),
            ),
            many=True,
            slow=True,
            width=16,
            height=8,
            links=(rule("IDX001"), STATEMENTS),
        ),
        time_series(
            msg("Since the last vacuum"),
            msg("The ten tables that were not vacuumed for the longest time. A table that never was is missing."),
            unit="s",
            ours=(
                Query(
                    "topk(10, time() - max by (mall, target, database, table)"
                    " (tenfold_postgres_table_last_vacuum_timestamp_seconds))",
                    "{{database}} {{table}}",
                ),
            ),
            slow=True,
            height=8,
        ),
    ),
)
