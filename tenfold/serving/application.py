"""The service's addresses: `/metrics`, `/probe`, `/healthy`, `/ready`, a page for people, and those of the ticket room.

The event loop only waits. Reading is done in the targets' own threads, rendering in a few more, so that no answer holds up another.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from pages.serving.landing import Row, landing_page
from pages.translation import Language
from tenfold import __version__
from tenfold.serving.exposition import Renderer
from tenfold.serving.malls import WatchedMall
from tenfold.serving.watched import Flight, View, Watched
from tenfold.ticketing.opening import Room

# What Prometheus allows where nobody says otherwise, and what the answer's way back may take of it.
DEFAULT_SECONDS = 10.0
WAY_BACK_SECONDS = 0.5
SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 60.0
RENDERERS = 2
TIMEOUT_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
_TEXT = "text/plain; charset=utf-8"


def allowed_seconds(header: str | None) -> float:
    """How long a scrape may take, by the header that Prometheus sends; whatever else stands there counts as absent."""
    try:
        seconds = float(header) if header else DEFAULT_SECONDS
    except ValueError:
        seconds = DEFAULT_SECONDS
    if not math.isfinite(seconds) or seconds <= 0:
        seconds = DEFAULT_SECONDS
    return min(max(seconds - WAY_BACK_SECONDS, SHORTEST_SECONDS), LONGEST_SECONDS)


async def gather(watched: Sequence[Watched], seconds: float) -> list[tuple[Watched, Flight]]:
    """A reading of each target; those that have not ended in time go on without us."""
    deadline = time.monotonic() + seconds
    flights = [(each, each.ask(deadline)) for each in watched]
    waiting = [asyncio.wrap_future(flight.ended) for _, flight in flights if not flight.ended.done()]
    if waiting:
        await asyncio.wait(waiting, timeout=max(deadline - time.monotonic(), 0.0))
    return flights


def application(mall: WatchedMall, *, series: int, language: Language, room: Room | None = None) -> FastAPI:
    """The service of one mall.

    Args:
        mall: What is watched.
        series: The most series that its targets may have together.
        language: Of the page for people.
        room: Of tickets; without it, the service has none.
    """
    renderer = Renderer(mall.name, series=series)
    renderers = ThreadPoolExecutor(max_workers=RENDERERS, thread_name_prefix="render")

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        running: list[WatchedMall | Room] = [mall] if room is None else [mall, room]
        for each in running:
            each.start()
        yield
        for each in reversed(running):
            await asyncio.get_running_loop().run_in_executor(None, each.stop)
        renderers.shutdown(wait=False)

    app = FastAPI(
        title="Tenfold",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    _add_health(app, mall, room)
    if room is not None:
        _add_tickets(app, room)

    async def exposed(request: Request, watched: Sequence[Watched], *, ourselves: bool) -> Response:
        flights = await gather(watched, allowed_seconds(request.headers.get(TIMEOUT_HEADER)))

        def answer() -> tuple[bytes, str]:
            return renderer.render(_views(flights), request.headers.get("accept", ""), ourselves=ourselves)

        body, content_type = await asyncio.get_running_loop().run_in_executor(renderers, answer)
        return Response(body, headers={"Content-Type": content_type})

    @app.get("/metrics", summary="Every target's metrics, and this process's own")
    async def metrics(request: Request) -> Response:
        return await exposed(request, tuple(mall), ourselves=True)

    @app.get("/probe", summary="One target's metrics, by its name in the configuration")
    async def probe(request: Request, target: str = "") -> Response:
        watched = mall.named(target)
        if not watched:
            names = ", ".join(dict.fromkeys(each.target for each in mall))
            return PlainTextResponse(f"no such target; the configuration names: {names}\n", 404 if target else 400)
        return await exposed(request, watched, ourselves=False)

    @app.get("/", include_in_schema=False)
    async def landing() -> Response:
        page = landing_page(mall.name, [_row(each) for each in mall], language, tickets=room is not None)
        return HTMLResponse(page, headers={"Cache-Control": "no-store", "X-Frame-Options": "DENY"})

    return app


def _add_health(app: FastAPI, mall: WatchedMall, room: Room | None) -> None:
    @app.get("/healthy", summary="Whether this process answers")
    async def healthy() -> Response:
        return Response("healthy\n", media_type=_TEXT)

    @app.get("/ready", summary="Whether every target was read and the ticket store tried once, well or not")
    async def ready() -> Response:
        missing = dict.fromkeys(each.target for each in mall if not each.read_once)
        if missing:
            return PlainTextResponse(f"not read yet: {', '.join(missing)}\n", 503)
        if room is None:
            return Response("ready\n", media_type=_TEXT)
        # A dead store makes no process unready, as a dead target does not: what is well goes on being shown.
        stands = "open" if room.reason is None else str(room.reason)
        if not room.tried:
            return PlainTextResponse(f"tickets: {stands}\n", 503)
        return Response(f"ready\ntickets: {stands}\n", media_type=_TEXT)


def _add_tickets(app: FastAPI, room: Room) -> None:
    """Adds the ticket room's addresses; until its store is open they answer 503."""
    from tickets.desk import Desk
    from tickets.web.app import mount

    mount(app, None)

    def opened(desk: Desk) -> None:
        app.state.desk = desk

    room.opened = opened


def _views(flights: Sequence[tuple[Watched, Flight]]) -> list[View]:
    return [watched.view(flight) for watched, flight in flights]


def _row(watched: Watched) -> Row:
    """A target as the page for people shows it: as its last reading left it."""
    flight = watched.newest
    if flight is None:
        return Row(name=watched.target, kind=watched.kind, database=watched.database, up=None)
    view = watched.view(flight)
    return Row(
        name=watched.target,
        kind=watched.kind,
        database=watched.database,
        up=view.up,
        detail=view.failing,
        remedy=view.remedy,
        collectors=len(watched.parts),
        series=sum(sample.series for kept in view.kept.values() for sample in kept.samples),
        seconds=sum(kept.seconds for kept in view.kept.values()),
        failing=tuple((name, kept.detail, kept.remedy) for name, kept in view.kept.items() if not kept.success),
    )
