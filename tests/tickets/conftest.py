"""A ticket store on each database at hand, and a desk whose clock the test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import PostgresServer
from tickets.desk import Desk
from tickets.store.opening import Store, open_store


@dataclass(slots=True)
class SetClock:
    """A clock that stands until it is moved."""

    moment: datetime = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tickets.sqlite'}"
    server = request.getfixturevalue("postgres18")
    assert isinstance(server, PostgresServer)
    return f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url)
    yield store
    store.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def desk(store: Store, clock: SetClock) -> Desk:
    return Desk(store=store, timezone="Asia/Shanghai", now=clock)
