"""A Prometheus that refuses, fails or dawdles costs nobody anything but its own figures."""

import base64
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors import prometheus, prometheus_answers, prometheus_queries
from facts.readings import Status
from mall.servers.processes import free_port
from tests.collectors.prometheus_parts import (
    MAIL,
    SECRET,
    Quiet,
    program,
    read,
    serving,
)


@dataclass
class Fake:
    """Something that answers each query as it likes."""

    answer: Callable[[str], tuple[int, bytes]]
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorizations: set[str | None] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    pause: float = 0.0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


Serve = Callable[[Callable[[str], tuple[int, bytes]]], Fake]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def begin(answer: Callable[[str], tuple[int, bytes]]) -> Fake:
        fake = Fake(answer)

        class Handler(Quiet, BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                (query,) = parse_qs(address.query)["query"]
                fake.asked.append(query)
                fake.paths.add(address.path)
                fake.authorizations.add(self.headers["Authorization"])
                status, body = fake.answer(query)
                if not fake.pause:
                    self.reply(status, body, fake.headers)
                    return
                self.send_response(status)
                self.end_headers()
                try:
                    for position in range(len(body)):
                        self.wfile.write(body[position : position + 1])
                        time.sleep(fake.pause)
                except OSError:
                    """The other side has had enough."""

        server = serving(Handler)
        fake.port = int(server.server_address[1])
        servers.append(server)
        return fake

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def vector(*series: tuple[Mapping[str, Any], str], **more: Any) -> tuple[int, bytes]:
    result = [{"metric": dict(labels), "value": [1_700_000_000.0, value]} for labels, value in series]
    document = {"status": "success", "data": {"resultType": "vector", "result": result}, **more}
    return 200, json.dumps(document).encode()


def error(kind: str, sentence: str, status: int = 422) -> tuple[int, bytes]:
    return status, json.dumps({"status": "error", "errorType": kind, "error": sentence}).encode()


def threads(
    *series: tuple[Mapping[str, Any], str], otherwise: tuple[int, bytes] | None = None
) -> Callable[[str], tuple[int, bytes]]:
    """Answers the question for the JVM's threads, and all others with nothing."""
    return lambda query: vector(*series) if "jvm_threads" in query else (otherwise or vector())


ONE = ({"job": "shop", "instance": "shop-1"}, "7")


def test_nobody_there() -> None:
    found = read(f"http://127.0.0.1:{free_port()}")
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, True)
    assert "could not be reached" in str(found.target.detail)
    assert "9090" in str(found.target.remedy)
    assert found.rest.readings[0].status is Status.FAILED


@pytest.mark.parametrize("reached", [False, True], ids=["not reached", "refused"])
def test_a_server_that_cannot_be_reached_or_refuses_us_is_an_exit_code(
    serve: Serve, tmp_path: Path, *, reached: bool
) -> None:
    url = serve(lambda _: (403, b"")).url if reached else f"http://127.0.0.1:{free_port()}"
    (tmp_path / "tenfold.toml").write_text(f'[[host]]\nname = "web-1"\n[prometheus]\nurl = "{url}"\n')
    shown = program(tmp_path, "check", code=3).stdout
    assert ("may not be queried" if reached else "could not be reached") in shown


def test_a_machine_of_the_same_name_does_not_hide_it(serve: Serve, tmp_path: Path) -> None:
    url = serve(threads(ONE)).url
    (tmp_path / "tenfold.toml").write_text(f'[[host]]\nname = "prometheus"\n[prometheus]\nurl = "{url}"\n')
    program(tmp_path, "collect", "--window", "0", "-o", "mall.tfz")
    snapshot = json.loads(gzip.decompress((tmp_path / "mall.tfz").read_bytes()))["snapshot"]
    assert [(each["source"], len(each["external"])) for each in snapshot["hosts"]] == [("psutil", 0), ("prometheus", 1)]


def test_a_server_that_never_answers_is_asked_twice(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_answers, "TIMEOUT_SECONDS", 0.2)
    found = read(f"http://127.0.0.1:{silent_port}")
    assert (found.target.status, found.target.unreachable) == (Status.TIMED_OUT, True)
    assert "firewall" in str(found.target.remedy)


@pytest.mark.parametrize(
    ("answer", "status", "detail", "remedy"),
    [
        ((401, b"Unauthorized"), Status.FORBIDDEN, "asks for a user and a password", "USER:${PASSWORD}@"),
        ((403, b"Forbidden"), Status.FORBIDDEN, "may not be queried from here", "/api/v1/query"),
        ((302, b""), Status.FORBIDDEN, "login page", "login page"),
        ((200, b"<html>Welcome to nginx!</html>"), Status.FAILED, "not a Prometheus", "9090"),
        ((404, b"<html>404</html>"), Status.FAILED, "not a Prometheus", "/api/v1/query"),
        ((200, b'{"status": "success", "data": []}'), Status.FAILED, "not a Prometheus", "9090"),
        ((200, b'["status"]'), Status.FAILED, "not a Prometheus", "9090"),
        ((200, b"[" * 100_000), Status.FAILED, "not a Prometheus", "9090"),
        ((503, b"<html>Service Unavailable</html>"), Status.FAILED, "HTTP 503", "try again"),
        ((429, b"slow down"), Status.FAILED, "HTTP 429", "try again"),
    ],
    ids=["401", "403", "302", "html", "404", "no vector", "no object", "bottomless", "503", "429"],
)
def test_a_server_that_answers_nothing_is_asked_once(
    serve: Serve, answer: tuple[int, bytes], status: Status, detail: str, remedy: str
) -> None:
    fake = serve(lambda _: answer)
    fake.headers["Location"] = "/login"
    found = read(fake.url)
    assert len(fake.asked) == 1
    assert (found.target.status, found.target.unreachable) == (status, True)
    assert detail in str(found.target.detail)
    assert remedy in str(found.target.remedy)
    assert (found.machines, found.rest.external) == ({}, ())
    assert found.rest.readings[0].status is status


def test_a_prometheus_without_any_of_it_says_so(serve: Serve) -> None:
    fake = serve(lambda _: vector())
    found = read(fake.url)
    assert (found.target.status, found.target.unreachable) == (Status.EMPTY, False)
    assert "none of the figures" in str(found.target.detail)
    assert "node_exporter" in str(found.target.remedy)
    assert len(fake.asked) == len(dict(prometheus_queries.queries()))


def test_a_refused_query_costs_no_other_its_answer(serve: Serve) -> None:
    fake = serve(lambda query: error("bad_data", "unknown function") if "topk" in query else threads(ONE)(query))
    found = read(fake.url)
    assert found.value("jvm_threads") == 7
    assert (found.target.status, found.target.unreachable) == (Status.OK, False)
    assert "it answered in part: prometheus: container_cpu_cores: " in str(found.target.detail)
    assert "bad_data: unknown function, and 4 more" in str(found.target.detail)
    assert "2.26" in str(found.target.remedy)
    (record,) = found.rest.readings
    assert len(record.partial) == 5


def test_where_every_query_is_refused_the_first_refusal_stands_for_all(serve: Serve) -> None:
    found = read(serve(lambda _: error("execution", "query processing would load too many samples")).url)
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, True)
    assert "too many samples" in str(found.target.detail)
    assert found.rest.readings[0].partial == ()


def test_a_server_that_gives_up_twice_is_left_alone(serve: Serve) -> None:
    busy = error("timeout", "query timed out in expression evaluation", 503)
    fake = serve(lambda query: vector(ONE) if "node" in query else busy)
    found = read(fake.url)
    assert len(fake.asked) == len(prometheus_queries.MACHINES) + 2
    assert found.target.status is Status.OK
    (*given_up, left) = found.rest.readings[0].partial
    assert [str(each.reason) for each in given_up] == ["Prometheus gave up on the query"] * 2
    assert left.subject.endswith("aliyun_rds")
    assert "too slowly" in str(left.reason)


def test_what_was_not_asked_is_not_taken_for_nothing(serve: Serve) -> None:
    busy = error("timeout", "query timed out in expression evaluation", 503)
    found = read(serve(lambda query: vector() if "node" in query else busy).url)
    assert (found.target.status, found.target.unreachable) == (Status.FAILED, False)
    assert "it brought nothing: prometheus: container_cpu_cores" in str(found.target.detail)


def test_a_server_that_takes_its_time_for_each_is_not_asked_for_all(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prometheus, "SECONDS_AT_MOST", 0.2)

    def slowly(_: str) -> tuple[int, bytes]:
        time.sleep(0.1)
        return vector(ONE)

    fake = serve(slowly)
    found = read(fake.url)
    assert 0 < len(fake.asked) <= 3
    (left,) = found.rest.readings[0].partial
    assert left.subject.endswith("aliyun_rds")
    assert found.target.status is Status.OK


def test_a_server_that_dribbles_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the whole never."""
    monkeypatch.setattr(prometheus_answers, "TIMEOUT_SECONDS", 0.3)
    fake = serve(lambda _: vector(*[ONE] * 100))
    fake.pause = 0.02
    found = read(fake.url)
    assert len(fake.asked) == 2
    assert (found.target.status, found.target.unreachable) == (Status.TIMED_OUT, True)


def test_a_server_that_breaks_off_keeps_what_it_gave(serve: Serve) -> None:
    fake = serve(threads(ONE))

    def broken(query: str) -> tuple[int, bytes]:
        if "phpfpm" in query:
            raise ConnectionAbortedError
        return threads(ONE)(query)

    fake.answer = broken
    found = read(fake.url)
    assert found.value("jvm_threads") == 7
    assert found.target.status is Status.OK
    assert "phpfpm" in str(found.target.detail)
    assert not any("nginx" in query for query in fake.asked)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_answers, "BYTES_AT_MOST", 2**20)
    large = 200, b" " * (2**20 + 1)
    found = read(serve(threads(ONE, otherwise=large)).url)
    assert found.value("jvm_threads") == 7
    assert "larger than 1 MiB" in str(found.target.detail)


@pytest.mark.parametrize("more", [0, 1])
def test_no_more_series_are_kept_than_a_snapshot_should_hold(serve: Serve, more: int) -> None:
    count = prometheus.SERIES_AT_MOST + more
    series = [({"job": "shop", "instance": f"shop-{number:04}"}, "1") for number in reversed(range(count))]
    found = read(serve(threads(*series)).url)
    assert len(found.rest.external) == prometheus.SERIES_AT_MOST
    assert found.rest.external[0].labels["instance"] == "shop-0000"
    assert ("501 series" in str(found.target.detail)) is bool(more)


def test_a_warning_of_the_server_is_passed_on(serve: Serve) -> None:
    found = read(serve(lambda _: vector(ONE, warnings=["store eu-2 did not answer"])).url)
    assert "not whole: store eu-2 did not answer" in str(found.target.detail)


def test_what_is_no_number_is_left_out(serve: Serve) -> None:
    labels = [{"instance": f"shop-{number}"} for number in range(5)]
    values = ["NaN", "+Inf", "7", "", "much"]
    broken: list[Any] = [None, {}, {"metric": {}, "value": []}, {"metric": None, "value": [0, "1"]}]
    _, body = vector(*zip(labels, values, strict=True))
    document = json.loads(body)
    document["data"]["result"] += broken
    found = read(serve(lambda query: (200, json.dumps(document).encode()) if "jvm_threads" in query else vector()).url)
    assert [(each.labels, each.value) for each in found.rest.external] == [({"instance": "shop-2"}, 7.0)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x" * 201, "x" * 200),
        ("shop-7d9f8b6c5-x2x4z", "shop-7d9f8b6c5-x2x4z"),
        ("cron-29384756", "cron-29384756"),
        (f"pool of {MAIL}", "pool of {masked}"),
        ("13912345678", "{masked}"),
        ("110101199003074258", "{masked}"),
    ],
)
def test_a_labels_value_is_cut_and_says_nothing_of_a_person(serve: Serve, value: str, kept: str) -> None:
    found = read(serve(threads(({"pod": value, "owner": MAIL, "__name__": "jvm_threads"}, "1"))).url)
    assert [each.labels for each in found.rest.external] == [{"pod": kept}]


def test_the_password_goes_to_the_server_and_nowhere_else(serve: Serve) -> None:
    fake = serve(lambda _: (401, b"no"))
    found = read(f"http://nana:{SECRET}@127.0.0.1:{fake.port}/prometheus/?tab=graph#top")
    assert fake.authorizations == {"Basic " + base64.b64encode(f"nana:{SECRET}".encode()).decode()}
    assert fake.paths == {"/prometheus/api/v1/query"}
    assert SECRET not in repr((found.target, found.rest))


@pytest.mark.parametrize("address", ["localhost:9090", f"http://nana:{SECRET}@127.0.0.1:notaport/", "http://[::1/"])
def test_a_broken_address_is_told_without_repeating_it(address: str) -> None:
    found = read(address)
    assert found.target.unreachable
    assert found.target.detail
    assert SECRET not in str(found.target.detail) + str(found.target.remedy)


def test_a_machine_that_was_scraped_once_has_no_shares_yet(serve: Serve) -> None:
    machine = {"job": "node", "instance": "[2001:db8::1]:9100"}
    fake = serve(lambda query: vector((machine, "4")) if query.startswith("count") else vector())
    found = read(fake.url)
    assert [(each.target, each.processor, each.memory) for each in found.machines.values()] == [
        ("2001:db8::1", None, None)
    ]


@pytest.mark.parametrize(("passed", "window"), [(0, 300), (301, 301), (3601, 3600)])
def test_the_range_is_the_window_within_bounds(serve: Serve, passed: float, window: int) -> None:
    fake = serve(lambda _: vector())
    begun = prometheus.begin(fake.url)
    begun.at -= passed
    prometheus.finish(begun)
    assert {text for query in fake.asked for text in re.findall(r"\[(\w+)\]", query)} == {f"{window}s", "20m"}


# What CFG001 makes of pools that tell their own limit
