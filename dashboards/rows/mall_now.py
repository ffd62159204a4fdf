"""Is the mall well, and where not: what is read within ten seconds."""

from dashboards.board import Query, Row, Step
from dashboards.links import FINDINGS, HOSTS, POSTGRES, REDIS, rule
from dashboards.panel import stat
from facts.message import msg

REQUESTS = "sum by (mall) (rate(tenfold_front_requests_total[$__rate_interval]))"
_WITHOUT_ERROR = 'sum by (mall) (rate(tenfold_front_requests_total{class!="5xx"}[$__rate_interval]))'
SUCCESS = f"{_WITHOUT_ERROR} / ({REQUESTS} > 0)"
ORDERS = "60 * sum by (mall) (rate(tenfold_mall_orders_total[$__rate_interval]))"
_PAID = 'sum by (mall, channel) (rate(tenfold_mall_payments_total{outcome="paid"}[$__rate_interval]))'
_TRIED = "sum by (mall, channel) (rate(tenfold_mall_payments_total[$__rate_interval]))"
PAYMENT_SUCCESS = f"{_PAID} / ({_TRIED} > 0)"
# What the field holds itself to on the day of a promotion.
PAYMENTS_WANTED = 0.98


def percentile(share: str, *by: str) -> str:
    """Of the storefront's times."""
    return (
        f"histogram_quantile({share}, sum by ({', '.join(('mall', *by, 'le'))})"
        " (rate(tenfold_front_request_duration_seconds_bucket[$__rate_interval])))"
    )


ROW = Row(
    msg("Is the mall well?"),
    (
        stat(
            msg("Down"),
            msg(
                "What did not answer the last scrape: databases, caches, machines, storefronts, and who watches them. 0 is well."
            ),
            unit="none",
            ours=(
                Query("sum(1 - tenfold_postgres_up)", msg("databases")),
                Query("sum(1 - tenfold_redis_up)", msg("caches")),
                Query("sum(1 - tenfold_host_up)", msg("machines")),
                Query("sum(1 - tenfold_front_up)", msg("storefronts")),
                # One that is gone has no series of its own, but its job has, as long as another of its exporters is there.
                Query("sum(1 - (up and on (job) tenfold_exporter_info))", msg("exporters")),
            ),
            theirs=(
                Query("sum(1 - pg_up)", msg("databases")),
                Query("sum(1 - redis_up)", msg("caches")),
                Query("sum(1 - (up and on (job) node_uname_info))", msg("machines")),
                Query("sum(1 - (up and on (job) (pg_up or redis_up)))", msg("exporters")),
            ),
            steps=(Step(1, "red"),),
            nothing=msg("nobody watches"),
            alarming=True,
            width=5,
            height=5,
            links=(POSTGRES, REDIS, HOSTS),
        ),
        stat(
            msg("Storefront without errors"),
            msg("Share of the storefront's requests that were not answered with a server error."),
            unit="percentunit",
            ours=(Query(SUCCESS, "{{mall}}"),),
            base="red",
            steps=(Step(0.98, "orange"), Step(0.995, "green")),
            width=4,
            height=5,
            links=(POSTGRES, HOSTS),
        ),
        stat(
            msg("Storefront, 95th percentile"),
            msg("19 of 20 requests were answered faster."),
            unit="s",
            ours=(Query(percentile("0.95"), "{{mall}}"),),
            steps=(Step(0.5, "orange"), Step(1, "red")),
            width=4,
            height=5,
            links=(POSTGRES, rule("CAP001")),
        ),
        stat(
            msg("Orders a minute"),
            msg("Orders placed. Needs `[[metric]]` orders_total in the configuration."),
            unit="none",
            ours=(Query(ORDERS, "{{mall}}"),),
            nothing=msg("no figure"),
            width=4,
            height=5,
            links=(POSTGRES,),
        ),
        stat(
            msg("Payments that succeed"),
            msg(
                "Share of the payments that were paid, by channel. Below 98 %, change the channel. Needs `[[metric]]` payments_total."
            ),
            unit="percentunit",
            ours=(Query(PAYMENT_SUCCESS, "{{channel}}"),),
            base="red",
            steps=(Step(PAYMENTS_WANTED, "orange"), Step(0.99, "green")),
            nothing=msg("no figure"),
            width=4,
            height=5,
        ),
        stat(
            msg("Orders that are stuck"),
            msg("Orders that wait longer than they should. Needs `[[metric]]` orders_stuck."),
            unit="none",
            ours=(Query("sum by (mall) (tenfold_mall_orders_stuck)", "{{mall}}"),),
            steps=(Step(1, "orange"), Step(10, "red")),
            nothing=msg("no figure"),
            width=3,
            height=5,
            links=(FINDINGS,),
        ),
    ),
)
