"""Which statements the database's time goes to."""

from dashboards.board import Query, Row
from dashboards.links import FINDINGS, rule
from dashboards.panel import bar_gauge, stat, text, time_series
from facts.message import msg

_FAMILY = "{{database}} {{family}}"
_BY = "sum by (mall, target, database, family)"


def _rate(metric: str) -> str:
    return f"{_BY} (rate(tenfold_postgres_statement_{metric}_total[$__rate_interval]))"


ROW = Row(
    msg("Statement families"),
    (
        bar_gauge(
            msg("Time now"),
            msg(
                "Mean number of sessions that run each family: the ten most costly. What stands first is worth the first index."
            ),
            unit="none",
            ours=(Query(f"topk(10, {_rate('seconds')})", _FAMILY),),
            slow=True,
            height=9,
            links=(FINDINGS, rule("IDX001"), rule("SQL001")),
        ),
        time_series(
            msg("Time by family"),
            msg(
                "Mean number of sessions that run each family. The busiest have a line of their own, the others are `other`."
            ),
            unit="none",
            ours=(Query(_rate("seconds"), _FAMILY),),
            stacked=True,
            many=True,
            slow=True,
            width=16,
            height=9,
            links=(FINDINGS,),
        ),
        time_series(
            msg("Calls by family"),
            msg("Calls a second; the ten most frequent. Thousands from one page are a query in a loop."),
            unit="ops",
            ours=(Query(f"topk(10, {_rate('calls')})", _FAMILY),),
            many=True,
            slow=True,
            width=12,
            links=(rule("SQL002"), rule("CCH001")),
        ),
        time_series(
            msg("Time for one call"),
            msg("Mean; the ten slowest that were called. It rises before the mall stands still."),
            unit="s",
            ours=(Query(f"topk(10, {_rate('seconds')} / ({_rate('calls')} > 0))", _FAMILY),),
            many=True,
            slow=True,
            width=12,
            links=(rule("SQL001"), rule("IDX001")),
        ),
        time_series(
            msg("Blocks asked of the system"),
            msg("Blocks a second that each family did not find in shared buffers; the ten with the most."),
            unit="ops",
            ours=(Query(f"topk(10, {_rate('blocks_read')})", _FAMILY),),
            many=True,
            slow=True,
            width=12,
            links=(rule("IDX001"),),
        ),
        time_series(
            msg("Rows for one call"),
            msg("Mean number of rows that a call gives or changes; the ten with the most. A page shows some dozens."),
            unit="none",
            ours=(Query(f"topk(10, {_rate('rows')} / ({_rate('calls')} > 0))", _FAMILY),),
            many=True,
            slow=True,
            width=12,
            links=(rule("SQL003"),),
        ),
        stat(
            msg("Families without a line of their own"),
            msg("Families that are counted as `other`, because the number of lines is bounded."),
            unit="none",
            ours=(
                Query("max by (mall, target, database) (tenfold_postgres_statement_families_folded)", "{{database}}"),
            ),
            width=8,
        ),
        text(
            msg("What a family is"),
            msg("How to come from a number to the statement."),
            msg(
                "A family is a statement without its values, under the number that PostgreSQL gives it (`queryid`). Texts are never"
                " labels: they would carry your customers' data into Prometheus.\n\nThe statement itself:"
                " `SELECT query FROM pg_stat_statements WHERE queryid = …`, or the report of `tenfold audit`, which also says what to do."
            ),
            unit="none",
            width=16,
            height=4,
        ),
    ),
)
