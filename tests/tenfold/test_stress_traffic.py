"""The practice mall's crowd shops, and the rounds walk as its access log tells: mix, order of pages, pauses, arrivals."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mall import Mall, open_mall
from tests.tenfold.conftest import Ended, Program

WRITING = {"GET /cart/add", "GET /checkout", "GET /pay/{}"}


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice") as opened:
        opened.shop(20.0, rate=12.0)
        yield opened


def rounds(program: Program, mall: Mall, *options: str, log: bool = True, more: str = "") -> Ended:
    access_log = f'access_log = "{mall.access_log}"' if log else ""
    (program.folder / "tenfold.toml").write_text(
        f"""
[mall]
name = "practice mall"

[promotion]
multiplier = 2

[[http]]
name = "shop"
url = "{mall.shop_url}"
{access_log}

[slo]
default = ["p95<5s"]

[loadtest]
targets = [{{ host = "127.0.0.1" }}]
key = "{mall.secret}"
ceiling = 100
baseline = "12s"
confirm = "12s"
journeys = ["loadtest.journeys.practice_mall_steps"]
{more}
""",
        encoding="utf-8",
    )
    return program("stress", "-o", "run", "--json", "--no-findings", *options)


def one_round(ended: Ended) -> dict[str, Any]:
    # Whether this machine was quiet enough is not the question.
    assert ended.code in {0, 1, 4}, ended.everything
    assert ended.stdout, ended.everything
    (one,) = ended.document["rounds"]
    assert isinstance(one, dict)
    return one


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program.in_new_folder(tmp_path)


def test_the_rounds_walk_as_the_log_does(program: Program, mall: Mall) -> None:
    one = one_round(rounds(program, mall, "--round", "baseline", "--traffic", "log", "--allow-writes"))
    asked = {each["name"]: each for each in one["endpoints"]}
    assert [each["name"] for each in one["journeys"]] == ["shoppers"]
    assert set(asked) >= WRITING | {"GET /", "GET /c/{}", "GET /p/{}", "GET /search", "GET /login", "GET /orders"}
    assert one["failed"] == 0
    assert one["fidelity"] > 0.8
    assert "mix of requests matches the access log's" in (program.folder / "run" / "report.md").read_text("utf-8")
    # The peak is the log's own: the crowd came at twelve a second.
    assert one["arrivals_per_second"] == pytest.approx(12, rel=0.35)
    assert one["manifest"]["traffic"].startswith("of the access log")
    assert not any("cannot be assigned" in each for each in one["not_examined"])


def test_who_may_not_write_passes_the_writing_steps_over(program: Program, mall: Mall) -> None:
    one = one_round(rounds(program, mall, "--round", "baseline", more='traffic = "log"'))
    asked = {each["name"] for each in one["endpoints"]}
    assert "GET /orders" in asked
    assert not WRITING & asked


def test_arrivals_are_replayed_and_laid_over_each_other_for_the_multiplier(program: Program, mall: Mall) -> None:
    program_of = (program, mall, "--arrivals", "replay", "--traffic", "log", "--allow-writes")
    everyday = one_round(rounds(*program_of, "--round", "baseline"))
    promotion = one_round(rounds(*program_of, "--round", "confirm"))
    assert everyday["arrivals"] == promotion["arrivals"] == "replay"
    assert promotion["journeys_scheduled"] == pytest.approx(2 * everyday["journeys_scheduled"], rel=0.15)


def test_made_up_journeys_are_held_against_the_log(program: Program, mall: Mall, tmp_path: Path) -> None:
    (tmp_path / "home.py").write_text(
        "from loadtest.journey import Shopper, journey\n\n\n@journey('home')\n"
        "def home(shopper: Shopper) -> None:\n    shopper.get('/')\n"
    )
    path = json.dumps(str(tmp_path / "home.py"))
    ended = rounds(program, mall, "--round", "baseline")
    config = program.folder / "tenfold.toml"
    config.write_text(
        config.read_text("utf-8").replace('["loadtest.journeys.practice_mall_steps"]', f"[{path}]"), "utf-8"
    )
    one = one_round(program("stress", "-o", "other", "--json", "--no-findings", "--round", "baseline"))
    assert ended.code == 2  # steps alone are no journeys
    assert one["fidelity"] < 0.5
    if one["verdict"] == "GO":
        assert any('traffic = "log"' in each for each in one["not_examined"])


def test_walking_without_a_log_is_refused_with_what_to_do(program: Program, mall: Mall) -> None:
    ended = rounds(program, mall, "--traffic", "log", log=False, more="everyday_peak = 5")
    assert ended.code == 2
    assert "access_log" in ended.stderr


def test_a_shape_and_a_replay_exclude_each_other(program: Program, mall: Mall) -> None:
    ended = rounds(program, mall, "--arrivals", "replay", "--shape", "countdown")
    assert ended.code == 2
    assert "--shape" in ended.stderr


def test_one_url_has_no_log_to_replay(program: Program) -> None:
    ended = program("stress", "--url", "http://127.0.0.1:1/", "--arrivals", "replay")
    assert ended.code == 2
    assert "replay" in ended.stderr
