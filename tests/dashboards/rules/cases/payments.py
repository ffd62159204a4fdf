"""The payments' cases."""

from collections.abc import Iterator, Mapping
from functools import partial

from tests.dashboards.rules.case import About, Case, series
from tests.dashboards.rules.cases import burning


def _payments(channel: str, paid: str, failed: str = "") -> Mapping[str, str]:
    name = "tenfold_mall_payments_total"
    found = {series(name, target="orders", channel=channel, outcome="paid"): paid}
    return found | ({series(name, target="orders", channel=channel, outcome="failed"): failed} if failed else {})


def _cases() -> Iterator[Case]:
    yield from burning.cases("PaymentsFail", partial(_payments, "alipay"), 0.02, channel="alipay")
    about = About("PaymentsFail", "urgent", at="2h", labels={"channel": "wechat"})
    midnight = "0+10x90 0+10x60"
    yield about.fires(
        "one channel of two, and midnight in between",
        {**_payments("alipay", midnight, "0+0.1x90 0+0.1x60"), **_payments("wechat", midnight, "0+8x90 0+8x60")},
    )
    about = About("PaymentChannelSilent", "urgent", at="6h", every="1m", labels={"channel": "wechat"})
    goes_on = _payments("alipay", "0+10x400")
    yield about.fires("the other goes on", {**goes_on, **_payments("wechat", "0+10x330 3300+0x70")})
    yield about.fires("midnight has taken its series away", {**goes_on, **_payments("wechat", "0+10x330 _x70")})
    yield about.quiet(
        "the others are silent too",
        {**_payments("alipay", "0+10x330 3300+0x70"), **_payments("wechat", "0+10x330 3300+0x70")},
    )
    yield about.quiet("it never had many", {**goes_on, **_payments("wechat", "0+0.1x330 33+0x70")})
    yield about.quiet("it goes on", {**goes_on, **_payments("wechat", "0+10x400")})
    about = About("PaymentsStopped", "urgent", at="6h")
    orders = {series("tenfold_mall_orders_total", target="orders"): "0+10x400"}
    yield about.fires("orders go on", {**orders, **_payments("wechat", "0+10x330 3300+0x70")})
    yield about.fires("midnight has taken the series away", {**orders, **_payments("wechat", "0+10x330 _x70")})
    yield about.quiet(
        "no orders either",
        {**dict.fromkeys(orders, "0+10x330 3300+0x70"), **_payments("wechat", "0+10x330 3300+0x70")},
    )
    yield about.quiet(
        "one channel goes on",
        {**orders, **_payments("wechat", "0+10x330 3300+0x70"), **_payments("alipay", "0+10x400")},
    )
    yield about.quiet("payments were never declared", orders)


CASES = tuple(_cases())
