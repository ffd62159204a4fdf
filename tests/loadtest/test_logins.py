"""Accounts are logged in before the schedule begins, on a real server: once each, at their rate, and outside of the round's figures."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.rounds import Recording
from loadtest.driving import Driving, DrivingError, drive
from loadtest.plan import FeederFile, Plan, Segment
from tests.loadtest import targets

JOURNEYS = """
from loadtest.journey import Row, Shopper, journey, login

@login("accounts", per_second={per_second})
def log_in(shopper: Shopper, account: Row) -> Row:
    answer = shopper.get("{page}")
    return {{"cookie": answer.header("set-cookie").partition(";")[0] + "-" + account["name"]}}

@journey("buy")
def buy(shopper: Shopper) -> None:
    account = shopper.feed("accounts")
    answer = shopper.get("/echo", headers={{"Cookie": account["cookie"]}})
    print_if_wrong(answer.text, account)

def print_if_wrong(text: str, account: Row) -> None:
    assert f"sid=abc-{{account['name']}}" in text, text
"""


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with targets.server("instant") as url:
        yield url


def plan(
    url: str, folder: Path, *, page: str = "/cookie", per_second: float = 500, accounts: int = 60, processes: int = 1
) -> Plan:
    (folder / "journeys.py").write_text(JOURNEYS.format(page=page, per_second=per_second))
    (folder / "accounts.csv").write_text("name\n" + "".join(f"a{number}\n" for number in range(accounts)))
    return Plan(
        target=url,
        journeys=(str(folder / "journeys.py"),),
        segments=(Segment(seconds=2, per_second=20),),
        feeders={"accounts": FeederFile(path=str(folder / "accounts.csv"))},
        processes=processes,
    )


def asked(recording: Recording) -> set[str]:
    return {each.name for each in recording.endpoints}


@pytest.mark.parametrize("processes", [1, 2])
def test_journeys_get_accounts_that_are_logged_in_and_the_round_has_no_login(
    instant: str, tmp_path: Path, processes: int
) -> None:
    recording = drive(plan(instant, tmp_path, processes=processes))
    assert recording.journeys_scheduled == 40
    assert recording.overall.failed == 0
    assert {each.name: each.errors for each in recording.journeys} == {"buy": {}}
    assert asked(recording) == {"GET /echo"}


def test_logins_keep_to_their_rate_and_only_those_that_are_needed_log_in(instant: str, tmp_path: Path) -> None:
    with Driving(plan(instant, tmp_path, per_second=40, accounts=100_000)) as driving:
        began = time.monotonic()
        next(driving.moments())
        # 40 arrivals need 40 accounts: a second at this rate, whatever else the file has.
        assert time.monotonic() - began > 1.9
        assert driving.recording().overall.failed == 0


def test_a_mall_that_refuses_the_logins_gets_no_round(instant: str, tmp_path: Path) -> None:
    with pytest.raises(
        DrivingError, match="40 of 40 logins before the round failed; the first one: LoginError: HTTP 503"
    ):
        drive(plan(instant, tmp_path, page="/fail"))


def test_the_kill_switch_ends_the_logins_too(instant: str, tmp_path: Path) -> None:
    with Driving(plan(instant, tmp_path, per_second=1)) as driving:
        time.sleep(3)
        driving.stop()
        began = time.monotonic()
        with pytest.raises(DrivingError, match="stopped"):
            driving.recording()
        assert time.monotonic() - began < 2
