"""Is each cache well: up, not full, and of use."""

from dashboards.board import Query, Row, Step
from dashboards.links import HOSTS, MALL, rule
from dashboards.panel import stat
from dashboards.queries import INSTANCE, TARGET, ours_rate, theirs_rate
from dashboards.words import UP_OR_DOWN
from facts.message import msg

# Where Redis has no limit of its own, the machine's memory is the limit.
OURS_MEMORY_USED = Query(
    "max by (mall, target) (tenfold_redis_memory_used_bytes) / max by (mall, target)"
    " (tenfold_redis_memory_limit_bytes > 0 or tenfold_redis_system_memory_bytes)",
    TARGET,
)
# redis_exporter 1.45 does not tell the machine's memory: without a limit there is nothing to hold the memory against.
THEIRS_MEMORY_USED = Query(
    "max by (instance) (redis_memory_used_bytes) / (max by (instance) (redis_memory_max_bytes) > 0)", INSTANCE
)
OURS_FOUND = Query(
    "sum by (mall, target) (rate(tenfold_redis_keyspace_hits_total[$__rate_interval]))"
    " / (sum by (mall, target) (rate(tenfold_redis_keyspace_hits_total[$__rate_interval]))"
    " + sum by (mall, target) (rate(tenfold_redis_keyspace_misses_total[$__rate_interval])) > 0)",
    TARGET,
)
THEIRS_FOUND = Query(
    "sum by (instance) (rate(redis_keyspace_hits_total[$__rate_interval]))"
    " / (sum by (instance) (rate(redis_keyspace_hits_total[$__rate_interval]))"
    " + sum by (instance) (rate(redis_keyspace_misses_total[$__rate_interval])) > 0)",
    INSTANCE,
)

ROW = Row(
    msg("Now"),
    (
        stat(
            msg("Up"),
            msg("Whether each cache answered the last scrape."),
            unit="none",
            ours=(Query("min by (mall, target) (tenfold_redis_up)", TARGET),),
            theirs=(Query("min by (instance) (redis_up)", INSTANCE),),
            words=UP_OR_DOWN,
            alarming=True,
            links=(MALL, HOSTS),
        ),
        stat(
            msg("Memory used"),
            msg(
                "Memory to maxmemory, without one to the machine's. When it is full, keys are thrown out or writes fail."
            ),
            unit="percentunit",
            ours=(OURS_MEMORY_USED,),
            theirs=(THEIRS_MEMORY_USED,),
            nothing=msg("no limit"),
            steps=(Step(0.75, "orange"), Step(0.9, "red")),
            links=(rule("RDS003"),),
        ),
        stat(
            msg("Found in the cache"),
            msg(
                "Share of the lookups that found their key; what is not found is asked of the database. No data: no lookups."
            ),
            unit="percentunit",
            ours=(OURS_FOUND,),
            theirs=(THEIRS_FOUND,),
            base="red",
            steps=(Step(0.6, "orange"), Step(0.8, "green")),
            links=(rule("RDS004"),),
        ),
        stat(
            msg("Processor used"),
            msg("Share of one processor. Redis runs all commands on one: when it is used up, every command waits."),
            unit="percentunit",
            ours=(
                Query(
                    "sum by (mall, target) (rate(tenfold_redis_cpu_user_seconds_total[$__rate_interval]))"
                    " + sum by (mall, target) (rate(tenfold_redis_cpu_system_seconds_total[$__rate_interval]))",
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(redis_cpu_user_seconds_total[$__rate_interval]))"
                    " + sum by (instance) (rate(redis_cpu_sys_seconds_total[$__rate_interval]))",
                    INSTANCE,
                ),
            ),
            steps=(Step(0.6, "orange"), Step(0.85, "red")),
        ),
        stat(
            msg("Clients"),
            msg("Connected clients to maxclients. When all places are taken, the shop's connections are refused."),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target) (tenfold_redis_clients) / max by (mall, target) (tenfold_redis_clients_limit)",
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "max by (instance) (redis_connected_clients) / max by (instance) (redis_config_maxclients)",
                    INSTANCE,
                ),
            ),
            steps=(Step(0.7, "orange"), Step(0.9, "red")),
        ),
        stat(
            msg("Keys thrown out"),
            msg("Keys a second that were evicted for want of memory."),
            unit="ops",
            ours=(ours_rate("tenfold_redis_evicted_keys_total"),),
            theirs=(theirs_rate("redis_evicted_keys_total"),),
            steps=(Step(0.1, "orange"), Step(100, "red")),
            links=(rule("RDS003"),),
        ),
    ),
)
