"""The room's addresses, mounted on the service's application.

Every route that touches the store is a plain function, which FastAPI runs in its thread pool: the event loop only waits.
"""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, FastAPI

from tickets.desk import Desk
from tickets.web import claim, pages, problems, refusals
from tickets.web.api import (
    aid,
    attachments,
    changes,
    evidence,
    figures,
    intake,
    ledger,
    moves,
    news,
    people,
    reports,
    sessions,
    tickets,
    windows,
)
from tickets.web.api.shapes import PROBLEMS
from tickets.web.bodies import Bodies
from tickets.web.headers import Headers

# In this order: of two routes that fit an address, the first one answers.
ROUTES: Sequence[Callable[[], APIRouter]] = tuple(
    each.routes
    for each in (
        sessions, people, news, tickets, moves, attachments, figures, reports, intake, ledger, windows, changes, evidence, aid,
        claim, pages,
    )
)  # fmt: skip


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
    for routes in ROUTES:
        app.include_router(routes(), responses=PROBLEMS)
