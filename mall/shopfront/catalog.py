"""Home, category, best sellers, search and product pages."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mall.shopfront.html import items, link, money, page
from mall.shopfront.state import Shop

_CARD = "id, title, price_cents, sold_count"
PAGE = 20
# What others bought with it is counted over the newest orders alone, however many a hot product has.
RECENT_ORDERS = 300


def home(request: Request) -> Response:
    """Best sellers and categories."""
    shop: Shop = request.app.state.shop
    best = shop.cached(
        "home:best", lambda: shop.rows("/", f"SELECT {_CARD} FROM products ORDER BY sold_count DESC, id LIMIT 40")
    )
    labels = shop.cached(
        "home:categories", lambda: shop.rows("/", "SELECT id, category_label FROM categories ORDER BY id")
    )
    return page("首页 Home", _cards(best) + items(link(f"/c/{row[0]}", row[1]) for row in labels))


def category(request: Request) -> Response:
    """The first pages of one category."""
    shop: Shop = request.app.state.shop
    number = int(request.path_params["category"])
    found = shop.cached(
        f"category:{number}",
        lambda: shop.rows(
            "/c/{category}",
            f"SELECT {_CARD} FROM products WHERE category_id = %s AND product_status = 'on_sale' "
            "ORDER BY sold_count DESC, id LIMIT %s",
            (number, PAGE),
        ),
    )
    return page(f"分类 {number}", _cards(found))


def best_sellers(request: Request) -> Response:
    """The endless list of best sellers, by keyset; with the fault `deep-offset`, by OFFSET."""
    shop: Shop = request.app.state.shop
    query = request.query_params
    if shop.switches.deep_offset:
        found = shop.rows(
            "/best",
            f"SELECT {_CARD} FROM products ORDER BY sold_count DESC, id LIMIT %s OFFSET %s",
            (PAGE, PAGE * int(query.get("page", "0"))),
        )
    else:
        found = shop.rows(
            "/best",
            f"SELECT {_CARD} FROM products WHERE sold_count <= %s ORDER BY sold_count DESC, id LIMIT %s",
            (int(query.get("sold", "999999999")), PAGE),
        )
    return page("热销 Best sellers", _cards(found))


def search(request: Request) -> Response:
    """Products whose title has the word."""
    shop: Shop = request.app.state.shop
    word = request.query_params.get("q", "").strip()[:40]

    def find() -> list[Any]:
        return shop.rows(
            "/search",
            f"SELECT {_CARD} FROM products WHERE title ILIKE %s ORDER BY sold_count DESC LIMIT %s",
            (f"%{word}%", PAGE),
        )

    found = (
        find()
        if shop.switches.slow_search and not shop.switches.fix_cache
        else shop.cached(f"search:{word.lower()}", find)
    )
    return page(f"搜索 {word}", _cards(found))


def product(request: Request) -> Response:
    """One product with its reviews, stock and what others bought with it."""
    shop: Shop = request.app.state.shop
    number = int(request.path_params["product"])
    whole = (
        (lambda: _product(shop, number))
        if shop.switches.uncached_product and not shop.switches.fix_cache
        else (lambda: shop.cached(f"product:{number}", lambda: _product(shop, number)))
    )
    found = whole()
    if found is None:
        return page("没有找到 Not found", "", status=404)
    if shop.switches.write_heavy:
        shop.rows("/p/{product}", "UPDATE products SET sold_count = sold_count + 1 WHERE id = %s", (number,))
    stock = shop.rows(
        "/p/{product}", "SELECT sku_id, on_hand - reserved FROM stock WHERE sku_id = ANY (%s)", (found["skus"],)
    )
    body = f"<p>{money(found['price'])}</p>" + items(f"SKU {sku}: {left}" for sku, left in stock)
    body += items(str(text) for text in found["reviews"]) + items(
        link(f"/p/{each}", f"同购 {each}") for each in found["also"]
    )
    return page(found["title"], body)


def _product(shop: Shop, number: int) -> dict[str, Any] | None:
    route = "/p/{product}"
    rows = shop.rows(
        route, "SELECT title, description, price_cents, merchant_id FROM products WHERE id = %s", (number,)
    )
    if not rows:
        return None
    skus = [row[0] for row in shop.rows(route, "SELECT id FROM skus WHERE product_id = %s", (number,))]
    reviews = shop.rows(
        route,
        "SELECT stars, review_text, reviewed_at FROM reviews WHERE product_id = %s ORDER BY reviewed_at DESC LIMIT %s",
        (number, 10),
    )
    also = shop.rows(
        route,
        "SELECT s.product_id, count(*) AS times FROM (SELECT order_id, sku_id FROM order_lines WHERE sku_id = ANY (%s) "
        "ORDER BY order_id DESC LIMIT %s) l JOIN order_lines o ON o.order_id = l.order_id JOIN skus s ON s.id = o.sku_id "
        "WHERE o.sku_id <> l.sku_id GROUP BY s.product_id ORDER BY times DESC LIMIT %s",
        (skus, RECENT_ORDERS, 6),
    )
    return {
        "title": rows[0][0],
        "price": rows[0][2],
        "skus": skus,
        "reviews": [f"{stars}★ {text}" for stars, text, _ in reviews],
        "also": [row[0] for row in also],
    }


def _cards(rows: list[Any]) -> str:
    return items(f"{link(f'/p/{row[0]}', row[1])} {money(row[2])} 已售 {row[3]}" for row in rows)
