"""What sessions wait for."""

from dashboards.board import Query, Row, Step
from dashboards.links import HOSTS, POSTGRES, rule
from dashboards.panel import stat, state_timeline, time_series
from dashboards.queries import TARGET, ours_most, ours_rate, ours_sum
from dashboards.words import BLOCKED_OR_FREE
from facts.message import msg

_LOCK = 'tenfold_postgres_waiting_sessions{wait_event_type="Lock"}'

ROW = Row(
    msg("Waits"),
    (
        stat(
            msg("Waiting for a lock"),
            msg("Sessions that wait for a lock of a row or a table, held by another session."),
            unit="none",
            ours=(ours_sum(_LOCK),),
            steps=(Step(1, "orange"), Step(10, "red")),
            links=(rule("CFG002"),),
        ),
        stat(
            msg("Waiting for a disk"),
            msg("Sessions that wait for input or output."),
            unit="none",
            ours=(ours_sum('tenfold_postgres_waiting_sessions{wait_event_type="IO"}'),),
            steps=(Step(5, "orange"), Step(20, "red")),
            links=(HOSTS,),
        ),
        stat(
            msg("Waiting inside of PostgreSQL"),
            msg(
                "Sessions that wait for a short lock of the server's own memory. Many are more sessions than the machine can serve."
            ),
            unit="none",
            ours=(ours_sum('tenfold_postgres_waiting_sessions{wait_event_type=~"LWLock|BufferPin"}'),),
            steps=(Step(5, "orange"), Step(20, "red")),
            links=(rule("CFG001"),),
        ),
        stat(
            msg("Longest statement"),
            msg("Age of the longest statement that runs."),
            unit="s",
            ours=(ours_most("tenfold_postgres_longest_statement_seconds"),),
            steps=(Step(5, "orange"), Step(30, "red")),
        ),
        stat(
            msg("Oldest idle transaction"),
            msg("Age of the oldest transaction that waits for its client, with all the locks it holds."),
            unit="s",
            ours=(ours_most("tenfold_postgres_oldest_idle_transaction_seconds"),),
            steps=(Step(5, "orange"), Step(60, "red")),
            links=(rule("CFG002"),),
        ),
        stat(
            msg("Deadlocks"),
            msg("Deadlocks a second; each costs one shopper the order."),
            unit="ops",
            ours=(ours_rate("tenfold_postgres_database_deadlocks_total"),),
            steps=(Step(0.001, "orange"), Step(0.1, "red")),
        ),
        time_series(
            msg("Sessions by what they wait for"),
            msg(
                "Active sessions at each scrape. Client means waiting for the shop, Lock for another session, IO for the disk."
            ),
            unit="none",
            ours=(
                Query(
                    "sum by (mall, target, wait_event_type) (tenfold_postgres_waiting_sessions)",
                    "{{target}} {{wait_event_type}}",
                ),
            ),
            stacked=True,
            width=12,
            links=(POSTGRES,),
        ),
        time_series(
            msg("Locks waited for"),
            msg(
                "Locks asked for and not granted, by mode. AccessExclusiveLock changes a table's definition and blocks everybody."
            ),
            unit="none",
            ours=(ours_sum("tenfold_postgres_locks_waited", "{{target}} {{mode}}", "mode"),),
            stacked=True,
            width=12,
            links=(POSTGRES,),
        ),
        time_series(
            msg("Locks held"),
            msg("Locks granted, by mode."),
            unit="none",
            ours=(ours_sum("tenfold_postgres_locks_held", "{{target}} {{mode}}", "mode"),),
            width=12,
        ),
        state_timeline(
            msg("Blocked"),
            msg("When sessions waited for a lock of another."),
            unit="none",
            ours=(Query(f"clamp_max(sum by (mall, target) ({_LOCK}), 1)", TARGET),),
            words=BLOCKED_OR_FREE,
            width=12,
        ),
    ),
)
