"""A round on a mall that is open ends when its own shoppers suffer, and so does all that would follow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loadtest import targets
from tests.tenfold.conftest import Program


@pytest.fixture
def slow() -> Iterator[str]:
    """One slot of 50 ms: 20 requests a second; anew for each test, since what was sent too much stands in its queue."""
    with targets.server("slots", number=1, seconds=0.05) as url:
        yield url


def configured(folder: Path, url: str, real_users: str) -> Program:
    program = Program.in_new_folder(folder)
    (program.folder / "tenfold.toml").write_text(
        f"""
[[http]]
name = "shop"
url = "{url}"

[loadtest]
targets = [{{ host = "127.0.0.1" }}]
ceiling = 1000
everyday_peak = 30
baseline = "40s"
real_users = {real_users}
""",
        encoding="utf-8",
    )
    return program


def test_a_round_ends_when_shoppers_wait_too_long(slow: str, tmp_path: Path) -> None:
    program = configured(tmp_path, slow, '{ page = "/", p95 = 0.5 }')
    ended = program("stress", "--url", slow, "--rate", "40", "--duration", "40", "--json")
    assert ended.stdout, ended.everything
    (one,) = ended.document["rounds"]
    assert one["ended"] == "stopped: real-users"
    assert one["seconds"] < 30  # though not one question of ours is answered in time any more
    assert "Real shoppers wait" in ended.stderr


def test_a_search_ends_for_good(slow: str, tmp_path: Path) -> None:
    program = configured(tmp_path, slow, '{ page = "/fail", errors = 0.5 }')
    ended = program("stress", "--url", slow, "--find-knee", "--rate", "40", "--slo", "p99<5s", "--json")
    assert ended.stdout, ended.everything
    (one,) = ended.document["rounds"]
    assert ended.code == 4
    assert any("Real shoppers meet errors" in each["evidence"] for each in one["reasons"])


def test_shoppers_who_are_well_end_nothing(slow: str, tmp_path: Path) -> None:
    program = configured(tmp_path, slow, '{ page = "/", p95 = "5s", errors = 0.1 }')
    ended = program("stress", "--url", slow, "--rate", "5", "--duration", "8", "--json")
    assert ended.stdout, ended.everything
    (one,) = ended.document["rounds"]
    assert one["ended"] == "finished"
