"""The intake behind HTTP: a real server on loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from benchmarks.tickets_app import application, keep_token
from tickets.desk import Desk
from tickets.names import Role
from tickets.web import refusals

MACHINE, ENGINEER, LEAD, REPORTER = "tf_machine", "tf_engineer", "tf_lead", "tf_reporter"


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """A server of an application; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(desk: Desk) -> Iterator[httpx.Client]:
    """A machine's; other roles by their token."""
    for token, role in (
        (MACHINE, Role.MACHINE),
        (ENGINEER, Role.ENGINEER),
        (LEAD, Role.LEAD),
        (REPORTER, Role.REPORTER),
    ):
        keep_token(desk.store, token, role.value, role)
    app = application(desk)
    refusals.install(app)
    with (
        serving(app) as address,
        httpx.Client(base_url=address, headers=as_(MACHINE), timeout=60, trust_env=False) as client,
    ):
        yield client


def as_(token: str) -> dict[str, str]:
    """The header of another."""
    return {"Authorization": f"Bearer {token}"}
