"""Orders: those that are stuck, and a number that this hour of the week does not have."""

from dashboards.rules.places import COUNT, LABELS, NUMBER
from dashboards.rules.rule import Alert, Group, Severity, once
from dashboards.rules.usual import usual
from facts.message import msg

_NOW = "mall:tenfold_mall_orders:rate30m"
_USUAL = f"{_NOW}_usual"
_STUCK = once("tenfold_mall_orders_stuck")
_DEPTH = once("tenfold_mall_queue_depth")
# A promotion is meant to bring more; three days, since its last hours count too.
_PROMOTION = "(time() - tenfold_promotion_start_timestamp_seconds >= 0 and time() - tenfold_promotion_start_timestamp_seconds < 3 * 86400)"


def _stuck(severity: Severity, least: int) -> Alert:
    return Alert(
        name="OrdersStuck",
        expr=f"{_STUCK} >= {least}\nunless\n{_STUCK}\n<= 2 * "
        + once("quantile_over_time(0.5, tenfold_mall_orders_stuck[1w] offset 1h)"),
        lasts="10m",
        severity=severity,
        summary=msg("{mall}: orders are stuck", **LABELS),
        description=msg(
            "{value} orders wait longer than they should, more than twice as many as in the past week.", value=COUNT
        ),
    )


def _fall(severity: Severity, share: float, least: int) -> Alert:
    return Alert(
        name="OrdersFall",
        expr=f"{_NOW} < {share} * {_USUAL}\nand {_USUAL} * 1800 >= {least}",
        lasts="10m",
        severity=severity,
        summary=msg("{mall}: far fewer orders than usual at this hour", **LABELS),
        description=msg("{value} orders a second, against the same half hour in past weeks.", value=NUMBER),
    )


GROUP = Group(
    name="orders",
    about=msg("Orders: those that are stuck, and a number that this hour of the week does not have."),
    recordings=usual("mall", "tenfold_mall_orders", "sum by (mall) (rate(tenfold_mall_orders_total[30m]))"),
    alerts=(
        _stuck(Severity.URGENT, 50),
        _stuck(Severity.IMPORTANT, 5),
        _fall(Severity.URGENT, 0.2, 20),
        _fall(Severity.IMPORTANT, 0.5, 40),
        Alert(
            name="OrdersSurge",
            expr=f"{_NOW} > 3 * {_USUAL}\nand {_NOW} * 1800 >= 60\nunless on (mall) {_PROMOTION}",
            lasts="10m",
            severity=Severity.NORMAL,
            summary=msg("{mall}: far more orders than usual at this hour, and no promotion", **LABELS),
            description=msg(
                "{value} orders a second, more than three times the same half hour in past weeks.", value=NUMBER
            ),
        ),
        Alert(
            name="QueueGrows",
            expr=f"{_DEPTH} >= 100\nand {once('deriv(tenfold_mall_queue_depth[30m])')} > 0\nunless\n{_DEPTH}\n<= 4 * "
            + once("avg_over_time(tenfold_mall_queue_depth[1d] offset 1h)"),
            lasts="15m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the queue {queue} grows", **LABELS),
            description=msg("{value} wait in it, more than four times the past day's mean, and it grows.", value=COUNT),
        ),
    ),
)
