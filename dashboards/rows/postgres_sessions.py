"""Who is connected, what they do, how long."""

from dashboards.board import Query, Row
from dashboards.links import HOSTS, MALL, rule
from dashboards.panel import state_timeline, time_series
from dashboards.queries import INSTANCE, TARGET, ours_most, ours_rate, ours_sum, theirs_most, theirs_sum
from dashboards.words import UP_OR_DOWN
from facts.message import msg

ROW = Row(
    msg("Sessions"),
    (
        time_series(
            msg("Sessions by state"),
            msg("Client sessions at the moment of each scrape, against what the server allows."),
            unit="none",
            ours=(
                ours_sum("tenfold_postgres_connections", "{{target}} {{state}}", "state"),
                ours_most("tenfold_postgres_connections_limit", msg("{target} limit", target=TARGET)),
            ),
            theirs=(
                theirs_sum("pg_stat_activity_count", "{{instance}} {{state}}", "state"),
                theirs_most("pg_settings_max_connections", msg("{target} limit", target=INSTANCE)),
            ),
            links=(rule("CFG001"), MALL),
        ),
        time_series(
            msg("Sessions at work"),
            msg(
                "Mean number of sessions that ran a statement, and of those that held a transaction open without running any."
            ),
            unit="none",
            ours=(
                ours_rate("tenfold_postgres_database_active_seconds_total", msg("{target} running", target=TARGET)),
                ours_rate(
                    "tenfold_postgres_database_idle_in_transaction_seconds_total",
                    msg("{target} idle in transaction", target=TARGET),
                ),
            ),
            theirs=(
                Query(
                    "sum by (instance) (rate(pg_stat_database_active_time[$__rate_interval])) / 1000",
                    msg("{target} running", target=INSTANCE),
                ),
                Query(
                    "sum by (instance) (rate(pg_stat_database_idle_in_transaction_time[$__rate_interval])) / 1000",
                    msg("{target} idle in transaction", target=INSTANCE),
                ),
            ),
            links=(rule("CFG002"), HOSTS),
        ),
        time_series(
            msg("Ages"),
            msg("The oldest transaction, the oldest one that waits for its client, and the longest statement."),
            unit="s",
            ours=(
                ours_most("tenfold_postgres_oldest_transaction_seconds", msg("{target} transaction", target=TARGET)),
                ours_most(
                    "tenfold_postgres_oldest_idle_transaction_seconds",
                    msg("{target} idle in transaction", target=TARGET),
                ),
                ours_most("tenfold_postgres_longest_statement_seconds", msg("{target} statement", target=TARGET)),
            ),
            theirs=(
                theirs_most("pg_stat_activity_max_tx_duration", msg("{target} transaction", target=INSTANCE)),
                Query(
                    'max by (instance) (pg_stat_activity_max_tx_duration{state=~"idle in transaction.*"})',
                    msg("{target} idle in transaction", target=INSTANCE),
                ),
                Query(
                    'max by (instance) (pg_stat_activity_max_tx_duration{state="active"})',
                    msg("{target} statement", target=INSTANCE),
                ),
            ),
            links=(rule("CFG002"),),
        ),
        state_timeline(
            msg("Up and down"),
            msg("When each database did not answer."),
            unit="none",
            ours=(Query("min by (mall, target) (tenfold_postgres_up)", TARGET),),
            theirs=(Query("min by (instance) (pg_up)", INSTANCE),),
            words=UP_OR_DOWN,
            width=24,
            height=4,
        ),
    ),
)
