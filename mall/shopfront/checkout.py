"""Cart, checkout and payment."""

import hashlib
import hmac
import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mall.shopfront.account import current_user
from mall.shopfront.html import items, money, page
from mall.shopfront.state import Shop

# What a marked order writes goes to tables of this schema: a rehearsal must not sell, ship, pay commissions or send messages.
SHADOW_SCHEMA = "rehearsal"
HOT_SKU = 1
SLOW_CHANNEL_SECONDS = 1.2
DEAD_CHANNEL_SECONDS = 2.0
CHANNEL_INSIDE_SECONDS = 0.6
CHANNEL_SECONDS = 0.02
CHANNELS = ("wechat", "alipay")
RUN_HEADER = "x-tenfold-run"


def is_rehearsal(request: Request) -> bool:
    """Whether the request carries a run header that was signed with this mall's secret."""
    shop: Shop = request.app.state.shop
    run, _, signature = request.headers.get(RUN_HEADER, "").partition(".")
    wanted = hmac.new(shop.secret.encode(), run.encode(), hashlib.sha256).hexdigest()
    return bool(run) and hmac.compare_digest(signature, wanted)


def _schema(request: Request) -> str:
    """Where this request's writes go, as a prefix of table names."""
    return f"{SHADOW_SCHEMA}." if is_rehearsal(request) else ""


def cart(request: Request) -> Response:
    """What is in the shopper's open cart."""
    shop: Shop = request.app.state.shop
    schema = _schema(request)
    rows = shop.rows(
        "/cart",
        f"SELECT i.sku_id, i.quantity, p.title, p.price_cents FROM {schema}carts c JOIN {schema}cart_items i ON i.cart_id = c.id "
        "JOIN skus s ON s.id = i.sku_id JOIN products p ON p.id = s.product_id WHERE c.user_id = %s AND c.cart_status = 'open'",
        (current_user(request),),
    )
    return page("购物车 Cart", items(f"{title} × {quantity} {money(price)}" for _, quantity, title, price in rows))


def add(request: Request) -> Response:
    """Puts a SKU into the open cart, which is made when there is none."""
    shop: Shop = request.app.state.shop
    user = current_user(request)
    if user is None:
        return RedirectResponse("/login", status_code=303)
    schema = _schema(request)
    found = shop.rows(
        "/cart/add", f"SELECT id FROM {schema}carts WHERE user_id = %s AND cart_status = 'open' LIMIT %s", (user, 1)
    )
    number = (
        found[0][0]
        if found
        else shop.rows("/cart/add", f"INSERT INTO {schema}carts (user_id) VALUES (%s) RETURNING id", (user,))[0][0]
    )
    sku = int(request.query_params["sku"])
    shop.rows(
        "/cart/add", f"INSERT INTO {schema}cart_items (cart_id, sku_id, quantity) VALUES (%s, %s, %s)", (number, sku, 1)
    )
    return RedirectResponse("/cart", status_code=303)


def checkout(request: Request) -> Response:
    """Turns the cart into an order: takes stock, writes order, lines and an unpaid payment, in one transaction."""
    shop: Shop = request.app.state.shop
    user = current_user(request)
    if user is None:
        return RedirectResponse("/login", status_code=303)
    schema = _schema(request)
    channel = request.query_params.get("channel", "wechat")
    route = "/checkout"
    with shop.pool.connection() as connection:
        shop.rows_on(connection, route, "BEGIN")
        try:
            lines = shop.rows_on(
                connection,
                route,
                f"SELECT c.id, i.sku_id, i.quantity, p.price_cents, p.merchant_id FROM {schema}carts c "
                f"JOIN {schema}cart_items i ON i.cart_id = c.id JOIN skus s ON s.id = i.sku_id JOIN products p ON p.id = s.product_id "
                "WHERE c.user_id = %s AND c.cart_status = 'open' ORDER BY i.sku_id",
                (user,),
            )
            if not lines:
                shop.rows_on(connection, route, "ROLLBACK")
                return page("购物车是空的 Empty cart", "", status=409)
            if shop.switches.hot_stock_lock:
                # The row stays locked while the payment channel is asked: every other buyer of the hot SKU waits.
                shop.rows_on(
                    connection, route, f"UPDATE {schema}stock SET reserved = reserved + 1 WHERE sku_id = %s", (HOT_SKU,)
                )
                time.sleep(CHANNEL_INSIDE_SECONDS)
            for _, sku, quantity, _, _ in lines:
                taken = shop.rows_on(
                    connection, route,
                    f"UPDATE {schema}stock SET on_hand = on_hand - %s, changed_at = now() WHERE sku_id = %s AND on_hand >= %s "
                    "RETURNING sku_id",
                    (quantity, sku, quantity),
                )  # fmt: skip
                if not taken and not shop.switches.oversell:
                    shop.rows_on(connection, route, "ROLLBACK")
                    return page("已售罄 Sold out", "", status=409)
            total = sum(quantity * price for _, _, quantity, price, _ in lines)
            order = shop.rows_on(
                connection, route,
                f"INSERT INTO {schema}orders (user_id, merchant_id, order_status, total_cents, shipping_address) "
                "VALUES (%s, %s, %s, %s, %s) RETURNING id",
                (user, lines[0][4], "unpaid", total, "浙江省杭州市西湖区文三路 1 号"),
            )[0][0]  # fmt: skip
            for _, sku, quantity, price, _ in lines:
                shop.rows_on(
                    connection, route,
                    f"INSERT INTO {schema}order_lines (order_id, sku_id, quantity, line_cents) VALUES (%s, %s, %s, %s)",
                    (order, sku, quantity, quantity * price),
                )  # fmt: skip
            shop.rows_on(
                connection, route,
                f"INSERT INTO {schema}payments (order_id, pay_channel, pay_status, paid_cents) VALUES (%s, %s, %s, %s)",
                (order, channel, "started", total),
            )  # fmt: skip
            ordered = shop.rows_on(
                connection, route,
                f"UPDATE {schema}carts SET cart_status = 'ordered' WHERE id = %s AND cart_status = 'open' RETURNING id",
                (lines[0][0],),
            )  # fmt: skip
            if not ordered:
                # Another checkout of the same cart was quicker.
                shop.rows_on(connection, route, "ROLLBACK")
                return page("购物车已下单 Cart already ordered", "", status=409)
            shop.rows_on(connection, route, "COMMIT")
        except BaseException:
            if not connection.closed:
                shop.rows_on(connection, route, "ROLLBACK")
            raise
    return RedirectResponse(f"/pay/{order}?channel={channel}", status_code=303)


def pay(request: Request) -> Response:
    """Asks the payment channel and marks the order paid."""
    shop: Shop = request.app.state.shop
    order = int(request.path_params["order"])
    schema = _schema(request)
    channel = request.query_params.get("channel", "wechat")
    cast = "::numeric" if shop.switches.implicit_cast else ""
    route = "/pay/{order}"
    if not _charge(shop, channel):
        shop.rows(route, f"UPDATE {schema}payments SET pay_status = 'failed' WHERE order_id = %s{cast}", (order,))
        return page("支付失败 Payment failed", "", status=502)
    shop.rows(
        route,
        f"UPDATE {schema}payments SET pay_status = 'captured', captured_at = now() WHERE order_id = %s{cast}",
        (order,),
    )
    if not shop.switches.paid_not_marked:
        shop.rows(route, f"UPDATE {schema}orders SET order_status = 'paid', paid_at = now() WHERE id = %s", (order,))
    share = "0.5" if shop.switches.wrong_commission else "m.commission_rate"
    shop.rows(
        route,
        f"INSERT INTO {schema}commissions (order_id, merchant_id, commission_cents) SELECT o.id, o.merchant_id, "
        f"round(o.total_cents * {share})::bigint FROM {schema}orders o JOIN merchants m ON m.id = o.merchant_id WHERE o.id = %s",
        (order,),
    )
    if not shop.switches.sms_down:
        shop.rows(
            route,
            f"INSERT INTO {schema}outbox (order_id, message_kind, sent_at) VALUES (%s, %s, now())",
            (order, "sms"),
        )
    if not shop.switches.shipment_down:
        shop.rows(route, f"INSERT INTO {schema}shipments (order_id, carrier) VALUES (%s, %s)", (order, "SF"))
    return page("支付成功 Paid", "")


def _charge(shop: Shop, channel: str) -> bool:
    """The stub of a payment provider and of its sandbox, which a rehearsal talks to; the faults concern the channel `wechat`."""
    dead = channel == "wechat" and shop.switches.dead_payment_channel
    slow = channel == "wechat" and shop.switches.slow_payment_channel
    started = time.perf_counter()
    time.sleep(DEAD_CHANNEL_SECONDS if dead else SLOW_CHANNEL_SECONDS if slow else CHANNEL_SECONDS)
    # The label is one of ours: a shopper must not be able to write into the metrics page.
    shop.charged.add(f"{channel if channel in CHANNELS else 'other'}.example", time.perf_counter() - started)
    return not dead
