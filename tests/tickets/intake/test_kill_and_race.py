"""The short forms of what `benchmarks.tickets_kill` and `benchmarks.tickets_race` show at length: real processes, killed and raced."""

import pytest

from benchmarks import tickets_kill, tickets_race
from tests.conftest import PostgresServer


@pytest.mark.timeout(900)
def test_killed_at_random_moments_it_loses_nothing_and_doubles_nothing(store_url: str) -> None:
    processes = 2 if store_url.startswith("postgresql") else 1
    found = tickets_kill.run_one(store_url, alerts=60, kills=3, processes=processes)
    assert found.kills == 3
    assert (found.lost, found.doubled, found.wrong) == (0, 0, [])
    assert found.tickets == 60 // tickets_kill.ALERTS_A_GROUP


@pytest.mark.timeout(900)
def test_three_senders_three_processes_one_ticket(postgres18: PostgresServer) -> None:
    store = f"postgresql://postgres@127.0.0.1:{postgres18.port}/{postgres18.create_database()}"
    raced = tickets_race.run_one(store, rounds=10)
    assert (raced.wrong, raced.refused, raced.balanced) == (0, 0, True)
    assert raced.merged == 20
