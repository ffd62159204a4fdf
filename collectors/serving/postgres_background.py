"""What the server does beside its sessions: checkpoints, background writing, write-ahead log, archiving.

Source: pg_stat_bgwriter, from 17 on with pg_stat_checkpointer; pg_stat_wal from 14 on; pg_stat_archiver.
Needed role and versions: any role; PostgreSQL 13 to 18.
Consumed by: the PostgreSQL board, the alert on an archive that fails.
Cost: one statement, about 0.2 ms.
Caveats: from 17 on, blocks that sessions wrote themselves are told in pg_stat_io alone, which is not read.
"""

from collections.abc import Iterable
from typing import Any

from collectors.serving.line import Line
from collectors.serving.metric import Sample, counter, gauge, given

BACKGROUND = """
SELECT {checkpoints}, a.archived_count, a.failed_count, extract(epoch FROM a.last_archived_time), {wal}
FROM {sources}, pg_stat_get_archiver() a
"""
CHECKPOINTS = (
    "b.checkpoints_timed, b.checkpoints_req, b.checkpoint_write_time / 1000, b.checkpoint_sync_time / 1000, b.buffers_checkpoint, "
    "b.buffers_clean, b.maxwritten_clean, b.buffers_alloc, b.buffers_backend, b.buffers_backend_fsync"
)
CHECKPOINTS_17 = (
    "c.num_timed, c.num_requested, c.write_time / 1000, c.sync_time / 1000, c.buffers_written, b.buffers_clean, b.maxwritten_clean, "
    "b.buffers_alloc, NULL, NULL"
)
WAL = "w.wal_records, w.wal_fpi, w.wal_bytes, w.wal_buffers_full"
_CHECKPOINTER_SINCE, _WAL_SINCE = 170000, 140000
_PREFIX = "tenfold_postgres_"
METRICS = (
    counter(f"{_PREFIX}checkpoints_timed_total", "Checkpoints because the time had come."),
    counter(f"{_PREFIX}checkpoints_requested_total", "Checkpoints because somebody asked, or the log was full."),
    counter(f"{_PREFIX}checkpoint_write_seconds_total", "Time that checkpoints wrote."),
    counter(f"{_PREFIX}checkpoint_sync_seconds_total", "Time that checkpoints synchronized."),
    counter(f"{_PREFIX}buffers_checkpoint_total", "Blocks written by checkpoints."),
    counter(f"{_PREFIX}buffers_clean_total", "Blocks written by the background writer."),
    counter(f"{_PREFIX}background_writer_stops_total", "Rounds that the background writer ended early."),
    counter(f"{_PREFIX}buffers_allocated_total", "Blocks allocated."),
    counter(f"{_PREFIX}buffers_backend_total", "Blocks that sessions wrote themselves, up to version 16."),
    counter(
        f"{_PREFIX}buffers_backend_fsync_total", "Synchronizations that sessions did themselves, up to version 16."
    ),
    counter(f"{_PREFIX}archived_total", "Segments of the write-ahead log archived."),
    counter(f"{_PREFIX}archive_failures_total", "Segments that could not be archived."),
    gauge(f"{_PREFIX}last_archived_timestamp_seconds", "When the last segment was archived."),
    counter(f"{_PREFIX}wal_records_total", "Records written to the write-ahead log."),
    counter(f"{_PREFIX}wal_full_pages_total", "Full page images written to the write-ahead log."),
    counter(f"{_PREFIX}wal_bytes_total", "Bytes generated for the write-ahead log."),
    counter(f"{_PREFIX}wal_buffers_full_total", "Times that the log's buffers were full."),
)


def statement(version_number: int) -> str:
    """The statement for the server's version."""
    newer = version_number >= _CHECKPOINTER_SINCE
    wal = version_number >= _WAL_SINCE
    sources = [
        "pg_stat_bgwriter b",
        *(["pg_stat_checkpointer c"] if newer else []),
        *(["pg_stat_wal w"] if wal else []),
    ]
    return BACKGROUND.format(
        checkpoints=CHECKPOINTS_17 if newer else CHECKPOINTS,
        wal=WAL if wal else "NULL, NULL, NULL, NULL",
        sources=", ".join(sources),
    )


def read(line: Line) -> tuple[Any, ...]:
    """The one row, in the order of `METRICS`."""
    return line.rows(statement(line.version_number))[0]


def samples(row: tuple[Any, ...]) -> Iterable[Sample]:
    """The figures that this version has."""
    for metric, value in zip(METRICS, row, strict=True):
        yield from given(metric, value)
