"""`tenfold stress` as a user meets it: verdicts and their exit codes, the run folder, refusals, Ctrl-C."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.loadtest import targets
from tests.tenfold.conftest import Program, finish

ROUND = ("--rate", "60", "--duration", "6", "--arrivals", "constant")


@pytest.fixture(scope="module")
def quick() -> Iterator[str]:
    """Four slots of 10 ms: 400 requests a second."""
    with targets.server("slots", number=4, seconds=0.01) as url:
        yield url


@pytest.fixture(scope="module")
def slow() -> Iterator[str]:
    """One slot of 50 ms: 20 requests a second."""
    with targets.server("slots", number=1, seconds=0.05) as url:
        yield url


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program.in_new_folder(tmp_path)


def test_a_mall_that_holds_is_a_go_and_leaves_a_run_folder(program: Program, quick: str) -> None:
    ended = program("stress", "--url", quick, *ROUND, "--slo", "p99<5s", "--slo", "errors<1%")
    assert ended.code in {0, 4}, ended.everything  # 4: this machine was too busy to measure, and says so
    run = program.folder / "tenfold-runs" / "latest"
    document = json.loads((run / "round.json").read_text(encoding="utf-8"))
    assert document["scheduled"] == document["sent"] + document["dropped"] == 360
    assert document["failed"] == 0
    assert document["verdict"] == {0: "GO", 4: "INVALID"}[ended.code]
    assert {path.name for path in run.iterdir()} == {"round.json", "report.html", "report.md", "junit.xml"}
    cases = ET.fromstring((run / "junit.xml").read_text(encoding="utf-8")).iter("testcase")
    assert {"slo p99<5s", "slo errors<1%"} <= {case.get("name") for case in cases}


def test_an_overloaded_mall_is_a_no_go_and_its_shoppers_waiting_is_counted(program: Program, slow: str) -> None:
    ended = program("stress", "--url", slow, *ROUND, "--slo", "p95<300ms", "--json")
    assert ended.code in {1, 4}, ended.everything
    (one,) = ended.document["rounds"]
    # Three times the capacity for six seconds: the last one waits for the twelve seconds of work before it.
    assert one["latency_ms"]["p95"] > 3_000
    assert one["service_ms"]["p95"] > 3_000
    reason = next(each for each in one["reasons"] if each["rule"].startswith("slo"))
    assert reason["ok"] is False
    assert ended.document["verdict"] == {1: "NO-GO", 4: "INVALID"}[ended.code]


def test_without_an_objective_the_round_only_says_whether_it_is_a_measurement(program: Program, slow: str) -> None:
    ended = program("stress", "--url", slow, "--rate", "10", "--duration", "3", "--json")
    assert ended.document["verdict"] in {"GO", "INVALID"}


def test_a_host_that_nobody_allowed_is_refused_before_anything_is_asked(program: Program) -> None:
    ended = program("stress", "--url", "http://shop.example/", "--rate", "5", "--duration", "2")
    assert ended.code == 2
    assert "shop.example is not on the list of allowed targets" in ended.stderr
    assert "[loadtest]" in ended.stderr
    assert not (program.folder / "tenfold-runs").exists()


def test_a_dead_target_ends_with_code_3(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        ended = program("stress", "--url", url, "--rate", "5", "--duration", "2")
    assert ended.code == 3
    assert "gives no answer" in ended.stderr


def test_a_target_that_dies_in_the_middle_is_told_and_counted(program: Program) -> None:
    with targets.server("slots", number=4, seconds=0.01) as url:
        process = program.start(
            "stress", "--url", url, "--rate", "40", "--duration", "8", "--slo", "errors<1%", "-o", "run"
        )
        time.sleep(5)
    ended = finish(process)
    assert ended.code in {1, 4}, ended.everything
    document = json.loads((program.folder / "run" / "round.json").read_text(encoding="utf-8"))
    assert document["failed"] > 0
    assert document["scheduled"] == document["sent"] + document["dropped"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_keep_what_was_done(program: Program, quick: str, how: signal.Signals) -> None:
    process = program.start("stress", "--url", quick, "--rate", "40", "--duration", "60", "-o", "run")
    time.sleep(6)
    process.send_signal(how)
    ended = finish(process)
    assert ended.code == 130
    document = json.loads((program.folder / "run" / "round.json").read_text(encoding="utf-8"))
    assert 0 < document["scheduled"] < 40 * 60
    assert "interrupted" in ended.stdout
    assert (program.folder / "run" / "report.html").is_file()


def test_a_folder_that_cannot_be_written_does_not_lose_the_verdict(program: Program, quick: str) -> None:
    (program.folder / "file").write_text("in the way", encoding="utf-8")
    ended = program("stress", "--url", quick, "--rate", "20", "--duration", "2", "-o", "file/run")
    assert ended.code == 2
    assert "The report could not be written" in ended.stderr
    assert "Single round" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--slo", "p99<500"), "the unit is missing"),
        (("--slo", "p99>500ms"), "stay below the limit"),
        (("--find-knee",), "A knee needs an objective"),
        (("--cores", "all"), "names no CPU cores"),
        (("--round", "all"), "--round has no effect with a single --url"),
        (("--multiplier", "3"), "--multiplier has no effect with a single --url"),
        (("--users", "3"), "give --rate"),
        (("-f", "shop.py", "--rate", "3"), "--rate has no effect with a scenario of your own"),
        (("--find-knee", "--slo", "p99<1s", "--duration", "9"), "--duration has no effect in a search"),
    ],
)
def test_a_mistake_on_the_command_line_is_explained(
    program: Program, quick: str, arguments: tuple[str, ...], said: str
) -> None:
    ended = program("stress", "--url", quick, *arguments)
    assert ended.code == 2
    assert said in ended.stderr


def test_without_a_url_and_a_configuration_there_is_nothing_to_rehearse(program: Program) -> None:
    ended = program("stress")
    assert ended.code == 2
    assert "There is nothing to rehearse" in ended.stderr


def test_what_only_a_url_takes_is_refused_for_the_configured_mall(program: Program) -> None:
    (program.folder / "tenfold.toml").write_text("[loadtest]\neveryday_peak = 4\n", encoding="utf-8")
    for option in ("--rate", "--duration"):
        ended = program("stress", option, "5")
        assert ended.code == 2
        assert f"{option} has no effect in the rounds of the configured mall" in ended.stderr
        assert "everyday_peak" in ended.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('journeys = ["nowhere.py"]', "there is no journeys file nowhere.py"),
        ('windows = ["Xyz 02:00-06:00"]', "a day that is none of mon"),
        ('baseline = "long"', "loadtest.baseline: "),
    ],
)
def test_a_mistake_in_the_section_is_told(program: Program, line: str, said: str) -> None:
    (program.folder / "tenfold.toml").write_text(
        f'[loadtest]\ntarget = "http://127.0.0.1:9/"\neveryday_peak = 4\n{line}\n', encoding="utf-8"
    )
    ended = program("stress", "--round", "baseline")
    assert ended.code == 2
    assert said in ended.stderr


def test_a_mall_that_answers_with_an_error_is_not_called_dead(program: Program, quick: str) -> None:
    ended = program("stress", "--url", f"{quick.rstrip('/')}/fail", "--rate", "5", "--duration", "2")
    assert ended.code == 3
    assert "answers with HTTP 503 before any load" in ended.stderr


def test_an_objective_with_a_mistake_in_the_configuration_is_named(program: Program) -> None:
    (program.folder / "tenfold.toml").write_text('[slo]\ndefault = ["p99<500"]\n', encoding="utf-8")
    ended = program("stress")
    assert ended.code == 2
    assert "p99<500ms" in ended.stderr


def test_a_users_own_scenario_runs_in_its_closed_loop_and_the_report_says_so(program: Program, quick: str) -> None:
    (program.folder / "shop.py").write_text(
        "from locust import FastHttpUser, task\n\n"
        "class Shopper(FastHttpUser):\n    @task\n    def look(self):\n        self.client.get('/')\n",
        encoding="utf-8",
    )
    ended = program("stress", "-f", "shop.py", "--url", quick, "--users", "2", "--duration", "3", "-o", "run")
    assert ended.code in {0, 4}, ended.everything
    report = (program.folder / "run" / "report.md").read_text(encoding="utf-8")
    assert "closed" in report
    assert "journeys only read" not in ended.stderr, "nobody could promise that"
    for told in (ended.stderr, report):
        assert "Nothing holds the scenario of" in told


def test_a_round_above_the_ceiling_is_refused_before_anything_is_asked(program: Program) -> None:
    (program.folder / "tenfold.toml").write_text(
        '[promotion]\nmultiplier = 3\n[[http]]\nname = "shop"\nurl = "http://127.0.0.1:9/"\n'
        '[loadtest]\ntargets = [{ host = "127.0.0.1" }]\nkey = "0123456789abcdef0123456789abcdef"\nceiling = 5\neveryday_peak = 4\n',
        encoding="utf-8",
    )
    ended = program("stress", "--round", "confirm")
    assert ended.code == 2
    assert "above the ceiling of 5" in ended.stderr
