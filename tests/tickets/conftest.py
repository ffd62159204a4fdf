"""Stores on both databases, and a desk whose clock a test can set."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tickets.desk import Desk
from tickets.store.opening import Store, open_store


@dataclass
class Clock:
    """A clock that stands until it is set."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 11, 0, 3, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tickets.sqlite'}"
    server: PostgresServer = request.getfixturevalue("postgres18")
    return f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store=store, now=clock)
