"""Is what was promised kept, and how long does it take?"""

from dashboards.board import Query, Row, Step
from dashboards.panel import time_series
from dashboards.rows.tickets_now import BROKEN
from facts.message import msg

_URGENCY = "{{urgency}}"


def _promises(result: str) -> str:
    return f"sum by (mall, urgency) (max by (mall, clock, urgency, result) (increase(tenfold_ticket_sla_total{result}[$__rate_interval])))"


def _percentile(share: str, metric: str) -> str:
    return f"histogram_quantile({share}, max by (mall, urgency, le) (rate({metric}_bucket[$__rate_interval])))"


ROW = Row(
    msg("Promises"),
    (
        time_series(
            msg("Promises kept"),
            msg(
                "Share of the promises that were decided in each interval, by urgency. Without a decision there is a gap."
            ),
            unit="percentunit",
            ours=(Query(_promises('{result="kept"}') + " / (" + _promises("") + " > 0)", _URGENCY),),
            base="red",
            steps=(Step(0.9, "orange"), Step(0.99, "green")),
            limit=1,
            links=(BROKEN,),
        ),
        time_series(
            msg("Broken promises, by what was promised"),
            msg("How many in each interval: first response, plan, fix."),
            unit="none",
            ours=(
                Query(
                    'max by (mall, clock, urgency) (increase(tenfold_ticket_sla_total{result="broken"}[$__rate_interval]))',
                    "{{urgency}} {{clock}}",
                ),
            ),
            stacked=True,
            links=(BROKEN,),
        ),
        time_series(
            msg("Opened"),
            msg("Tickets opened in each interval, by urgency."),
            unit="none",
            ours=(
                Query("max by (mall, urgency) (increase(tenfold_tickets_opened_total[$__rate_interval]))", _URGENCY),
            ),
            stacked=True,
        ),
        time_series(
            msg("Time to the first response"),
            msg(
                "Nine of ten got one within, by the clock on the wall. An urgent ticket is promised one within 30 minutes."
            ),
            unit="s",
            ours=(Query(_percentile("0.9", "tenfold_ticket_response_seconds"), _URGENCY),),
            width=12,
        ),
        time_series(
            msg("Time to the solution"),
            msg("Nine of ten were solved within, by the clock on the wall; pauses and nights are in it."),
            unit="s",
            ours=(Query(_percentile("0.9", "tenfold_ticket_resolution_seconds"), _URGENCY),),
            width=12,
        ),
    ),
)
