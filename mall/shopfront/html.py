"""Plain pages: a header, a main part, links."""

from collections.abc import Iterable
from html import escape

from starlette.responses import HTMLResponse

_FRAME = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/static/shop.css"></head>
<body><header><a href="/">十倍商城 Tenfold Mall</a> <form action="/search"><input name="q" placeholder="搜索
Search"><button>搜索</button></form>
<a href="/cart">购物车</a> <a href="/orders">我的订单</a></header><main><h1>{title}</h1>{body}</main></body></html>"""


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A whole page; `body` is markup already."""
    return HTMLResponse(_FRAME.format(title=escape(title), body=body), status_code=status)


def items(rows: Iterable[str]) -> str:
    """A list of lines that are markup already."""
    return "<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>"


def link(address: str, text: str) -> str:
    """A link."""
    return f'<a href="{escape(address, quote=True)}">{escape(text)}</a>'


def money(cents: int) -> str:
    """An amount in yuan."""
    return f"¥{cents / 100:.2f}"
