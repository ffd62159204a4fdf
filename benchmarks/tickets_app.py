"""The ticket room's intake as a service of its own, for benchmarks and for tests that kill it.

`TENFOLD_STORE` names the store, `TENFOLD_TOKEN` the machine's token. Beside the intake there is `/bare`, what storms are measured
against: a plain FastAPI endpoint that checks the same token and inserts one row into the same store, committed before it answers.
"""

import hashlib
import os
import sys
import threading
from typing import Annotated, Any

import uvicorn
from fastapi import Body, Depends, FastAPI, Request
from sqlalchemy import insert, select

from tickets.desk import Desk
from tickets.names import Role
from tickets.store.opening import Store, open_store
from tickets.store.tables import POSTS, TOKENS
from tickets.web import problems
from tickets.web.api import changes, intake, ledger, windows
from tickets.web.caller import Caller, only, the_desk

STORE, TOKEN = "TENFOLD_STORE", "TENFOLD_TOKEN"


def app() -> FastAPI:
    """The service, by its environment."""
    store = open_store(os.environ[STORE])
    keep_token(store, os.environ[TOKEN])
    return application(Desk(store=store))


def application(desk: Desk) -> FastAPI:
    """The service of a desk."""
    served = FastAPI(openapi_url="/api/openapi.json")
    served.state.desk = desk
    problems.install(served)
    for each in (intake, ledger, windows, changes):
        served.include_router(each.routes())

    @served.post("/bare")
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

    @served.get("/healthy")
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
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
