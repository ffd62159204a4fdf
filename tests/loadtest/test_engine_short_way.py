"""A page that is asked for again: the short way sends the same and brings the same, and leaves what it cannot do to Locust's way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtest.driving import drive
from loadtest.plan import Plan
from tests.loadtest.engine_parts import at, balanced, journeys
from tests.loadtest.targets import server

# Locust replaces the sockets of the process that imports it, so each of these runs in one of its own.
ASKING = """
import locust
import json, sys
from loadtest.generator.agent import Agent
from loadtest.generator.guard import Guard
from loadtest.generator.sending import FreeClients
from loadtest.plan import Plan, Segment

whole, urlopen = [], Agent.urlopen

def counted(self, url, **options):
    whole.append(url)
    return urlopen(self, url, **options)

Agent.urlopen = counted
plan = Plan(target=sys.argv[1], segments=(Segment(seconds=1, per_second=1),), headers={"x-run": "7"})
clients = FreeClients(plan, Guard({"127.0.0.1": ("127.0.0.1",)}))
client = clients.take()
for method, path, *rest in json.loads(sys.argv[2]):
    if method == "NEXT":
        clients.give_back(client)
        client = clients.take()
        continue
    before = len(whole)
    payload, headers, follow = rest or (None, None, True)
    reply = client.send(method, path, payload and payload.encode(), headers, follow)
    print(json.dumps({
        "short": len(whole) == before, "error": reply.error, "between": reply.not_the_malls, "status": reply.status,
        "text": reply.text, "type": reply.header("content-type"), "bytes": reply.received_bytes, "url": reply.url,
    }))
"""

TELLING = """
import locust
import json, sys
from locust.env import Environment
from loadtest.generator.telling import Telling

class Reply:
    not_the_malls, body = None, b"four"
    def __init__(self, error):
        self.error, self.ok = error, error is None

class Client:
    response = "the response"

heard = []
environment = Environment()
environment.create_local_runner()
telling = Telling(environment)
if sys.argv[1] == "listened to":
    environment.events.request.add_listener(lambda **told: heard.append(told))
for milliseconds, name, error in ((7.4, "GET /", None), (120, "GET /", "HTTP 503"), (31, "GET /", "HTTP 503"), (4000, "GET /a", None)):
    telling.tell("GET", "/?q", name, milliseconds / 1000, Reply(error), Client())
before = environment.stats.total.num_requests
telling.report()
telling.report()
said = []
for entry in (environment.stats.total, *(each for _, each in sorted(environment.stats.entries.items()))):
    said.append([
        entry.name, entry.method, entry.num_requests, entry.num_failures, entry.min_response_time, entry.max_response_time,
        entry.total_response_time, entry.total_content_length, sorted(entry.response_times.items()),
        sum(entry.num_reqs_per_sec.values()), sum(entry.num_fail_per_sec.values()),
    ])
errors = [[each.to_name(), each.occurrences] for each in environment.stats.errors.values()]
told = [[each["name"], each["response"], each["url"], repr(each["exception"])] for each in heard]
print(json.dumps({"before": before, "stats": said, "errors": errors, "told": told}))
"""


@pytest.fixture(scope="module")
def instant() -> Iterator[str]:
    with server() as url:
        yield url


def run(script: str, *arguments: str) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask(url: str, *asked: tuple[Any, ...]) -> list[dict[str, Any]]:
    return run(ASKING, url, json.dumps(asked))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("GET", path) for path in ("/", "/echo?q=tea", "/fail", "/teapot", "/cached", "/challenge", "/packed")],
        ("HEAD", "/"),
    ],
)
def test_the_second_time_the_same_goes_out_and_the_same_comes_back(instant: str, method: str, path: str) -> None:
    first, second = ask(instant, (method, path), (method, path))

    assert not first.pop("short")
    assert second.pop("short")
    assert first == second
    assert first["status"]


def test_what_is_a_shoppers_own_goes_locusts_way_and_nothing_of_it_stays(instant: str) -> None:
    pages = [
        ("GET", "/echo"),
        ("GET", "/echo", None, {"x-own": "1"}, True),
        ("POST", "/echo", "a=1", None, True),
        ("GET", "/echo"),
        ("GET", "/cookie"),
        ("GET", "/echo"),
        ("NEXT", ""),
        ("GET", "/echo"),
        ("GET", "/cookie"),
        ("GET", "/echo"),
    ]
    first, own, posted, plain, _, known, stranger, _, known_again = ask(instant, *pages)

    assert [each["short"] for each in (first, own, posted, plain, known, stranger, known_again)] == [
        *(False, False, False, True, False, True, False)
    ]
    assert first["text"] == plain["text"] == stranger["text"]
    assert "x-run: 7" in plain["text"]
    assert "x-own: 1" in own["text"]
    assert "a=1" in posted["text"]
    assert "sid=abc" not in plain["text"]
    assert "sid=abc" in known["text"]
    # The cookie of an answer that came by the short way is kept too.
    assert known["text"] == known_again["text"]


def test_an_answer_that_leads_elsewhere_is_followed_within_the_guard_and_not_asked_for_twice() -> None:
    stay = ("GET", "/away", None, None, False)
    with server() as url:
        replies = ask(url, ("GET", "/away"), stay, stay, ("GET", "/away"), ("GET", "/foreign"), ("GET", "/foreign"))
        (asked,) = ask(url, ("GET", "/asked"))

    assert [each["url"].removeprefix(url) for each in replies] == ["/landed", "/away", "/away", "/landed", "", ""]
    assert [each["status"] for each in replies] == [200, 302, 302, 200, 0, 0]
    assert [each["error"] for each in replies[4:]] == ["redirect to another host"] * 2
    counts = json.loads(asked["text"])
    assert counts["/away"] == 4
    assert counts["/landed"] == 2
    assert counts["/foreign"] == 2


def test_a_kept_connection_that_the_server_has_closed_costs_one_more_try_and_no_second_order() -> None:
    with server() as url:
        replies = ask(
            url,
            ("GET", "/"),
            ("GET", "/leave"),
            ("GET", "/"),  # finds the connection closed, and asks once more
            ("GET", "/leave"),
            ("POST", "/order", "a=1", None, True),
            ("GET", "/fickle"),
            ("GET", "/fickle"),
        )
        (asked,) = ask(url, ("GET", "/asked"))

    assert [each["error"] for each in replies] == [None] * 4 + ["connection closed", None, "connection closed"]
    assert [each["short"] for each in replies] == [False, False, True, True, False, False, True]
    counts = json.loads(asked["text"])
    assert counts["/"] == 3
    assert counts["/order"] == 1
    assert counts["/fickle"] == 3


def test_locusts_statistics_are_the_same_whether_they_are_told_at_once_or_in_one_go() -> None:
    (alone,), (listened,) = run(TELLING, "alone"), run(TELLING, "listened to")

    assert alone["before"] == 0
    assert listened["before"] == 4
    assert alone["stats"] == listened["stats"]
    assert sorted(alone["errors"]) == sorted(listened["errors"]) == [["GET /: RuntimeError('HTTP 503')", 2]]
    total = alone["stats"][0]
    assert total[2:6] == [4, 2, 7.4, 4000]
    assert alone["told"] == []
    assert listened["told"][1] == ["/", "the response", "/?q", "RuntimeError('HTTP 503')"]
    assert len(listened["told"]) == 4


def test_a_limit_that_a_journey_leaves_behind_takes_no_later_shopper_with_it(instant: str, tmp_path: Path) -> None:
    text = """
import gevent

@journey("careless")
def careless(shopper: Shopper) -> None:
    shopper.get("/")
    gevent.Timeout(0.001).start()
"""
    recording = drive(Plan(target=instant, segments=at(10, 1.5), journeys=journeys(tmp_path, text)))

    balanced(recording)
    assert recording.journeys_started == recording.overall.sent == 15
    assert recording.overall.failed == 0
