"""A user's own Locust scenario in our books."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.rounds import Loop
from loadtest.driving import DrivingError, drive
from loadtest.plan import Plan
from tests.loadtest.engine_parts import at, balanced, named
from tests.loadtest.targets import server


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


def test_a_users_own_locustfile_runs_in_a_closed_loop(instant: str, tmp_path: Path) -> None:
    file = tmp_path / "locustfile.py"
    text = """
from locust import FastHttpUser, HttpUser, constant, task

class Quick(FastHttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        with self.client.get("/echo", name="echo", catch_response=True) as answer:
            if "x-run: 7" not in answer.text:
                answer.failure("no header")
        self.client.get("/fail")
        self.client.get("/cached")

class Plain(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        assert "x-run: 7" in self.client.get("/echo", name="plain").text
"""
    file.write_text(text, encoding="utf-8")
    plan = Plan(
        target=instant, segments=at(0, 2), locustfile=str(file), users=4, spawn_rate=100, headers={"x-run": "7"}
    )
    recording = drive(plan)

    balanced(recording)
    assert recording.loop is Loop.CLOSED
    assert recording.overall.lag_ms is None
    assert named(recording, "GET echo").failed == 0
    assert set(named(recording, "GET /fail").errors) == {"HTTP 503"}
    assert named(recording, "GET /cached").not_the_malls["cache of a CDN"] > 0
    assert named(recording, "GET plain").sent > 5


@pytest.mark.parametrize(
    ("text", "said"), [("x = 1", "no user class"), ("import sys; sys.exit(3)", "cannot be loaded")]
)
def test_a_locustfile_that_cannot_be_run_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "locustfile.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DrivingError, match=said):
        drive(Plan(target="http://127.0.0.1:1/", segments=at(0, 1), locustfile=str(file)))
