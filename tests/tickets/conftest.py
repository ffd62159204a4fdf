"""A store of each kind, empty, and a desk on it whose clock stands until a test moves it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tickets.desk import Desk
from tickets.store.opening import Store, open_store

BEGIN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that is moved by hand."""

    at: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each kind of database in turn."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'tickets.sqlite'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres18")
        address = f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}"
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """The desk's."""
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    """A desk of the mall in Shanghai."""
    return Desk(store=store, mall="practice", timezone="Asia/Shanghai", now=clock)
