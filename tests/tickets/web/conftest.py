"""The room's addresses in this process, with somebody of each role."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from httpx import Client

from tests.tickets.conftest import Clock
from tests.tickets.web.in_process import InProcess
from tickets.desk import Change, Desk, Hands
from tickets.names import Role
from tickets.people import passwords
from tickets.people.tokens import create_token
from tickets.store import people
from tickets.store.opening import Store
from tickets.web.app import mount

URL = "https://tickets.example"
PASSWORD = "a horse on the roof"
# Made once: Argon2 is slow by intention.
_HASH = passwords.hashed(PASSWORD)
NAMES = {Role.REPORTER: "rita", Role.ENGINEER: "egon", Role.LEAD: "lena", Role.ADMIN: "adam"}


@dataclass(frozen=True)
class Service:
    """The application at a desk whose clock stands still."""

    app: FastAPI
    desk: Desk
    clock: Clock
    portal: BlockingPortal

    def add(self, name: str, role: Role) -> None:
        """An account with the tests' password."""
        account = people.Account(name=name, role=role, contacts={}, areas=(), created_at=self.clock())
        self.desk.store.writing(lambda connection: people.add(connection, account, _HASH))

    def client(self, *, address: str = "192.0.2.1", url: str = URL, **options: Any) -> Client:
        """A browser or program that nobody knows yet."""
        return Client(transport=InProcess(self.app, self.portal, address), base_url=url, **options)

    def bearer(self, name: str, role: Role) -> Client:
        """A program with a token."""
        secret = create_token(self.desk, name, role)
        return self.client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """An event loop."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def service(store: Store, portal: BlockingPortal) -> Service:
    clock = Clock()
    app = FastAPI(openapi_url="/api/openapi.json")
    told: list[Change] = []
    desk = Desk(store=store, now=clock, hands=Hands(changes=lambda _since: told, record_change=told.append))
    mount(app, desk)
    service = Service(app, desk, clock, portal)
    for role, name in NAMES.items():
        service.add(name, role)
    return service


@pytest.fixture
def acting(service: Service) -> Callable[[Role], Client]:
    """Somebody of a role, by token."""
    made: dict[Role, Client] = {}

    def act(role: Role) -> Client:
        if role not in made:
            made[role] = service.bearer(NAMES.get(role, "watcher"), role)
        return made[role]

    return act
