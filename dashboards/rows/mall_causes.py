"""Where the cause is: databases, caches and machines, each used up, waiting or failing."""

from dashboards.board import Row
from dashboards.links import HOSTS, POSTGRES, REDIS, STATEMENTS
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_rate, ours_sum, theirs_rate
from dashboards.rows.hosts_now import (
    OURS_FULLEST,
    OURS_MEMORY,
    OURS_PROCESSOR,
    THEIRS_FULLEST,
    THEIRS_MEMORY,
    THEIRS_PROCESSOR,
)
from dashboards.rows.postgres_now import OURS_CONNECTIONS, THEIRS_CONNECTIONS
from dashboards.rows.redis_now import OURS_FOUND, OURS_MEMORY_USED, THEIRS_FOUND, THEIRS_MEMORY_USED
from facts.message import msg

DATABASES = Row(
    msg("Databases"),
    (
        time_series(
            msg("Connections used"),
            msg("Sessions to max_connections without the reserved places. When all are taken, shoppers are refused."),
            unit="percentunit",
            ours=(OURS_CONNECTIONS,),
            theirs=(THEIRS_CONNECTIONS,),
            limit=1,
            links=(POSTGRES,),
        ),
        time_series(
            msg("Sessions that wait"),
            msg("Active sessions that wait for a lock, for input or output, or for another session."),
            unit="none",
            ours=(ours_sum('tenfold_postgres_waiting_sessions{wait_event_type!~"Activity|Client|Timeout|Extension"}'),),
            links=(STATEMENTS,),
        ),
        time_series(
            msg("Transactions that fail"),
            msg("Rollbacks and deadlocks a second."),
            unit="ops",
            ours=(
                ours_rate("tenfold_postgres_database_rollbacks_total", msg("{target} rollbacks", target=TARGET)),
                ours_rate("tenfold_postgres_database_deadlocks_total", msg("{target} deadlocks", target=TARGET)),
            ),
            theirs=(
                theirs_rate("pg_stat_database_xact_rollback", msg("{target} rollbacks", target=INSTANCE)),
                theirs_rate("pg_stat_database_deadlocks", msg("{target} deadlocks", target=INSTANCE)),
            ),
            links=(POSTGRES,),
        ),
    ),
)

CACHES = Row(
    msg("Caches"),
    (
        time_series(
            msg("Memory used"),
            msg(
                "Memory to maxmemory, without one to the machine's. When it is full, keys are thrown out or writes fail."
            ),
            unit="percentunit",
            ours=(OURS_MEMORY_USED,),
            theirs=(THEIRS_MEMORY_USED,),
            nothing=msg("no limit"),
            limit=1,
            links=(REDIS,),
        ),
        time_series(
            msg("Found in the cache"),
            msg(
                "Share of the lookups that found their key; what is not found is asked of the database. No data: no lookups."
            ),
            unit="percentunit",
            ours=(OURS_FOUND,),
            theirs=(THEIRS_FOUND,),
            limit=1,
            links=(REDIS,),
        ),
        time_series(
            msg("Thrown out and refused"),
            msg("Keys evicted for want of memory, and clients refused, a second."),
            unit="ops",
            ours=(
                ours_rate("tenfold_redis_evicted_keys_total", msg("{target} thrown out", target=TARGET)),
                ours_rate("tenfold_redis_connections_rejected_total", msg("{target} refused", target=TARGET)),
            ),
            theirs=(
                theirs_rate("redis_evicted_keys_total", msg("{target} thrown out", target=INSTANCE)),
                theirs_rate("redis_rejected_connections_total", msg("{target} refused", target=INSTANCE)),
            ),
            links=(REDIS,),
        ),
    ),
)

MACHINES = Row(
    msg("Machines"),
    (
        time_series(
            msg("Processors used"),
            msg("Share of the time of all processors that was neither idle nor waiting for a disk."),
            unit="percentunit",
            ours=(OURS_PROCESSOR,),
            theirs=(THEIRS_PROCESSOR,),
            limit=1,
            links=(HOSTS,),
        ),
        time_series(
            msg("Memory used"),
            msg("Share of the memory that programs could no longer get without swapping."),
            unit="percentunit",
            ours=(OURS_MEMORY,),
            theirs=(THEIRS_MEMORY,),
            limit=1,
            links=(HOSTS,),
        ),
        time_series(
            msg("Fullest file system"),
            msg("A full disk stops the database, its log and its backups."),
            unit="percentunit",
            ours=(OURS_FULLEST,),
            theirs=(THEIRS_FULLEST,),
            limit=1,
            links=(HOSTS,),
        ),
    ),
)
