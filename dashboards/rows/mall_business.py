"""Orders, payments, carts, stock, refunds, queues: what the mall declares in its configuration."""

from dashboards.board import Query, Row, Step
from dashboards.links import STATEMENTS
from dashboards.panel import time_series
from dashboards.rows.mall_now import ORDERS, PAYMENT_SUCCESS, PAYMENTS_WANTED
from facts.message import msg

_NO_FIGURE = msg("no figure")
_MALL = "{{mall}}"


def _per_minute(metric: str, *by: str) -> str:
    return f"60 * sum by ({', '.join(('mall', *by))}) (rate(tenfold_mall_{metric}_total[$__rate_interval]))"


ROW = Row(
    msg("Orders and payments"),
    (
        time_series(
            msg("Orders and checkouts"),
            msg(
                "Each minute. Checkouts without orders: shoppers give up, look at the payments. Needs orders_total and checkouts_total."
            ),
            unit="none",
            ours=(
                Query(ORDERS, msg("{mall} orders", mall=_MALL)),
                Query(_per_minute("checkouts"), msg("{mall} checkouts", mall=_MALL)),
            ),
            nothing=_NO_FIGURE,
            links=(STATEMENTS,),
        ),
        time_series(
            msg("Payments that succeed"),
            msg("Share of the payments that were paid, by channel; the line is 98 %. Needs payments_total."),
            unit="percentunit",
            ours=(Query(PAYMENT_SUCCESS, "{{channel}}"),),
            base="red",
            steps=(Step(PAYMENTS_WANTED, "green"),),
            limit=1,
            nothing=_NO_FIGURE,
        ),
        time_series(
            msg("Payments"),
            msg("Each minute, by channel and outcome. A channel that falls silent is down too. Needs payments_total."),
            unit="none",
            ours=(Query(_per_minute("payments", "channel", "outcome"), "{{channel}} {{outcome}}"),),
            nothing=_NO_FIGURE,
        ),
        time_series(
            msg("Open carts"),
            msg("Carts with something in them. Needs carts."),
            unit="none",
            ours=(Query("sum by (mall) (tenfold_mall_carts)", _MALL),),
            nothing=_NO_FIGURE,
            width=6,
        ),
        time_series(
            msg("Queues"),
            msg(
                "What waits in each queue. A queue that only rises is one whose workers are too few or dead. Needs queue_depth."
            ),
            unit="none",
            ours=(Query("sum by (mall, queue) (tenfold_mall_queue_depth)", "{{queue}}"),),
            nothing=_NO_FIGURE,
            width=6,
        ),
        time_series(
            msg("Refunds"),
            msg("Each minute. Needs refunds_total."),
            unit="none",
            ours=(Query(_per_minute("refunds"), _MALL),),
            nothing=_NO_FIGURE,
            width=6,
        ),
        time_series(
            msg("Out of stock"),
            msg("Products on sale without stock. Needs products_out_of_stock."),
            unit="none",
            ours=(Query("sum by (mall) (tenfold_mall_products_out_of_stock)", _MALL),),
            nothing=_NO_FIGURE,
            width=6,
        ),
    ),
)
