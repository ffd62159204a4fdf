"""A store on each database, and a desk at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tickets.desk import Desk
from tickets.store.opening import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "sqlite":
        address = str(tmp_path / "tickets.sqlite")
    else:
        server = request.getfixturevalue("postgres18")
        address = f"postgresql://postgres@127.0.0.1:{server.port}/{server.create_database()}"
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk at it, with the real clock."""
    return Desk(store=store)
