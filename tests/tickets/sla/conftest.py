"""A desk in Shanghai on a Monday morning."""

from datetime import UTC, datetime

import pytest

from tests.tickets.conftest import Clock
from tickets.desk import Desk
from tickets.store.opening import Store


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))  # 10:00 in Shanghai


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store=store, timezone="Asia/Shanghai", now=clock)
