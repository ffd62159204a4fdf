"""The web front is asked once and politely; its log is read for the window that ended before our own request."""

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from collectors import front
from facts.front import FrontFacts
from facts.readings import Status, Target
from mall.servers.processes import free_port

SECRET = "hunter2secret"
Routes = dict[str, tuple[int, dict[str, str], bytes]]


class Site(ThreadingHTTPServer):
    """A web site of fixed answers that remembers its requests."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.seen: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.seen.append((self.path, self.headers["User-Agent"]))
        status, headers, body = self.server.routes.get(self.path, (404, {}, b"no such page"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[Routes], Site]]:
    sites = []

    def begin(routes: Routes) -> Site:
        site = Site(routes)
        threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        sites.append(site)
        return site

    yield begin
    for site in sites:
        site.shutdown()
        site.server_close()


def ask(url: str, log: Path | None = None) -> tuple[Target, FrontFacts]:
    return front.finish(front.begin("shop", url, log, None), two_readings=True)


def test_one_request_that_says_who_asks(serve: Callable[[Routes], Site]) -> None:
    site = serve({"/": (200, {}, b"x" * 1234)})
    target, facts = ask(site.url())
    assert (target.status, target.unreachable, target.kind) == (Status.OK, False, "http")
    assert facts.probe is not None
    assert (facts.probe.status, facts.probe.bytes, facts.probe.error) == (200, 1234, "")
    assert facts.probe.seconds is not None
    assert len(site.seen) == 1
    assert "tenfold" in site.seen[0][1]


def test_redirects_are_followed_on_the_same_host_only(serve: Callable[[Routes], Site]) -> None:
    elsewhere = serve({"/": (200, {}, b"other")})
    site = serve(
        {
            "/": (302, {"Location": "/zh"}, b""),
            "/zh": (200, {}, b"home"),
            "/away": (302, {"Location": elsewhere.url()}, b""),
        }
    )
    _, here = ask(site.url())
    _, away = ask(site.url("/away"))
    assert here.probe is not None
    assert here.probe.status == 200
    assert away.probe is not None
    assert away.probe.status == 302
    assert not elsewhere.seen


def test_a_circle_of_redirects_ends(serve: Callable[[Routes], Site]) -> None:
    site = serve({"/": (302, {"Location": "/"}, b"")})
    _, facts = ask(site.url())
    assert facts.probe is not None
    assert facts.probe.status == 302
    assert len(site.seen) == 4


def test_a_site_that_fails_has_answered(serve: Callable[[Routes], Site]) -> None:
    target, facts = ask(serve({"/": (503, {}, b"down")}).url())
    assert not target.unreachable
    assert facts.probe is not None
    assert facts.probe.status == 503


def test_credentials_and_parameters_are_in_no_record(serve: Callable[[Routes], Site]) -> None:
    site = serve({f"/p?token={SECRET}": (200, {}, b"ok")})
    target, facts = ask(site.url(f"/p?token={SECRET}").replace("//", f"//li.lei:{SECRET}@"))
    assert target.status is Status.OK
    assert facts.probe is not None
    assert facts.probe.url == "http://127.0.0.1/p"
    assert SECRET not in repr((target, facts))


def test_nothing_listens() -> None:
    target, facts = ask(f"http://li.lei:{SECRET}@127.0.0.1:{free_port()}/")
    assert (target.status, target.unreachable) == (Status.FAILED, True)
    assert "could not be reached" in str(target.detail)
    assert target.remedy
    assert facts.probe is None
    assert SECRET not in repr((target, facts))


def test_a_site_that_accepts_and_never_answers(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "TIMEOUT_SECONDS", 0.2)
    target, _ = ask(f"http://127.0.0.1:{silent_port}/")
    assert (target.status, target.unreachable) == (Status.TIMED_OUT, True)
    assert "in time" in str(target.detail)
    assert "firewall" in str(target.remedy)


def test_a_site_that_speaks_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            client.recv(4096)
            client.sendall(b"-ERR unknown command\r\n")
            client.close()

        threading.Thread(target=answer, daemon=True).start()
        target, _ = ask(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert target.unreachable
    assert target.detail


@pytest.mark.parametrize("url", ["shop.example", "ftp://shop.example/", "http://", "http://[::1/"])
def test_a_broken_address_is_told(url: str) -> None:
    target, _ = ask(url)
    assert target.unreachable
    assert target.detail


def test_a_password_with_an_unescaped_slash_is_not_shown() -> None:
    target, _ = ask(f"http://li.lei:{SECRET}/tail@127.0.0.1/")
    assert target.unreachable
    assert SECRET not in repr(target)


def line(at: datetime, target: str) -> str:
    return f'203.0.113.7 - - [{at:%d/%b/%Y:%H:%M:%S %z}] "GET {target} HTTP/1.1" 200 5 "-" "curl"\n'


def test_the_log_is_read_for_the_window(serve: Callable[[Routes], Site], tmp_path: Path) -> None:
    site = serve({"/": (200, {}, b"ok")})
    log = tmp_path / "access.log"
    now = datetime.now(UTC)
    log.write_text(line(now - timedelta(hours=1), "/yesterday"))
    begun = front.begin("shop", site.url(), log, None)
    with log.open("a") as file:
        file.write(line(datetime.now(UTC), "/now") + line(now + timedelta(hours=1), "/probe"))
    _, facts = front.finish(begun, two_readings=True)
    assert facts.log is not None
    assert [each.name for each in facts.log.endpoints] == ["GET /now"]
    assert facts.log.lines == 3
    _, whole = front.finish(begun, two_readings=False)
    assert whole.log is not None
    assert {each.name for each in whole.log.endpoints} == {"GET /yesterday", "GET /now"}


def test_a_missing_log_costs_only_the_log(serve: Callable[[Routes], Site], tmp_path: Path) -> None:
    target, facts = ask(serve({"/": (200, {}, b"ok")}).url(), tmp_path / "none.log")
    assert (target.status, target.unreachable) == (Status.FAILED, False)
    assert str(tmp_path / "none.log") in str(target.detail)
    assert "access_log" in str(target.remedy)
    assert facts.probe is not None
    assert facts.log is None


def test_a_folder_in_the_logs_place_is_told(serve: Callable[[Routes], Site], tmp_path: Path) -> None:
    target, facts = ask(serve({"/": (200, {}, b"ok")}).url(), tmp_path)
    assert target.status is Status.FAILED
    assert "cannot be read" in str(target.detail)
    assert facts.probe is not None


def test_a_log_that_may_not_be_read_names_the_file() -> None:
    known = front.understand(PermissionError(13, "Permission denied", "/var/log/nginx/access.log"))
    assert known is not None
    assert known.status is Status.FORBIDDEN
    assert "/var/log/nginx/access.log" in str(known.remedy)
