"""The ticket room as a service of its own, for benchmarks and for tests that kill it.

`TENFOLD_STORE` names the store, `TENFOLD_TOKEN` the machine's token; an engineer's is the same with `ENGINEER` behind it. Beside the room
there is `/bare`, what storms are measured against: a plain FastAPI endpoint that checks the same token and inserts one row into the same
store, committed before it answers; nothing that the room wraps around its own addresses is around it.
"""

import hashlib
import os
import sys
import threading
from typing import Annotated, Any

import uvicorn
from fastapi import Body, Depends, FastAPI, Request
from sqlalchemy import insert, select
from starlette.types import ASGIApp, Receive, Scope, Send

from tickets.desk import Desk
from tickets.names import Role
from tickets.store.opening import Store, open_store
from tickets.store.tables import POSTS, TOKENS
from tickets.web import problems
from tickets.web.api import changes, intake, ledger, windows
from tickets.web.app import mount
from tickets.web.caller import Caller, only, the_desk

STORE, TOKEN = "TENFOLD_STORE", "TENFOLD_TOKEN"
BARE, HEALTHY = "/bare", "/healthy"
ENGINEER = "_engineer"


def app() -> ASGIApp:
    """The service, by its environment."""
    store = open_store(os.environ[STORE])
    keep_token(store, os.environ[TOKEN])
    keep_token(store, os.environ[TOKEN] + ENGINEER, "engineer", Role.ENGINEER)
    desk = Desk(store=store)
    room, beside = FastAPI(openapi_url="/api/openapi.json"), bare_application(desk)
    mount(room, desk)

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        await (beside if scope["path"] in {BARE, HEALTHY} else room)(scope, receive, send)

    return both


def application(desk: Desk) -> FastAPI:
    """The intake of a desk alone, and what it looks into."""
    served = FastAPI(openapi_url="/api/openapi.json")
    served.state.desk = desk
    problems.install(served)
    for each in (intake, ledger, windows, changes):
        served.include_router(each.routes())
    return served


def bare_application(desk: Desk) -> FastAPI:
    """What the room is measured against, and whether this process answers."""
    served = FastAPI(openapi_url=None)
    served.state.desk = desk

    @served.post(BARE)
    def bare(
        request: Request, _caller: Annotated[Caller, Depends(only(Role.MACHINE))], body: Annotated[Any, Body()]
    ) -> dict[str, int]:
        kept = the_desk(request)
        row = {
            "at": kept.now(),
            "source": "bare",
            "sender": "",
            "alerts": 1,
            "truncated": 0,
            "body": repr(body).encode(),
        }
        with kept.store.write() as connection:
            key = connection.execute(insert(POSTS).values(**row)).inserted_primary_key
        return {"id": key[0] if key is not None else 0}

    @served.get(HEALTHY)
    def healthy() -> dict[str, bool]:
        return {"ok": True}

    return served


def keep_token(store: Store, token: str, name: str = "bench", role: Role = Role.MACHINE) -> None:
    """Makes a token known, once."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    now = Desk(store=store).now()

    def add(connection: Any) -> None:
        if connection.execute(select(TOKENS.c.id).where(TOKENS.c.hash == digest)).first() is None:
            row = {"name": f"{name}-{digest[:8]}", "role": role.value, "hash": digest, "created_at": now}
            connection.execute(insert(TOKENS).values(**row))

    store.writing(add)


if __name__ == "__main__":
    # The address is the only argument; the process ends with the pipe of whoever started it, so that none is left behind.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
