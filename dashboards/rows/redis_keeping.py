"""What a cache would still have after a crash: snapshots, the append-only file, replicas."""

from dashboards.board import Query, Row
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_most, theirs_most
from facts.message import msg

ROW = Row(
    msg("Persistence and replicas"),
    (
        time_series(
            msg("Changes without a snapshot"),
            msg("Changes that would be lost, if there is no append-only file."),
            unit="none",
            ours=(ours_most("tenfold_redis_rdb_changes_since_save"),),
            theirs=(theirs_most("redis_rdb_changes_since_last_save"),),
        ),
        time_series(
            msg("Since the last snapshot"),
            msg("Age of the last snapshot."),
            unit="s",
            ours=(Query("time() - max by (mall, target) (tenfold_redis_rdb_last_save_timestamp_seconds)", TARGET),),
            theirs=(Query("time() - max by (instance) (redis_rdb_last_save_timestamp_seconds)", INSTANCE),),
        ),
        time_series(
            msg("Last fork"),
            msg(
                "How long the last fork stopped the server: every snapshot begins with one, and no command runs in the meantime."
            ),
            unit="s",
            ours=(ours_most("tenfold_redis_last_fork_seconds"),),
            theirs=(theirs_most("redis_latest_fork_seconds"),),
        ),
        time_series(
            msg("Replicas"),
            msg("Replicas that are connected."),
            unit="none",
            ours=(ours_most("tenfold_redis_replicas"),),
            theirs=(theirs_most("redis_connected_slaves"),),
        ),
    ),
)
