"""The write-ahead log, checkpoints, standbys, the archive."""

from dashboards.board import Query, Row
from dashboards.links import HOSTS, rule
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_rate, theirs_rate
from facts.message import msg

ROW = Row(
    msg("Write-ahead log and checkpoints"),
    (
        time_series(
            msg("Write-ahead log"),
            msg("Bytes a second that changes wrote to the log."),
            unit="Bps",
            ours=(ours_rate("tenfold_postgres_wal_position_bytes_total"),),
            links=(HOSTS,),
        ),
        time_series(
            msg("Checkpoints"),
            msg(
                "Checkpoints by their reason. Those that were asked for come from a max_wal_size that is too small for the writing."
            ),
            unit="ops",
            ours=(
                ours_rate("tenfold_postgres_checkpoints_timed_total", msg("{target} by time", target=TARGET)),
                ours_rate("tenfold_postgres_checkpoints_requested_total", msg("{target} asked for", target=TARGET)),
            ),
            theirs=(
                theirs_rate("pg_stat_bgwriter_checkpoints_timed_total", msg("{target} by time", target=INSTANCE)),
                theirs_rate("pg_stat_bgwriter_checkpoints_req_total", msg("{target} asked for", target=INSTANCE)),
            ),
            links=(rule("CFG003"),),
        ),
        time_series(
            msg("Blocks written"),
            msg("Blocks a second, by checkpoints and by the background writer."),
            unit="ops",
            ours=(
                ours_rate("tenfold_postgres_buffers_checkpoint_total", msg("{target} by checkpoints", target=TARGET)),
                ours_rate(
                    "tenfold_postgres_buffers_clean_total", msg("{target} by the background writer", target=TARGET)
                ),
            ),
            theirs=(
                theirs_rate(
                    "pg_stat_bgwriter_buffers_checkpoint_total", msg("{target} by checkpoints", target=INSTANCE)
                ),
                theirs_rate(
                    "pg_stat_bgwriter_buffers_clean_total", msg("{target} by the background writer", target=INSTANCE)
                ),
            ),
        ),
        time_series(
            msg("Behind the primary"),
            msg("Log that each standby has yet to replay; 0 also where there is no standby."),
            unit="bytes",
            ours=(
                Query(
                    "max by (mall, target) (tenfold_postgres_standby_behind_bytes)"
                    " or max by (mall, target) (tenfold_postgres_standbys * 0)",
                    TARGET,
                ),
            ),
        ),
        time_series(
            msg("Log kept for replication slots"),
            msg("A slot that nobody reads keeps log until the disk is full; 0 also where there is no slot."),
            unit="bytes",
            ours=(
                Query(
                    "sum by (mall, target) (tenfold_postgres_slot_retained_bytes)"
                    " or max by (mall, target) (tenfold_postgres_standbys * 0)",
                    TARGET,
                ),
            ),
            links=(HOSTS,),
        ),
        time_series(
            msg("Archiving"),
            msg("Segments archived and failed, a second. A failure that lasts fills the disk and stops the backups."),
            unit="ops",
            ours=(
                ours_rate("tenfold_postgres_archived_total", msg("{target} archived", target=TARGET)),
                ours_rate("tenfold_postgres_archive_failures_total", msg("{target} failed", target=TARGET)),
            ),
            theirs=(
                theirs_rate("pg_stat_archiver_archived_count", msg("{target} archived", target=INSTANCE)),
                theirs_rate("pg_stat_archiver_failed_count", msg("{target} failed", target=INSTANCE)),
            ),
        ),
    ),
)
