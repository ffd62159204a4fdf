"""The payment channels, each by itself: one that fails is to be switched off before its shoppers leave."""

from dashboards.rules import burn
from dashboards.rules.objectives import Objectives
from dashboards.rules.places import COUNT, LABELS
from dashboards.rules.rule import Alert, Group, Recording, Severity
from facts.message import msg

_BY = ("mall", "channel")
_PAYMENTS = "tenfold_mall_payments_total"
_PAID = 'outcome="paid"'
_RECENT = "mall_channel:tenfold_mall_payments_paid:increase15m"
_DAY = "mall_channel:tenfold_mall_payments_paid:rate1d"


def group(objectives: Objectives) -> Group:
    """The payments' rules."""
    failed = burn.summed(_BY, _PAYMENTS, 'outcome="failed"')
    total = burn.summed(_BY, _PAYMENTS, 'outcome=~"paid|failed"')
    failing = burn.Indicator(
        name="tenfold_payments_failed",
        by=_BY,
        # Before the first failure of the day there is no row that says 0.
        bad=lambda function, window: f"{failed(function, window)}\nor 0 * {total(function, window)}",
        total=total,
    )
    return Group(
        name="payments",
        interval=burn.INTERVAL,
        about=msg(
            "The payment channels, each by itself: one that fails is to be switched off before its shoppers leave."
        ),
        recordings=(
            *burn.recordings(failing),
            Recording(record=_RECENT, expr=burn.summed(_BY, _PAYMENTS, _PAID)("increase", "15m")),
            Recording(record=_DAY, expr=burn.summed(_BY, _PAYMENTS, _PAID)("rate", "1d")),
        ),
        alerts=(
            *burn.alerts(
                failing,
                objectives.payments,
                "PaymentsFail",
                msg("{mall}: too many payments through {channel} fail", **LABELS),
            ),
            Alert(
                name="PaymentChannelSilent",
                # What the channel should have had: its share of the day, of all that was paid just now.
                expr=f"{_DAY}\n/ on (mall) group_left () sum by (mall) ({_DAY})\n"
                f"* on (mall) group_left () sum by (mall) ({_RECENT})\n>= 10\nunless {_RECENT} > 0",
                lasts="2m",
                severity=Severity.URGENT,
                summary=msg("{mall}: nothing is paid through {channel} any more, while the others go on", **LABELS),
                description=msg(
                    "By its share of the day {value} payments were due in the last 15 minutes. There was none.",
                    value=COUNT,
                ),
            ),
            Alert(
                name="PaymentsStopped",
                expr="sum by (mall) (increase(tenfold_mall_orders_total[15m])) >= 20\n"
                f"unless sum by (mall) ({_RECENT}) > 0\nand sum by (mall) ({_DAY}) > 0",
                lasts="2m",
                severity=Severity.URGENT,
                summary=msg("{mall}: orders come in and nothing is paid, through any channel", **LABELS),
                description=msg("{value} orders in the last 15 minutes, and not one payment.", value=COUNT),
            ),
        ),
    )
