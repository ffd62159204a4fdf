"""Sends one shopper's requests with Locust's fast HTTP client, and says in fixed words what went wrong.

Clients are kept in a free list, last in, first out, as k6 keeps its virtual users: a journey takes one that is free,
with open connections and without cookies, so that a journey of one request does not pay for a TCP connection each. A
plan with `connections: fresh` closes them after each journey.

A request that finds its kept connection closed by the server is sent once more over a new one when its method is
idempotent, as browsers do (RFC 9110 section 9.2.2); nothing else is ever repeated.
"""

import errno
import json
import ssl
import zlib
from collections.abc import Mapping
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.parse import urlsplit

import gevent
import gevent.monkey
import gevent.socket
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.url import URL
from geventhttpclient.useragent import RetriesExceeded
from locust.contrib.fasthttp import FastRequest, FastResponse, LocustUserAgent, insecure_ssl_context_factory

from loadtest.between import HEADERS, STATUSES, between
from loadtest.generator.guard import Guard, NotApprovedError
from loadtest.plan import Connections, Plan

MAX_REDIRECTS = 10
AGENT = "tenfold/0.1"
CLIENT_ERRORS = 400
# Of two ports that mean the same site: a redirect from http to https.
_UPGRADE = (80, 443)
_NO_SOCKET = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS})
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


class ForeignRedirectError(Exception):
    """The mall sent the shopper to a host that was not approved."""


class Reply:
    """What came back for a request; an `Answer` for journeys."""

    __slots__ = ("_response", "body", "error", "not_the_malls", "received_bytes", "status")

    def __init__(self, response: FastResponse | None, error: str | None) -> None:
        """Reads the status, and tells apart who answered."""
        self._response = response
        self.error = error
        self.status = 0
        self.body = b""
        self.received_bytes = 0
        self.not_the_malls: str | None = None
        if response is None:
            return
        self.status = response.status_code
        if error is None:
            # `content` unpacks what was compressed; the wire carried what the length says.
            self.body = response.content or b""
            self.received_bytes = _size(response, len(self.body))
            if self.status in STATUSES or not HEADERS.isdisjoint(
                dict.keys(cast("dict[object, Any]", response.headers))
            ):
                self.not_the_malls = between(self.status, self.header)
            if self.not_the_malls is None and self.status >= CLIENT_ERRORS:
                self.error = f"HTTP {self.status}"

    @property
    def ok(self) -> bool:
        """Whether the mall itself answered, and well."""
        return self.error is None and (self.not_the_malls is None or self.status < CLIENT_ERRORS)

    @property
    def text(self) -> str:
        """The body, in the encoding that the answer names, else UTF-8."""
        kind = self.header("content-type").lower()
        encoding = kind.partition("charset=")[2].partition(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.body.decode(encoding, errors="replace")
        except LookupError:
            return self.body.decode(errors="replace")

    @property
    def url(self) -> str:
        """Where it came from in the end, redirects followed."""
        return (self._response.url or "") if self._response is not None else ""

    def header(self, name: str) -> str:
        """A header's value; several of one name are joined by commas."""
        found = (
            self._response.headers.get(name)
            if self._response is not None and self._response.headers is not None
            else None
        )
        return ", ".join(found) if isinstance(found, list) else (found or "")

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Client:
    """One shopper's client: its cookies and its connections."""

    def __init__(self, plan: Plan, agent: type[LocustUserAgent]) -> None:
        """Opens nothing yet."""
        self.cookies = _Cookies()
        self.response: FastResponse | None = None
        self._timeout = plan.timeout_seconds
        self._base = plan.base
        self._agent = agent(
            cookiejar=self.cookies,
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate, br", **plan.headers},
            insecure=True,  # a rehearsal's certificate is often its own; what is measured is the time
            ssl_context_factory=insecure_ssl_context_factory,
            max_retries=0,
            max_redirects=MAX_REDIRECTS,
            concurrency=1,
            connection_timeout=plan.timeout_seconds,
            network_timeout=plan.timeout_seconds,
        )
        self._agent.clientpool = _Clients(**self._agent.clientpool.client_args)

    def send(  # noqa: D417  (the rest says what it is)
        self,
        method: str,
        path: str,
        payload: bytes | None,
        headers: Mapping[str, str] | None,
        follow: bool,  # noqa: FBT001
    ) -> Reply:
        """Sends a request and reads the whole answer; never raises for what the network or the mall does.

        Args:
            follow: Whether redirects are followed.
        """
        self.response = None
        url = path if path.startswith(("http://", "https://")) else self._base + path
        limit = gevent.Timeout(self._timeout)
        limit.start()
        try:
            hops = MAX_REDIRECTS if follow else 0
            answer = self._agent.urlopen(url, method=method, headers=headers, payload=payload, max_redirects=hops)
            self.response = cast("FastResponse", answer)
            return Reply(self.response, None)
        except gevent.Timeout as fired:
            if fired is not limit:
                raise
            # A request that was cut short leaves its place in the connection pool taken.
            self.close()
            return Reply(self.response, "timeout")
        except Exception as error:  # noqa: BLE001  (each kind gets its word)
            return Reply(self.response, error_kind(error))
        except BaseException:  # the shopper is being stopped
            self.close()
            raise
        finally:
            limit.close()

    def close(self) -> None:
        """Closes the connections."""
        self._agent.clientpool.close()


class FreeClients:
    """The free list of clients."""

    def __init__(self, plan: Plan, guard: Guard) -> None:
        """Makes none yet."""
        self._plan = plan
        self._agent = _agent_type(guard)
        self._free: list[Client] = []

    def take(self) -> Client:
        """A free client, or a new one."""
        return self._free.pop() if self._free else Client(self._plan, self._agent)

    def give_back(self, client: Client) -> None:
        """Puts it back for the next shopper, without this one's cookies."""
        client.cookies.forget()
        client.response = None
        if self._plan.connections is Connections.FRESH:
            client.close()
        self._free.append(client)

    def close(self) -> None:
        """Closes every connection of a free client."""
        while self._free:
            self._free.pop().close()


def error_kind(error: BaseException) -> str:
    """The fixed word for what went wrong with a request."""
    if isinstance(error, RetriesExceeded):
        # Retries are off; what ended the only try is its cause.
        original = getattr(error, "original", None)
        return error_kind(original) if original is not None else "too many redirects"
    if isinstance(error, OSError) and error.errno in _NO_SOCKET:
        return "no free socket"
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return "unreachable"
    for kind, word in _WORDS:
        if isinstance(error, kind):
            return word
    return "bad answer"


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (NotApprovedError, "address not approved"),
    (ForeignRedirectError, "redirect to another host"),
    (TimeoutError, "timeout"),
    (gevent.Timeout, "timeout"),
    (ConnectionRefusedError, "connection refused"),
    (ConnectionResetError, "connection reset"),
    (BrokenPipeError, "connection reset"),
    (HTTPConnectionClosed, "connection closed"),
    (gevent.socket.gaierror, "name not found"),
    (ssl.SSLError, "TLS error"),
    (HTTPParseError, "bad answer"),
    (zlib.error, "bad answer"),
    (OSError, "connection failed"),
)


class _Cookies(CookieJar):
    """The standard jar, which takes locks and reads the clock for every request: not while there is nothing in it."""

    _cookies: dict[str, Any]

    def add_cookie_header(self, request: Any) -> None:
        if self._cookies:
            super().add_cookie_header(request)

    def extract_cookies(self, response: Any, request: Any) -> None:
        if dict.__contains__(response.headers, "set-cookie"):
            super().extract_cookies(response, request)

    def forget(self) -> None:
        """Throws all away."""
        if self._cookies:
            self.clear()


class _Place(URL):
    """A URL whose parts are taken out once: shoppers ask for the same pages over and over."""

    __slots__ = ("host", "hostname", "netloc", "port", "quoted_uri", "request_uri", "scheme")

    def __init__(self, url: str) -> None:
        super().__init__(url)
        plain = URL(url)
        for name in self.__slots__:
            setattr(self, name, getattr(plain, name))


_place = lru_cache(maxsize=4096)(_Place)


class _Clients(HTTPClientPool):
    def get_client(self, url: Any) -> HTTPClient:
        client = super().get_client(url)
        # The base class repeats a request over as many connections as the pool may hold, and once more; once is enough.
        client._connection_pool.size = 0  # noqa: SLF001
        return client


# Locust has replaced `select.poll` by one that goes round through the event loop, which is not needed for a look.
_READABLE = 1  # POLLIN
_poll = gevent.monkey.get_original("select", "poll")


def _is_open(_pool: ConnectionPool, sock: Any) -> bool:
    """Whether a kept connection is still open: one that has something to read was closed, or has answered out of turn."""
    try:
        poll = _poll()
        poll.register(sock.fileno(), _READABLE)
        return not poll.poll(0)
    except (OSError, ValueError):
        return False


# The base class asks `select`, which cannot see sockets numbered 1024 and above: they would be closed and opened anew for each request.
ConnectionPool._is_socket_alive = _is_open  # type: ignore[assignment,method-assign]  # noqa: SLF001


def _agent_type(guard: Guard) -> type[LocustUserAgent]:
    """Locust's client that keeps within the guard."""

    class Request(FastRequest):
        def set_url(self, url: Any, params: Any = None) -> None:
            if params is not None or not isinstance(url, str):
                super().set_url(url, params)
                return
            self.url = url
            self.url_split = place = _place(url)
            self.type, self.host, self.selector = place.scheme, place.netloc, place.request_uri or "/"

        def redirect(self, code: int, location: str) -> None:
            old, new = self.url_split, self.url_split.redirect(location)
            same = new.host == old.host and (new.port == old.port or (old.port, new.port) == _UPGRADE)
            if not same and not (new.host != old.host and guard.host_allowed(new.host)):
                raise ForeignRedirectError(f"{urlsplit(str(new)).netloc} was not approved")
            super().redirect(code, location)

    class Agent(LocustUserAgent):
        request_type = Request

        def _verify_status(self, status_code: int, url: Any = None) -> None:
            """Takes every status: the base class formats the whole conversation of a bad one, and fails where that is not UTF-8."""

    return Agent


def _size(response: FastResponse, body: int) -> int:
    """Bytes of headers and body on the wire: the stated length where there is one, else that of the unpacked body."""
    headers: Headers = response.headers or Headers()
    total = sum(len(name) + len(value) + 4 for name, value in headers.items())
    stated = headers.get("content-length")
    return total + (int(stated) if isinstance(stated, str) and stated.isdecimal() else body)
