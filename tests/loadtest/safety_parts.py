"""Parts of the safety tests: small web servers on loopback, a resolver that is told what to say, a request that is in order."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from loadtest.safety import ownership
from loadtest.safety.addresses import Target, parse_target
from loadtest.safety.clearance import Policy, Request
from loadtest.safety.targets import Allowed, Approved, allowed, approve

KEY = "correct horse battery staple"
LOOPBACK = ("127.0.0.1",)


@dataclass
class Site:
    """A web server that notes what it was asked.

    Attributes:
        pages: Status, headers and body by path; anything else is 404.
        asked: Paths in their order.
        marks: The run header of each request.
    """

    port: int
    pages: dict[str, tuple[int, dict[str, str], str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/"


@contextmanager
def site(
    *, token: str | None = ownership.token(KEY), front: tuple[int, dict[str, str], str] = (200, {}, "shop")
) -> Iterator[Site]:
    """A shop that serves a front page and an ownership token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            opened.asked.append(self.path)
            opened.marks.append(self.headers.get("x-tenfold-run", ""))
            status, headers, body = opened.pages.get(self.path, (404, {}, "nothing here"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815  (the server's own name for it)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened = Site(port=int(server.server_address[1]))
    opened.pages["/"] = front
    if token is not None:
        opened.pages[ownership.PATH] = (200, {"Content-Type": "text/plain"}, token + "\n")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Dns:
    """A resolver with a script: each question gets the next answer, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise OSError("Name or service not known")
        return found


def no_dns(host: str, _port: int) -> Sequence[str]:
    raise AssertionError(f"nobody may look up {host}")


def target(url: str) -> Target:
    found = parse_target(url)
    assert isinstance(found, Target), found
    return found


def approved(url: str, *, resolve: Any = no_dns) -> Approved:
    """A loopback target, as approved when it is named on the command line."""
    found = approve(target(url), (), resolve, named_on_command_line=True)
    assert isinstance(found, Approved), found
    return found


def policy(*entries: Allowed, **changed: Any) -> Policy:
    """What a careful mall configures."""
    return Policy(**{"allowed": entries, "key": KEY, "ceiling": 100.0, **changed})


def shop_allowed(*addresses: str) -> Allowed:
    return allowed("shop.example", addresses or LOOPBACK)


def request(url: str, **changed: Any) -> Request:
    """A wish for 50 journeys a second for a minute."""
    return Request(**{"url": url, "per_second": 50.0, "seconds": 60.0, "run": "run-1", "version": "0.1.0", **changed})
