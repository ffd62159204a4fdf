"""Is each database well: up, not full, not waiting."""

from dashboards.board import Query, Row, Step
from dashboards.links import HOSTS, STATEMENTS, rule
from dashboards.panel import stat
from dashboards.queries import INSTANCE, TARGET, ours_most, theirs_most
from dashboards.words import UP_OR_DOWN
from facts.message import msg

OURS_CONNECTIONS = Query(
    "sum by (mall, target) (tenfold_postgres_connections)"
    " / (max by (mall, target) (tenfold_postgres_connections_limit)"
    " - max by (mall, target) (tenfold_postgres_connections_reserved))",
    TARGET,
)
THEIRS_CONNECTIONS = Query(
    "sum by (instance) (pg_stat_activity_count) / (max by (instance) (pg_settings_max_connections)"
    " - max by (instance) (pg_settings_superuser_reserved_connections))",
    INSTANCE,
)

ROW = Row(
    msg("Now"),
    (
        stat(
            msg("Up"),
            msg("Whether each database answered the last scrape."),
            unit="none",
            ours=(Query("min by (mall, target) (tenfold_postgres_up)", TARGET),),
            theirs=(Query("min by (instance) (pg_up)", INSTANCE),),
            words=UP_OR_DOWN,
            alarming=True,
            links=(HOSTS,),
        ),
        stat(
            msg("Connections used"),
            msg("Sessions to max_connections without the reserved places. When all are taken, shoppers are refused."),
            unit="percentunit",
            ours=(OURS_CONNECTIONS,),
            theirs=(THEIRS_CONNECTIONS,),
            steps=(Step(0.7, "orange"), Step(0.9, "red")),
            links=(rule("CFG001"),),
        ),
        stat(
            msg("Sessions that wait"),
            msg("Active sessions that wait for a lock, for input or output, or for another session."),
            unit="none",
            ours=(
                Query(
                    'sum by (mall, target) (tenfold_postgres_waiting_sessions{wait_event_type!~"Activity|Client|Timeout|Extension"})',
                    TARGET,
                ),
            ),
            steps=(Step(5, "orange"), Step(20, "red")),
            links=(STATEMENTS,),
        ),
        stat(
            msg("Oldest transaction"),
            msg("While a transaction is open, no row that died after its start can be cleaned away."),
            unit="s",
            ours=(ours_most("tenfold_postgres_oldest_transaction_seconds"),),
            theirs=(theirs_most("pg_stat_activity_max_tx_duration"),),
            steps=(Step(60, "orange"), Step(600, "red")),
            links=(rule("CFG002"),),
        ),
        stat(
            msg("Found in shared buffers"),
            msg(
                "Share of the blocks that PostgreSQL had in its own memory. A fall under load: the working set no longer fits."
            ),
            unit="percentunit",
            ours=(
                Query(
                    "sum by (mall, target) (rate(tenfold_postgres_database_blocks_hit_total[$__rate_interval]))"
                    " / (sum by (mall, target) (rate(tenfold_postgres_database_blocks_hit_total[$__rate_interval]))"
                    " + sum by (mall, target) (rate(tenfold_postgres_database_blocks_read_total[$__rate_interval])))",
                    TARGET,
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(pg_stat_database_blks_hit[$__rate_interval]))"
                    " / (sum by (instance) (rate(pg_stat_database_blks_hit[$__rate_interval]))"
                    " + sum by (instance) (rate(pg_stat_database_blks_read[$__rate_interval])))",
                    INSTANCE,
                ),
            ),
            base="red",
            steps=(Step(0.9, "orange"), Step(0.98, "green")),
        ),
        stat(
            msg("Transaction ids used"),
            msg(
                "Oldest transaction not frozen, to autovacuum_freeze_max_age. Above 100 %, vacuum is behind; at 2 billion writing stops."
            ),
            unit="percentunit",
            ours=(
                Query(
                    "max by (mall, target) (tenfold_postgres_database_transaction_age)"
                    " / max by (mall, target) (tenfold_postgres_freeze_age_limit_transactions)",
                    TARGET,
                ),
            ),
            steps=(Step(1.1, "orange"), Step(2, "red")),
        ),
    ),
)
