"""Routes, the access log, and the small services around the pages: switches, ownership token, declared peak."""

import asyncio
import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mall.shopfront import account, catalog, checkout, staff
from mall.shopfront.metrics import metrics
from mall.shopfront.state import Shop
from mall.switches import Switches

_STYLE = "body{font-family:sans-serif;max-width:60em;margin:auto}header{padding:1em 0;border-bottom:1px solid #ccc}"
CPU_BURN_ROUNDS = 600_000
NETWORK_DELAY_SECONDS = 0.08
IDLE_TRANSACTION_SECONDS = 50
# Neither logged nor counted: no shopper asks for them.
_SERVICES = ("/__control", "/.well-known", "/metrics")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class AccessLog:
    """Writes nginx's combined format with the request time and the session at the end."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: Path, shop: Shop) -> None:
        """Opens the log for appending."""
        self._app = app
        self._shop = shop
        self._log = path.open("a", encoding="utf-8", buffering=1)

    async def __call__(self, scope: Scope, receive: Callable[..., Awaitable[Any]], send: Send) -> None:
        """Serves the request and writes its line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = 500, 0

        async def watched(message: dict[str, Any]) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._write(scope, status, size, time.perf_counter() - started)
            self._count(scope, time.perf_counter() - started)

    def _write(self, scope: Scope, status: int, size: int, seconds: float) -> None:
        path = scope["raw_path"].decode("ascii", "replace")
        if path.startswith(_SERVICES):
            return
        query = scope["query_string"].decode("ascii", "replace")
        headers = dict(scope["headers"])
        cookie = headers.get(b"cookie", b"").decode("ascii", "replace")
        session = cookie.partition("sid=")[2].partition(";")[0][:12] or "-"
        agent = headers.get(b"user-agent", b"-").decode("ascii", "replace").replace('"', "")
        address = _shopper(scope, headers)
        moment = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        target = f"{path}?{query}" if query else path
        self._log.write(
            f'{address} - - [{moment}] "{scope["method"]} {target} HTTP/1.1" {status} {size} "-" "{agent}" {seconds:.3f} "{session}"\n'
        )

    def _count(self, scope: Scope, seconds: float) -> None:
        if not scope["path"].startswith(_SERVICES):
            self._shop.served.add(scope["method"] if scope["method"] in {"GET", "POST"} else "other", seconds)


def _shopper(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """The shopper's address as nginx's `real_ip` module finds it: who stands on this machine speaks for somebody else."""
    peer = scope["client"][0] if scope.get("client") else "-"
    told = headers.get(b"x-forwarded-for", b"").decode("ascii", "replace")
    try:
        return str(ip_address(told)) if ip_address(peer).is_loopback and told else str(peer)
    except ValueError:
        return str(peer)


class Distance:
    """With the fault `slow-network` every request is on its way for longer, before any clock of the shop's has started."""

    def __init__(self, app: Callable[..., Awaitable[None]], shop: Shop) -> None:
        """Stands before the whole shop."""
        self._app = app
        self._shop = shop

    async def __call__(self, scope: Scope, receive: Callable[..., Awaitable[Any]], send: Send) -> None:
        """Lets the request wait, and then through."""
        if scope["type"] == "http" and self._shop.switches.slow_network and not scope["path"].startswith("/__control"):
            await asyncio.sleep(NETWORK_DELAY_SECONDS)
        await self._app(scope, receive, send)


async def take_switches(request: Request) -> Response:
    """Takes over new switches; only for who knows the mall's secret."""
    shop: Shop = request.app.state.shop
    if not hmac.compare_digest(request.headers.get("x-control-secret", ""), shop.secret):
        return PlainTextResponse("forbidden", status_code=403)
    shop.apply(Switches(**json.loads(await request.body())))
    return PlainTextResponse("ok")


def ownership(request: Request) -> Response:
    """The token that proves to a load generator whose shop this is."""
    shop: Shop = request.app.state.shop
    return PlainTextResponse(hmac.new(shop.secret.encode(), b"ownership", hashlib.sha256).hexdigest())


def declaration(request: Request) -> Response:
    """What the shop says of itself: its everyday peak."""
    shop: Shop = request.app.state.shop
    return JSONResponse({"name": "practice mall", "everyday_peak_journeys_per_second": shop.peak})


def style(_request: Request) -> Response:
    """The one static file."""
    return Response(_STYLE * 8, media_type="text/css")


def burdened(page: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The page with the faults that concern every page."""

    def serve(request: Request) -> Response:
        switches: Switches = request.app.state.shop.switches
        if switches.cpu_bound_app:
            # hashlib would release the interpreter's lock; a slow template engine does not.
            value = 0
            for number in range(CPU_BURN_ROUNDS):
                value = (value * 31 + number) & 0xFFFFFF
        return page(request)

    return serve


def make_app(shop: Shop, log: Path) -> Any:
    """The whole application."""
    pages: list[tuple[str, Callable[[Request], Response]]] = [
        ("/", catalog.home), ("/c/{category:int}", catalog.category), ("/best", catalog.best_sellers), ("/search", catalog.search),
        ("/p/{product:int}", catalog.product), ("/login", account.login), ("/orders", account.orders),
        ("/orders/{order:int}", account.order), ("/cart", checkout.cart), ("/cart/add", checkout.add),
        ("/checkout", checkout.checkout), ("/pay/{order:int}", checkout.pay), ("/admin/orders", staff.orders),
        ("/admin/report", staff.report), ("/static/shop.css", style),
    ]  # fmt: skip
    routes = [Route(path, burdened(handler), methods=["GET", "POST"]) for path, handler in pages]
    routes += [
        Route("/__control", take_switches, methods=["POST"]),
        Route("/.well-known/tenfold-rehearsal", ownership),
        Route("/.well-known/mall.json", declaration),
        Route("/metrics", metrics),
    ]
    app = Starlette(routes=routes)
    app.state.shop = shop
    threading.Thread(target=_forgetful_job, args=(shop,), daemon=True).start()
    return Distance(AccessLog(app, log, shop), shop)


def _forgetful_job(shop: Shop) -> None:
    """With the fault `idle-in-transaction`: a job that begins, reads, and forgets to end its transaction for a long time."""
    while True:
        time.sleep(0.5)
        if not shop.switches.idle_in_transaction:
            continue
        try:
            with shop.staff_pool.connection() as connection:
                shop.rows_on(connection, "/jobs/settle", "BEGIN")
                shop.rows_on(
                    connection,
                    "/jobs/settle",
                    "SELECT id, commission_rate FROM merchants WHERE id = %s FOR NO KEY UPDATE",
                    (1,),
                )
                ends = time.monotonic() + IDLE_TRANSACTION_SECONDS
                while time.monotonic() < ends and shop.switches.idle_in_transaction:
                    time.sleep(0.2)
                shop.rows_on(connection, "/jobs/settle", "ROLLBACK")
        except psycopg2.Error:
            logging.getLogger(__name__).exception("the settling job failed")
