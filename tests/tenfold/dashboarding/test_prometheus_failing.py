"""A Prometheus that answers with anything: every failure is a sentence, and the page goes on."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from facts.board_answers import State
from tenfold.dashboarding import prometheus as asking
from tenfold.dashboarding.evaluation import evaluate
from tenfold.dashboarding.prometheus import Prometheus, QueryError
from tests.collectors.prometheus_parts import Quiet, serving
from tests.tenfold.dashboarding import boards

Reply = tuple[int, bytes]


class Odd:
    """A server that replies to every question with the same.

    Attributes:
        reply: Status and body; status 0 ends the connection without a word.
        asked: How often.
    """

    def __init__(self) -> None:
        self.reply: Reply = (200, b"")
        self.asked = 0
        self.url = ""

    def says(self, data: Any, **more: Any) -> None:
        self.reply = (200, json.dumps({"status": "success", "data": data, **more}).encode())


@pytest.fixture
def odd() -> Iterator[Odd]:
    server = Odd()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked += 1
            if server.reply[0]:
                self.reply(*server.reply)
            else:
                self.close_connection = True

    listening = serving(Handler)
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    yield server
    listening.shutdown()
    listening.server_close()


QUESTIONS: tuple[Callable[[Prometheus], object], ...] = (
    lambda server: server.instant("up", 1e9),
    lambda server: server.range("up", 1e9, 1e9 + 60, 15.0),
    lambda server: server.label_values("job", "", 1e9, 1e9 + 60),
)


@pytest.mark.parametrize("ask", QUESTIONS)
@pytest.mark.parametrize(
    ("reply", "said", "lost"),
    [
        ((200, b"<html>welcome</html>"), "is not a Prometheus (HTTP 200)", True),
        ((200, b"[" * 100_000), "is not a Prometheus (HTTP 200)", True),
        ((404, b"nothing here"), "is not a Prometheus (HTTP 404)", True),
        ((302, b""), "leads elsewhere (HTTP 302)", True),
        ((403, b"no"), "may not be queried from here (HTTP 403)", True),
        ((503, b"starting"), "is not ready (HTTP 503)", True),
        ((200, b'{"status": "success"}'), "the answer is none of Prometheus", False),
        ((200, b'{"status": "success", "data": 5}'), "the answer is none of Prometheus", False),
        (
            (200, b'{"status": "success", "data": {"resultType": "streams", "result": []}}'),
            "is none of Prometheus",
            False,
        ),
        (
            (422, b'{"status": "error", "errorType": "execution", "error": "too many samples"}'),
            "execution: too many samples",
            False,
        ),
        ((503, b'{"status": "error", "errorType": "timeout", "error": "x"}'), "gave up on the query", False),
    ],
)
def test_a_refusal_is_a_sentence(
    odd: Odd, ask: Callable[[Prometheus], object], reply: Reply, said: str, *, lost: bool
) -> None:
    odd.reply = reply
    with Prometheus(odd.url) as server, pytest.raises(QueryError) as caught:
        ask(server)
    assert said in str(caught.value.said)
    assert caught.value.lost == lost


WRONG: tuple[Any, ...] = (
    None,
    5,
    "x",
    [],
    [None],
    {},
    {"metric": 5},
    {"metric": {}},
    {"metric": {}, "value": 5},
    {"metric": {"a": None}, "values": [[1], "x", [None, "y"], [1e300, "1"], ["NaN", "1"]]},
)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_series_of_any_shape_break_nothing(odd: Odd, wrong: Any) -> None:
    odd.says({"resultType": "matrix", "result": [wrong, {"metric": {"a": "b"}, "values": [[1.0, "2"]]}]}, warnings=5)
    with Prometheus(odd.url) as server:
        answer = server.range("up", 0, 60, 15)
    assert answer.lines[-1].points == ((1.0, 2.0),)
    assert all(line.points == () for line in answer.lines[:-1])


def test_what_the_server_says_is_missing_is_kept(odd: Odd) -> None:
    odd.says({"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}, warnings=["store is gone"])
    with Prometheus(odd.url) as server:
        assert [str(each) for each in server.instant("up", 1).warnings] == ["the answer is not whole: store is gone"]


def test_what_is_kept_of_an_answer_is_bounded_and_the_rest_counted(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    series = [{"metric": {"n": str(each)}, "values": [[1.0, "2"], [2.0, "2"]]} for each in range(20)]
    odd.says({"resultType": "matrix", "result": series})
    monkeypatch.setattr(asking, "SERIES_AT_MOST", 15)
    with Prometheus(odd.url) as server:
        assert (len(server.range("up", 0, 60, 15).lines), server.range("up", 0, 60, 15).left_out) == (15, 5)
        monkeypatch.setattr(asking, "POINTS_AT_MOST", 7)
        assert (len(server.range("up", 0, 60, 15).lines), server.range("up", 0, 60, 15).left_out) == (3, 17)
        monkeypatch.setattr(asking, "BYTES_AT_MOST", 100)
        with pytest.raises(QueryError, match="the answer is larger than 100 B"):
            server.range("up", 0, 60, 15)


def test_a_server_that_is_lost_is_asked_nothing_more(odd: Odd) -> None:
    odd.reply = (503, b"starting")
    with Prometheus(odd.url) as server:
        evaluation = evaluate(boards.lively(), server)
    assert odd.asked == 1
    assert {each.state for panel in evaluation.panels for each in panel.targets} == {State.ERROR}
    assert server.lost is not None
    assert "not ready" in str(server.lost)


def test_three_silences_and_it_is_left_alone(silent_port: int) -> None:
    with Prometheus(f"http://127.0.0.1:{silent_port}", seconds=0.1, _answered=True) as server:
        for _ in range(asking.BROKEN_AT_MOST):
            assert server.lost is None
            with pytest.raises(QueryError, match="no answer within"):
                server.instant("up", 1)
        assert server.lost is not None


def test_a_connection_that_breaks_once_costs_one_question(odd: Odd) -> None:
    odd.says({"resultType": "scalar", "result": [1, "1"]})
    with Prometheus(odd.url) as server:
        server.instant("up", 1)
        good, odd.reply = odd.reply, (0, b"")
        with pytest.raises(QueryError):
            server.instant("up", 1)
        assert server.lost is None
        odd.reply = good
        assert server.instant("up", 1).lines
