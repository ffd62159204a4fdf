"""What journeys ask for and what comes back, on a real generator and real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.driving import Driving, DrivingError, drive
from loadtest.plan import Connections, FeederFile, Plan
from tests.loadtest.engine_parts import at, balanced, journeys, named
from tests.loadtest.targets import server

EVERYWHERE = """
from loadtest.journey import Shopper, journey

@journey("everywhere")
def everywhere(shopper: Shopper) -> None:
    for path in ("/", "/fail", "/teapot", "/drop", "/away", "/foreign", "/cached", "/challenge", "/slow"):
        shopper.get(path, go_on=True)
    shopper.get("/", name="GET checked", check=lambda answer: "gold" in answer.text, go_on=True)
    shopper.get("http://192.0.2.9/", name="GET elsewhere", go_on=True)
    shopper.post("/", json={"a": 1}, name="POST written", go_on=True)
"""


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


def test_every_way_to_fail_has_its_word_and_what_a_cdn_answers_is_kept_apart(instant: str, tmp_path: Path) -> None:
    plan = Plan(
        target=instant,
        segments=at(10, 0.3),
        journeys=journeys(tmp_path, EVERYWHERE),
        timeout_seconds=0.5,
        headers={"x-run": "7"},
    )
    recording = drive(plan)

    balanced(recording)
    errors = {each.name: set(each.errors) for each in recording.endpoints}
    assert errors == {
        "GET /": set(),
        "GET /fail": {"HTTP 503"},
        "GET /teapot": {"HTTP 418"},
        "GET /drop": {"connection closed"},
        "GET /away": set(),
        "GET /foreign": {"redirect to another host"},
        "GET /cached": set(),
        "GET /challenge": set(),
        "GET /slow": {"timeout"},
        "GET checked": {"check failed"},
        "GET elsewhere": {"address not approved"},
        "POST written": {"write not allowed"},
    }
    assert named(recording, "GET /cached").not_the_malls == {"cache of a CDN": 3}
    assert named(recording, "GET /challenge").not_the_malls == {"challenge": 3}
    assert named(recording, "everywhere").failed == 3


def test_a_shopper_is_a_stranger_to_the_one_before_and_carries_the_runs_headers(instant: str, tmp_path: Path) -> None:
    text = """
@journey("cookies")
def cookies(shopper: Shopper) -> None:
    before = shopper.get("/echo", name="before", check=lambda answer: "sid=" not in answer.text and "x-run: 7" in answer.text)
    shopper.get("/cookie")
    shopper.get("/echo", name="after", check=lambda answer: "sid=abc" in answer.text and "tenfold" in answer.text)
    answer = shopper.get("/away", name="stay", follow=False)
    assert answer.status == 302 and answer.header("Location") == "/landed", answer
    assert shopper.get("/away").url.endswith("/landed")
"""
    for connections in Connections:
        plan = Plan(
            target=instant,
            segments=at(10, 1),
            journeys=journeys(tmp_path, text),
            connections=connections,
            headers={"x-run": "7"},
        )
        recording = drive(plan)

        balanced(recording)
        assert recording.overall.failed == 0
        assert named(recording, "cookies").failed == 0
        assert recording.overall.received_bytes > recording.overall.sent * 40


def test_a_journey_that_breaks_says_where_and_the_others_go_on(instant: str, tmp_path: Path) -> None:
    text = """
@journey("fragile")
def fragile(shopper: Shopper) -> None:
    shopper.get("/")
    if shopper.number % 2:
        raise KeyError("gone")
"""
    with Driving(Plan(target=instant, segments=at(20, 1), journeys=journeys(tmp_path, text))) as driving:
        recording = driving.recording()

    balanced(recording)
    assert named(recording, "fragile").errors == {"journey broke": 10}
    assert "journeys.py:7: KeyError: 'gone'" in driving.complaints
    assert driving.complaints.count("journey 'fragile' broke") == 1


def test_rows_of_a_feeder_go_round_and_too_few_are_found_before_the_start(instant: str, tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("name\n" + "".join(f"shopper{number}\n" for number in range(10)), encoding="utf-8")
    text = """
@journey("login")
def login(shopper: Shopper) -> None:
    shopper.get(f"/echo?{shopper.feed('accounts')['name']}", check=lambda answer: shopper.feed("accounts")["name"] in answer.text)
"""
    fed = {"accounts": FeederFile(path=str(accounts), exclusive=False)}
    plan = Plan(target=instant, segments=at(20, 1), journeys=journeys(tmp_path, text), feeders=fed)
    assert drive(plan).overall.failed == 0

    fed = {"accounts": FeederFile(path=str(accounts), exclusive=True)}
    with pytest.raises(DrivingError, match="10 rows are missing") as refused:
        drive(Plan(target=instant, segments=at(20, 1), journeys=journeys(tmp_path, text), feeders=fed))
    assert refused.value.refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no journey"),
        ("import nothing_of_the_kind", "ModuleNotFoundError"),
        ("@journey('buy', writes=True)\ndef buy(shopper: Shopper) -> None: ...", "not allowed here: buy"),
    ],
)
def test_journeys_that_cannot_be_run_are_refused_before_the_start(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DrivingError, match=said) as refused:
        drive(Plan(target="http://127.0.0.1:1/", segments=at(1, 1), journeys=journeys(tmp_path, text)))
    assert refused.value.refused
