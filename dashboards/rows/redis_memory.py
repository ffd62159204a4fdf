"""What a cache keeps: memory, keys, and what it loses of them."""

from dashboards.board import Row
from dashboards.links import HOSTS, rule
from dashboards.panel import time_series
from dashboards.queries import INSTANCE, TARGET, ours_most, ours_rate, ours_sum, theirs_most, theirs_rate, theirs_sum
from facts.message import msg

ROW = Row(
    msg("Memory and keys"),
    (
        time_series(
            msg("Memory"),
            msg("Allocated, given by the system, and the limit; a limit of 0 is none."),
            unit="bytes",
            ours=(
                ours_most("tenfold_redis_memory_used_bytes", msg("{target} allocated", target=TARGET)),
                ours_most("tenfold_redis_memory_resident_bytes", msg("{target} resident", target=TARGET)),
                ours_most("tenfold_redis_memory_limit_bytes", msg("{target} limit", target=TARGET)),
            ),
            theirs=(
                theirs_most("redis_memory_used_bytes", msg("{target} allocated", target=INSTANCE)),
                theirs_most("redis_memory_used_rss_bytes", msg("{target} resident", target=INSTANCE)),
                theirs_most("redis_memory_max_bytes", msg("{target} limit", target=INSTANCE)),
            ),
            links=(rule("RDS003"), HOSTS),
        ),
        time_series(
            msg("Keys"),
            msg("Keys, and those of them that have an end. Keys without one stay until somebody deletes them."),
            unit="none",
            ours=(
                ours_sum("tenfold_redis_keys", msg("{target} keys", target=TARGET)),
                ours_sum("tenfold_redis_keys_expiring", msg("{target} with an end", target=TARGET)),
            ),
            theirs=(
                theirs_sum("redis_db_keys", msg("{target} keys", target=INSTANCE)),
                theirs_sum("redis_db_keys_expiring", msg("{target} with an end", target=INSTANCE)),
            ),
            links=(rule("RDS001"),),
        ),
        time_series(
            msg("Keys that go"),
            msg("Keys a second whose time was over, and those thrown out for want of memory."),
            unit="ops",
            ours=(
                ours_rate("tenfold_redis_expired_keys_total", msg("{target} expired", target=TARGET)),
                ours_rate("tenfold_redis_evicted_keys_total", msg("{target} thrown out", target=TARGET)),
            ),
            theirs=(
                theirs_rate("redis_expired_keys_total", msg("{target} expired", target=INSTANCE)),
                theirs_rate("redis_evicted_keys_total", msg("{target} thrown out", target=INSTANCE)),
            ),
            links=(rule("RDS001"), rule("RDS003")),
        ),
        time_series(
            msg("Lookups"),
            msg("Lookups a second that found their key, and those that found nothing."),
            unit="ops",
            ours=(
                ours_rate("tenfold_redis_keyspace_hits_total", msg("{target} found", target=TARGET)),
                ours_rate("tenfold_redis_keyspace_misses_total", msg("{target} missed", target=TARGET)),
            ),
            theirs=(
                theirs_rate("redis_keyspace_hits_total", msg("{target} found", target=INSTANCE)),
                theirs_rate("redis_keyspace_misses_total", msg("{target} missed", target=INSTANCE)),
            ),
            links=(rule("RDS004"), rule("CCH001")),
        ),
        time_series(
            msg("Fragmentation"),
            msg(
                "Resident memory to memory allocated. Far above 1, memory is lost between values; below 1, some is in swap."
            ),
            unit="none",
            ours=(ours_most("tenfold_redis_memory_fragmentation_ratio"),),
            theirs=(theirs_most("redis_mem_fragmentation_ratio"),),
        ),
        time_series(
            msg("Clients by state"),
            msg("Clients connected, and those of them that wait in a blocking command."),
            unit="none",
            ours=(
                ours_most("tenfold_redis_clients", msg("{target} connected", target=TARGET)),
                ours_most("tenfold_redis_blocked_clients", msg("{target} blocked", target=TARGET)),
            ),
            theirs=(
                theirs_most("redis_connected_clients", msg("{target} connected", target=INSTANCE)),
                theirs_most("redis_blocked_clients", msg("{target} blocked", target=INSTANCE)),
            ),
        ),
    ),
)
