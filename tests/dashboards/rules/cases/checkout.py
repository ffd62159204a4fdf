"""The checkout's cases."""

from collections.abc import Iterator, Mapping
from functools import partial

from tests.dashboards.rules.case import About, Case, series
from tests.dashboards.rules.cases import burning
from tests.dashboards.rules.cases.storefront import SITE, answered, timed


def _begun(checkouts: str, orders: str) -> Mapping[str, str]:
    return {
        series("tenfold_mall_checkouts_total", target="orders"): checkouts,
        series("tenfold_mall_orders_total", target="orders"): orders,
    }


def _cases() -> Iterator[Case]:
    yield from burning.cases("CheckoutErrors", partial(answered, "GET /checkout"), 0.002, target=SITE)
    for endpoint in ("GET /pay/{id}", "POST /store/carts/{id}/complete", "POST /orders"):
        yield About("CheckoutErrors", "urgent", at="2h", labels={"target": SITE}).fires(
            f"{endpoint} is one of its pages", answered(endpoint, "0+100x120", "0+10x120")
        )
    for endpoint in ("GET /p/{id}", "GET /orders", "GET /payday"):
        yield About("CheckoutErrors", "urgent", at="2h").quiet(
            f"{endpoint} is no page of the checkout", answered(endpoint, "0+1x120", "0+100x120")
        )
    yield from burning.cases("CheckoutSlow", partial(timed, "GET /pay/{id}", "2.5"), 0.05, target=SITE)
    about = About("CheckoutsWithoutOrders", "urgent", at="27h", every="5m")
    yield about.fires("four in five no longer become orders", _begun("0+20x330", "0+16x300 4800+2x30"))
    yield about.quiet("they always did so seldom", _begun("0+20x330", "0+2x330"))
    yield about.quiet("hardly anybody begins one", _begun("0+1x330", "0+0.8x300 240+0.1x30"))


CASES = tuple(_cases())
