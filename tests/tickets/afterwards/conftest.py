"""A desk of a mall in Shanghai, at the beginning of November."""

from datetime import UTC, datetime

import pytest

from tests.tickets.conftest import Clock
from tickets.desk import Desk
from tickets.store.opening import Store

BEGIN = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGIN)


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store=store, mall="practice", timezone="Asia/Shanghai", now=clock)
