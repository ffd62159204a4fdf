"""Back-office pages: rare, heavier, and not multiplied by a promotion."""

from starlette.requests import Request
from starlette.responses import Response

from mall.shopfront.html import items, page
from mall.shopfront.state import Shop


def orders(request: Request) -> Response:
    """The newest orders of one merchant, and how many there are."""
    shop: Shop = request.app.state.shop
    merchant = int(request.query_params.get("merchant", "1"))
    route = "/admin/orders"
    with shop.staff_pool.connection() as connection:
        rows = shop.rows_on(
            connection, route,
            "SELECT id, order_status, total_cents, placed_at FROM orders WHERE merchant_id = %s ORDER BY placed_at DESC LIMIT %s",
            (merchant, 50),
        )  # fmt: skip
        count = shop.rows_on(connection, route, "SELECT count(*) FROM orders WHERE merchant_id = %s", (merchant,))
    return page("订单管理", f"<p>{count[0][0]}</p>" + items(str(row) for row in rows))


def report(request: Request) -> Response:
    """Turnover by day: reads every order of the last month."""
    shop: Shop = request.app.state.shop
    with shop.staff_pool.connection() as connection:
        rows = shop.rows_on(
            connection, "/admin/report",
            "SELECT date_trunc('day', placed_at), count(*), sum(total_cents) FROM orders "
            "WHERE placed_at > timestamptz '2026-10-25' GROUP BY 1 ORDER BY 1 LIMIT %s",
            (40,),
        )  # fmt: skip
    return page("日报", items(str(row) for row in rows))
