"""Sends one shopper's requests, and says in fixed words what went wrong.

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
from typing import Any, cast

import gevent
import gevent.socket
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import RetriesExceeded
from locust.contrib.fasthttp import FastResponse

from loadtest.between import HEADERS, STATUSES, between
from loadtest.generator.agent import MAX_REDIRECTS, Agent, ForeignRedirectError, agent_type
from loadtest.generator.guard import Guard, NotApprovedError
from loadtest.plan import Connections, Plan

CLIENT_ERRORS = 400
_NONE = Headers()
_NO_SOCKET = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS})
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


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
            headers = _NONE if response.headers is None else response.headers
            self.received_bytes = _size(headers, len(self.body))
            if self.status in STATUSES or not HEADERS.isdisjoint(dict.keys(cast("dict[Any, Any]", headers))):
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

    def __init__(self, plan: Plan, agent: type[Agent]) -> None:
        """Opens nothing yet."""
        self.response: FastResponse | None = None
        self._base = plan.base
        self._agent = agent(plan)
        self._timeout = plan.timeout_seconds

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
            self.response = self._agent.ask(method, url, payload, headers, MAX_REDIRECTS if follow else 0)
            return Reply(self.response, None)
        except gevent.Timeout as fired:
            if fired is not limit:
                self.close()
                raise
            kind = "timeout"
        except Exception as error:  # noqa: BLE001  (each kind gets its word)
            kind = error_kind(error)
        except BaseException:  # the shopper is being stopped
            self.close()
            raise
        finally:
            limit.close()
        if kind == "timeout":
            # A request that was cut short may leave its place in the connection pool taken.
            self.close()
        return Reply(self.response, kind)

    def forget(self) -> None:
        """Throws away what its shopper had: cookies, and the last answer."""
        self._agent.cookies.forget()
        self.response = None

    def close(self) -> None:
        """Closes the connections."""
        self._agent.clientpool.close()


class FreeClients:
    """The free list of clients."""

    def __init__(self, plan: Plan, guard: Guard) -> None:
        """Makes none yet."""
        self._plan = plan
        self._agent = agent_type(guard)
        self._free: list[Client] = []

    def take(self) -> Client:
        """A free client, or a new one."""
        return self._free.pop() if self._free else Client(self._plan, self._agent)

    def give_back(self, client: Client) -> None:
        """Puts it back for the next shopper, without this one's cookies."""
        client.forget()
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


def _size(headers: Headers, body: int) -> int:
    """Bytes of headers and body on the wire: the stated length where there is one, else that of the unpacked body."""
    total = 0
    for name, value in headers.items():
        total += len(name) + len(value) + 4
    stated = headers.get("content-length")
    return total + (int(stated) if isinstance(stated, str) and stated.isdecimal() else body)
