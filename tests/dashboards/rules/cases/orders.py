"""The orders' cases."""

from collections.abc import Iterator, Mapping

from tests.dashboards.rules.case import About, Case, series

_TWO_WEEKS = 14 * 86_400


def _orders(values: str) -> Mapping[str, str]:
    return {series("tenfold_mall_orders_total", target="orders"): values}


def _cases() -> Iterator[Case]:
    stuck = series("tenfold_mall_orders_stuck", target="orders")
    for severity, many, few in (("urgent", 60, 40), ("important", 7, 4)):
        about = About("OrdersStuck", severity, at="3h", labels={"target": "orders"})
        yield about.fires("more than ever", {stuck: f"0+0x160 {many}+0x40"})
        yield about.fires("nobody knows what is usual", {stuck: f"{many}+0x40"}, at="20m")
        yield about.quiet("as many as always", {stuck: f"{many}+0x200"})
        yield about.quiet("few", {stuck: f"0+0x160 {few}+0x40"})
    for severity, now, above in (("urgent", 1, 3), ("important", 4, 6)):
        about = About("OrdersFall", severity, at="2w2h", every="10m")
        yield about.fires("far fewer than in past weeks", _orders(f"0+20x2016 40320+{2 * now}x12"))
        yield about.quiet("not so few", _orders(f"0+20x2016 40320+{2 * above}x12"))
        yield about.quiet("there were never many", _orders("0+1x2016 2016+0.01x12"))
        yield about.quiet("one week tells nothing", _orders("0+20x1008 20160+1x12"), at="1w2h")
    about = About("OrdersSurge", "normal", at="2w2h", every="10m")
    surge = _orders("0+20x2016 40320+100x12")
    starts = series("tenfold_promotion_start_timestamp_seconds", target="tenfold", promotion="11.11")
    yield about.fires("five times as many", surge)
    yield about.fires("the promotion is yet to come", {**surge, starts: f"{_TWO_WEEKS + 86_400}+0x2030"})
    yield about.quiet("it is the promotion", {**surge, starts: f"{_TWO_WEEKS}+0x2030"})
    yield about.quiet("twice as many", _orders("0+20x2016 40320+40x12"))
    about = About("QueueGrows", "important", at="26h", every="5m", labels={"target": "orders", "queue": "shipping"})
    depth = series("tenfold_mall_queue_depth", target="orders", queue="shipping")
    yield about.fires("it grows", {depth: "10+0x300 10+50x20"})
    yield about.quiet("it is long and becomes shorter", {depth: "10+0x300 1000-40x20"})
    yield about.quiet("it is always so long", {depth: "500+0.1x320"})
    yield about.quiet("it is short", {depth: "1+0x300 1+3x20"})


CASES = tuple(_cases())
