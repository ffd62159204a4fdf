"""Login, sessions and the order history."""

import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mall.shopfront.html import items, link, money, page
from mall.shopfront.state import SESSION_SECONDS, Row, Shop

PAGE = 20


def login(request: Request) -> Response:
    """Logs a shopper in by e-mail or phone and opens a session in the cache."""
    shop: Shop = request.app.state.shop
    account = request.query_params.get("account", "")
    found = (
        _by_email(shop, account)
        if "@" in account
        else shop.rows("/login", "SELECT id, full_name FROM users WHERE phone = %s", (account,))
    )
    if not found:
        return page("登录失败 Login failed", "", status=401)
    user = found[0][0]
    session = secrets.token_hex(16)
    lifetime = None if shop.switches.redis_no_ttl else SESSION_SECONDS
    shop.cache.set(f"session:{session}", json.dumps({"user": user}), ex=lifetime)
    shop.rows("/login", "INSERT INTO login_log (user_id, client_ip) VALUES (%s, %s)", (user, "127.0.0.1"))
    answer = RedirectResponse("/orders", status_code=303)
    answer.set_cookie("sid", session)
    return answer


def _by_email(shop: Shop, address: str) -> list[Row]:
    if shop.switches.function_on_column:
        return shop.rows("/login", "SELECT id, full_name FROM users WHERE lower(email) = %s", (address.lower(),))
    return shop.rows("/login", "SELECT id, full_name FROM users WHERE email = %s", (address.lower(),))


def current_user(request: Request) -> int | None:
    """The user of the session cookie."""
    shop: Shop = request.app.state.shop
    session = request.cookies.get("sid")
    held: Any = shop.cache.get(f"session:{session}") if session else None
    return int(json.loads(held)["user"]) if held else None


def orders(request: Request) -> Response:
    """The newest orders of the shopper, with what was in them."""
    shop: Shop = request.app.state.shop
    user = current_user(request)
    if user is None:
        return RedirectResponse("/login", status_code=303)
    found = shop.rows(
        "/orders",
        "SELECT id, order_status, total_cents, placed_at FROM orders WHERE user_id = %s ORDER BY placed_at DESC LIMIT %s",
        (user, PAGE),
    )
    lines = _lines_one_by_one(shop, found) if shop.switches.n_plus_one else _lines_together(shop, found)
    return page(
        "我的订单 Orders",
        items(
            f"{link(f'/orders/{row[0]}', str(row[0]))} {row[1]} {money(row[2])} {lines.get(row[0], '')}"
            for row in found
        ),
    )


def _lines_together(shop: Shop, found: list[Row]) -> dict[int, str]:
    rows = shop.rows(
        "/orders",
        "SELECT l.order_id, p.title, l.quantity FROM order_lines l JOIN skus s ON s.id = l.sku_id "
        "JOIN products p ON p.id = s.product_id WHERE l.order_id = ANY (%s)",
        ([row[0] for row in found],),
    )
    return {order: f"{title} × {quantity}" for order, title, quantity in rows}


def _lines_one_by_one(shop: Shop, found: list[Row]) -> dict[int, str]:
    texts = {}
    for row in found:
        lines = shop.rows("/orders", "SELECT sku_id, quantity FROM order_lines WHERE order_id = %s", (row[0],))
        for sku, quantity in lines:
            label = shop.rows("/orders", "SELECT sku_label, product_id FROM skus WHERE id = %s", (sku,))
            title = shop.rows("/orders", "SELECT title FROM products WHERE id = %s", (label[0][1],))
            texts[row[0]] = f"{title[0][0]} × {quantity}"
    return texts


def order(request: Request) -> Response:
    """One order with its payment, shipment and refund."""
    shop: Shop = request.app.state.shop
    user = current_user(request)
    number = int(request.path_params["order"])
    cast = "::numeric" if shop.switches.implicit_cast else ""
    route = "/orders/{order}"
    found = shop.rows(route, "SELECT id, user_id, order_status, total_cents FROM orders WHERE id = %s", (number,))
    if not found or found[0][1] != user:
        return page("没有找到 Not found", "", status=404)
    paid = shop.rows(
        route, f"SELECT pay_channel, pay_status, paid_cents FROM payments WHERE order_id = %s{cast}", (number,)
    )
    sent = shop.rows(route, "SELECT carrier, tracking_code, shipped_at FROM shipments WHERE order_id = %s", (number,))
    back = shop.rows(route, "SELECT refund_cents, refunded_at FROM refunds WHERE order_id = %s", (number,))
    return page(f"订单 {number}", items(str(row) for row in [*found, *paid, *sent, *back]))
