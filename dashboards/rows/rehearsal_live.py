"""The round that is running, as the load generator tells it."""

from dashboards.board import Query, Row, Step
from dashboards.links import HOSTS, MALL, POSTGRES
from dashboards.panel import stat, time_series
from facts.message import msg

_ROUND = "{{round}}"
_FAILED = "sum by (round) (rate(tenfold_round_requests_failed_total[$__rate_interval]))"
_SCHEDULED = "sum by (round) (rate(tenfold_round_requests_total[$__rate_interval]))"
_NO_ROUND = msg("no round is running")


def _percentile(share: str) -> str:
    return (
        f"histogram_quantile({share}, sum by (round, le)"
        " (rate(tenfold_round_request_duration_seconds_bucket[$__rate_interval])))"
    )


ROW = Row(
    msg("The running round"),
    (
        stat(
            msg("Answered"),
            msg("Requests answered in the last second."),
            unit="reqps",
            ours=(Query("sum by (round) (tenfold_round_achieved_requests_per_second)", _ROUND),),
            nothing=_NO_ROUND,
        ),
        stat(
            msg("Failed"),
            msg("Share of the requests that failed; those never sent count among them."),
            unit="percentunit",
            ours=(Query(f"{_FAILED} / ({_SCHEDULED} > 0)", _ROUND),),
            steps=(Step(0.01, "orange"), Step(0.02, "red")),
            nothing=_NO_ROUND,
            links=(MALL,),
        ),
        stat(
            msg("95th percentile"),
            msg("Of the latency from the moment at which a request was due: waiting in the generator counts."),
            unit="s",
            ours=(Query(_percentile("0.95"), _ROUND),),
            steps=(Step(0.5, "orange"), Step(1, "red")),
            nothing=_NO_ROUND,
            links=(MALL,),
        ),
        stat(
            msg("Waiting"),
            msg("Requests that are due and not yet answered. When they only rise, the mall is past its knee."),
            unit="none",
            ours=(Query("sum by (round) (tenfold_round_waiting_requests)", _ROUND),),
            nothing=_NO_ROUND,
        ),
        stat(
            msg("Never sent"),
            msg("Requests a second that were dropped because too many waited already."),
            unit="reqps",
            ours=(Query("sum by (round) (rate(tenfold_round_requests_dropped_total[$__rate_interval]))", _ROUND),),
            steps=(Step(0.001, "red"),),
            nothing=_NO_ROUND,
        ),
        stat(
            msg("The generator's own delay"),
            msg(
                "99th percentile in the last second. Where it is large, the generator is the limit and the round is invalid."
            ),
            unit="s",
            ours=(Query("max by (round) (tenfold_round_schedule_lag_seconds)", _ROUND),),
            steps=(Step(0.05, "orange"), Step(0.1, "red")),
            nothing=_NO_ROUND,
        ),
        time_series(
            msg("Offered and answered"),
            msg("Requests due and requests answered, each second. The mall's capacity is where they part."),
            unit="reqps",
            ours=(
                Query(
                    "sum by (round) (tenfold_round_offered_requests_per_second)",
                    msg("{target} offered", target=_ROUND),
                ),
                Query(
                    "sum by (round) (tenfold_round_achieved_requests_per_second)",
                    msg("{target} answered", target=_ROUND),
                ),
            ),
            nothing=_NO_ROUND,
            links=(HOSTS, POSTGRES),
        ),
        time_series(
            msg("Latency"),
            msg("Percentiles over all endpoints, from the moment at which a request was due."),
            unit="s",
            ours=tuple(
                Query(_percentile(share), f"{_ROUND} p{name}")
                for share, name in (("0.5", "50"), ("0.95", "95"), ("0.99", "99"))
            ),
            nothing=_NO_ROUND,
        ),
        time_series(
            msg("Requests that wait"),
            msg("Requests due and not yet answered, at the end of each second."),
            unit="none",
            ours=(Query("sum by (round) (tenfold_round_waiting_requests)", _ROUND),),
            nothing=_NO_ROUND,
        ),
        time_series(
            msg("95th percentile by endpoint"),
            msg("Of each second's latencies. What rises first is what breaks first."),
            unit="s",
            ours=(
                Query(
                    'max by (round, endpoint) (tenfold_round_endpoint_latency_seconds{percentile="95"})',
                    "{{round}} {{endpoint}}",
                ),
            ),
            many=True,
            nothing=_NO_ROUND,
            width=12,
            links=(MALL,),
        ),
        time_series(
            msg("Failures by endpoint"),
            msg("Requests a second that failed."),
            unit="reqps",
            ours=(
                Query(
                    "sum by (round, endpoint) (rate(tenfold_round_requests_failed_total[$__rate_interval]))",
                    "{{round}} {{endpoint}}",
                ),
            ),
            many=True,
            nothing=_NO_ROUND,
            width=12,
            links=(MALL,),
        ),
    ),
)
