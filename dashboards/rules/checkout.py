"""The checkout: from the cart to the payment, where each failure is an order at risk."""

from dashboards.rules import burn
from dashboards.rules.objectives import Objectives
from dashboards.rules.places import LABELS, SHARE
from dashboards.rules.rule import Alert, Group, Recording, Severity
from dashboards.rules.storefront import errors, slowness
from facts.message import msg

# Pages of the checkout and of the payment, and the requests that place an order, whatever stands before them in the path.
_PAGES = "checkout|checkouts|cashier|pay|payment|payments|place-order"
CHECKOUT = f'endpoint=~"[A-Z]+ /(.+/)?({_PAGES})(/.*)?|(POST|PUT) /(.+/)?(order|orders|cart|carts)(/.*)?"'
_SHARE = "mall:tenfold_mall_orders_per_checkout:ratio_rate30m"


def group(objectives: Objectives) -> Group:
    """The checkout's rules."""
    failing = errors("tenfold_checkout_errors", CHECKOUT)
    slow = slowness("tenfold_checkout_slow", CHECKOUT, objectives.checkout_latency)
    return Group(
        name="checkout",
        interval=burn.INTERVAL,
        about=msg("The checkout: from the cart to the payment, where each failure is an order at risk."),
        recordings=(
            *burn.recordings(failing),
            *burn.recordings(slow),
            Recording(
                record=_SHARE,
                expr="sum by (mall) (rate(tenfold_mall_orders_total[30m]))\n/\n"
                "(sum by (mall) (rate(tenfold_mall_checkouts_total[30m])) > 0)",
            ),
        ),
        alerts=(
            *burn.alerts(
                failing,
                objectives.checkout,
                "CheckoutErrors",
                msg("{mall}: too many requests of the checkout of {target} end with a server error", **LABELS),
            ),
            *burn.alerts(
                slow,
                objectives.checkout_latency,
                "CheckoutSlow",
                msg("{mall}: too many requests of the checkout of {target} are slow", **LABELS),
            ),
            Alert(
                name="CheckoutsWithoutOrders",
                expr=f"{_SHARE} < 0.4 * avg_over_time({_SHARE}[1w] offset 1h)\n"
                "and sum by (mall) (increase(tenfold_mall_checkouts_total[30m])) >= 40",
                lasts="5m",
                severity=Severity.URGENT,
                summary=msg("{mall}: checkouts are begun and do not become orders", **LABELS),
                description=msg(
                    "{value} of the checkouts of the last half hour became orders, less than 0.4 times the past week's share.",
                    value=SHARE,
                ),
            ),
        ),
    )
