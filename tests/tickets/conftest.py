"""A store and a desk for every test of the room: on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tickets.desk import Desk
from tickets.store.opening import Store, open_store


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 11, 0, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store, on each kind of database in turn."""
    if request.param == "sqlite":
        opened = open_store(f"sqlite:///{tmp_path / 'tickets.sqlite'}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres18")
        opened = open_store(f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}")
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store=store, now=clock)
