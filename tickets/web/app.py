"""The room's addresses, mounted on the service's application.

Every route that touches the store is a plain function, which FastAPI runs in its thread pool: the event loop only waits.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from fastapi import FastAPI

from tickets.desk import Desk
from tickets.web import problems, refusals
from tickets.web.api.shapes import PROBLEMS
from tickets.web.bodies import Bodies
from tickets.web.headers import Headers

# In this order: of two routes that fit an address, the first one answers. Each has a `routes()`.
ROUTERS: Sequence[str] = (
    "tickets.web.api.sessions",
    "tickets.web.api.people",
    "tickets.web.api.news",
    "tickets.web.api.tickets",
    "tickets.web.api.moves",
    "tickets.web.api.attachments",
    "tickets.web.api.figures",
    "tickets.web.api.reports",
    "tickets.web.api.intake",
    "tickets.web.api.ledger",
    "tickets.web.api.windows",
    "tickets.web.api.changes",
    "tickets.web.api.evidence",
    "tickets.web.api.aid",
    "tickets.web.claim",
    "tickets.web.pages",
)


def mount(app: FastAPI, desk: Desk | Callable[[], Desk | None] | None) -> None:
    """Adds every address of the room to an application.

    Args:
        app: The service's; `/api/openapi.json` is its affair.
        desk: What serves this process; where its store opens later, a function that tells it then, or None and `app.state.desk` is set.
    """
    app.state.desk = desk
    problems.install(app)
    refusals.install(app)
    app.add_middleware(Bodies)
    app.add_middleware(Headers)
    for name in ROUTERS:
        if find_spec(name) is not None:
            app.include_router(import_module(name).routes(), responses=PROBLEMS)
