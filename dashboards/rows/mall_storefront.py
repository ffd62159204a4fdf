"""The storefront by endpoint: how many requests, how many errors, how long."""

from dashboards.board import Query, Row, Step
from dashboards.links import POSTGRES, STATEMENTS, rule
from dashboards.panel import time_series
from dashboards.rows.mall_now import percentile
from facts.message import msg

_BY = "sum by (mall, endpoint)"

ROW = Row(
    msg("Storefront"),
    (
        time_series(
            msg("Requests"),
            msg("Requests a second, by endpoint."),
            unit="reqps",
            ours=(Query(f"{_BY} (rate(tenfold_front_requests_total[$__rate_interval]))", "{{endpoint}}"),),
            stacked=True,
            height=8,
        ),
        time_series(
            msg("Errors"),
            msg("Share of the requests that were answered with a server error, by endpoint."),
            unit="percentunit",
            ours=(
                Query(
                    f'{_BY} (rate(tenfold_front_requests_total{{class="5xx"}}[$__rate_interval]))'
                    f" / ({_BY} (rate(tenfold_front_requests_total[$__rate_interval])) > 0)",
                    "{{endpoint}}",
                ),
            ),
            steps=(Step(0.02, "red"),),
            height=8,
            links=(POSTGRES,),
        ),
        time_series(
            msg("95th percentile"),
            msg("By endpoint; needs a log format with the time of each request."),
            unit="s",
            ours=(Query(percentile("0.95", "endpoint"), "{{endpoint}}"),),
            steps=(Step(1, "red"),),
            height=8,
            links=(STATEMENTS, rule("CAP001")),
        ),
        time_series(
            msg("The page, as a shopper meets it"),
            msg("Time for the configured page, asked for once a scrape."),
            unit="s",
            ours=(Query("max by (mall, target) (tenfold_front_page_seconds)", "{{target}}"),),
            links=(POSTGRES,),
        ),
        time_series(
            msg("Bandwidth"),
            msg("Bytes a second of bodies sent, by storefront."),
            unit="Bps",
            ours=(
                Query("sum by (mall, target) (rate(tenfold_front_sent_bytes_total[$__rate_interval]))", "{{target}}"),
            ),
        ),
        time_series(
            msg("Refused"),
            msg(
                "Requests a second that were answered with a mistake of the client's: a wave of them is a robot or a broken link."
            ),
            unit="reqps",
            ours=(
                Query(f'{_BY} (rate(tenfold_front_requests_total{{class="4xx"}}[$__rate_interval]))', "{{endpoint}}"),
            ),
        ),
    ),
)
