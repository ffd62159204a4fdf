"""What the databases do, and what fails."""

from dashboards.board import Row
from dashboards.links import HOSTS, STATEMENTS, rule
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_rate, theirs_rate
from facts.message import msg

_DATABASE = "{{target}} {{database}}"
_THEIR_DATABASE = "{{instance}} {{datname}}"
# Of postgres_exporter, whose figures of templates and of no database at all are not the mall's.
_REAL = '{datname!~"template.*|"}'

ROW = Row(
    msg("Work and errors"),
    (
        time_series(
            msg("Transactions"),
            msg("Transactions committed a second, by database."),
            unit="ops",
            ours=(ours_rate("tenfold_postgres_database_commits_total", _DATABASE, "database"),),
            theirs=(theirs_rate(f"pg_stat_database_xact_commit{_REAL}", _THEIR_DATABASE, "datname"),),
            links=(STATEMENTS,),
        ),
        time_series(
            msg("Errors"),
            msg("Rollbacks, deadlocks, and statements that a standby cancelled, a second."),
            unit="ops",
            ours=(
                ours_rate("tenfold_postgres_database_rollbacks_total", msg("{target} rollbacks", target=TARGET)),
                ours_rate("tenfold_postgres_database_deadlocks_total", msg("{target} deadlocks", target=TARGET)),
                ours_rate("tenfold_postgres_database_conflicts_total", msg("{target} conflicts", target=TARGET)),
            ),
            theirs=(
                theirs_rate("pg_stat_database_xact_rollback", msg("{target} rollbacks", target=INSTANCE)),
                theirs_rate("pg_stat_database_deadlocks", msg("{target} deadlocks", target=INSTANCE)),
                theirs_rate("pg_stat_database_conflicts", msg("{target} conflicts", target=INSTANCE)),
            ),
        ),
        time_series(
            msg("Rows read for rows found"),
            msg(
                "Rows that scans read, and rows that an index found. The first may rise with the traffic; faster, it wants an index."
            ),
            unit="rowsps",
            ours=(
                ours_rate(
                    "tenfold_postgres_database_rows_returned_total", msg("{target} read by scans", target=TARGET)
                ),
                ours_rate(
                    "tenfold_postgres_database_rows_fetched_total", msg("{target} fetched by index", target=TARGET)
                ),
            ),
            theirs=(
                theirs_rate("pg_stat_database_tup_returned", msg("{target} read by scans", target=INSTANCE)),
                theirs_rate("pg_stat_database_tup_fetched", msg("{target} fetched by index", target=INSTANCE)),
            ),
            links=(rule("IDX001"), STATEMENTS),
        ),
        time_series(
            msg("Rows written"),
            msg("Rows inserted, updated and deleted a second."),
            unit="rowsps",
            ours=tuple(
                ours_rate(f"tenfold_postgres_database_rows_{verb}_total", legend)
                for verb, legend in (
                    ("inserted", msg("{target} inserted", target=TARGET)),
                    ("updated", msg("{target} updated", target=TARGET)),
                    ("deleted", msg("{target} deleted", target=TARGET)),
                )
            ),
            theirs=tuple(
                theirs_rate(f"pg_stat_database_tup_{verb}", legend)
                for verb, legend in (
                    ("inserted", msg("{target} inserted", target=INSTANCE)),
                    ("updated", msg("{target} updated", target=INSTANCE)),
                    ("deleted", msg("{target} deleted", target=INSTANCE)),
                )
            ),
        ),
        time_series(
            msg("Blocks asked of the system"),
            msg("Blocks a second that were not in shared buffers, by database."),
            unit="ops",
            ours=(ours_rate("tenfold_postgres_database_blocks_read_total", _DATABASE, "database"),),
            theirs=(theirs_rate(f"pg_stat_database_blks_read{_REAL}", _THEIR_DATABASE, "datname"),),
            links=(HOSTS,),
        ),
        time_series(
            msg("Temporary files"),
            msg("Bytes a second that sorts and hashes wrote to disk because work_mem was too small for them."),
            unit="Bps",
            ours=(ours_rate("tenfold_postgres_database_temporary_bytes_total", _DATABASE, "database"),),
            theirs=(theirs_rate(f"pg_stat_database_temp_bytes{_REAL}", _THEIR_DATABASE, "datname"),),
            links=(rule("CFG003"),),
        ),
    ),
)
