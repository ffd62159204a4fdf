"""Locust's fast HTTP client, kept within the guard, with a short way for the requests that most of a load consists of.

For each request the client merges headers, takes the URL apart and writes the request's head, though they come out the same every time
that a page is asked for. So the head that went out the first time is kept and sent again, as long as nothing of a shopper's own is in it:
no body, no header, no cookie. Whatever else HTTP asks for (a redirect, a cookie in the answer) is left to the client, which is handed the
answer that has come.
"""

import errno
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.parse import urlsplit

import gevent.monkey
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPConnectionClosed, HTTPSocketPoolResponse
from geventhttpclient.url import URL
from locust.contrib.fasthttp import FastRequest, FastResponse, LocustUserAgent, insecure_ssl_context_factory

from loadtest.generator.guard import Guard
from loadtest.plan import Plan

MAX_REDIRECTS = 10
NAME = "tenfold/0.1"
# Of two ports that mean the same site: a redirect from http to https.
_UPGRADE = (80, 443)
# Heads that are kept; a search has as many pages as there are words.
_HEADS = 4096
_READ_BYTES = 16_384
_LOST = frozenset({errno.ECONNRESET, errno.EPIPE})
# Those that may be sent twice.
_PLAIN_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRedirectError(Exception):
    """The mall sent the shopper to a host that was not approved."""


class Agent(LocustUserAgent):
    """One shopper's client: its cookies and its connections. `agent_type` makes it keep within a guard."""

    heads: dict[tuple[str, str], tuple[FastRequest, str, bytes]]

    def __init__(self, plan: Plan) -> None:
        """Opens nothing yet."""
        self.cookies = _Cookies()
        self._answer: HTTPSocketPoolResponse | None = None
        super().__init__(
            cookiejar=self.cookies,
            headers={"User-Agent": NAME, "Accept-Encoding": "gzip, deflate, br", **plan.headers},
            insecure=True,  # a rehearsal's certificate is often its own; what is measured is the time
            ssl_context_factory=insecure_ssl_context_factory,
            max_retries=0,
            max_redirects=MAX_REDIRECTS,
            concurrency=1,
            connection_timeout=plan.timeout_seconds,
            network_timeout=None,  # a request has one limit, which whoever asks sets
        )
        self.clientpool = _Clients(**self.clientpool.client_args)

    def ask(self, method: str, url: str, payload: bytes | None, headers: Any, hops: int) -> FastResponse:
        """Sends a request, and follows at most so many redirects; raises what went wrong."""
        if payload is not None or headers or self.cookies.kept or method not in _PLAIN_METHODS:
            return self._whole(url, method=method, headers=headers, payload=payload, max_redirects=hops)
        head = self.heads.get((method, url))
        if head is None:
            return self._first(method, url, hops)
        request, text, line = head
        raw = self._sent(request, line)
        found = raw.info()
        if dict.__contains__(found, "location") or dict.__contains__(found, "set-cookie"):
            self._answer = raw
            try:
                return self._whole(url, method=method, max_redirects=hops)
            finally:
                self._answer = None
        return FastResponse(raw, request=request, sent_request=text)

    def _whole(self, url: str, **options: Any) -> FastResponse:
        """Locust's own way."""
        return cast("FastResponse", self.urlopen(url, **options))

    def _first(self, method: str, url: str, hops: int) -> FastResponse:
        """Asks for a page for the first time, and keeps what went out."""
        answer = self._whole(url, method=method, max_redirects=hops)
        text = answer._sent_request  # noqa: SLF001
        if not answer.history and answer.request is not None and text is not None:
            if len(self.heads) >= _HEADS:
                self.heads.clear()
            self.heads[method, url] = (answer.request, text, text.encode("latin-1"))
        return answer

    def _sent(self, request: FastRequest, line: bytes) -> HTTPSocketPoolResponse:
        """What `HTTPClient.request` does, for a request that is written already."""
        pool: ConnectionPool = self.clientpool.get_client(request.url_split)._connection_pool  # noqa: SLF001
        for again in (True, False):
            sock = pool.get_socket()
            try:
                sent = sock.send(line)
                if sent < len(line):
                    sock.sendall(line[sent:])
            except BaseException as error:
                pool.release_socket(sock)
                if again and isinstance(error, OSError) and error.errno in _LOST:
                    continue
                raise
            try:
                return HTTPSocketPoolResponse(sock, pool, method=request.method, block_size=_READ_BYTES)
            except HTTPConnectionClosed:
                if not again:
                    raise
        raise AssertionError  # the second time returns or raises

    def _urlopen(self, request: Any) -> FastResponse:
        answer, self._answer = self._answer, None
        if answer is None:
            return cast("FastResponse", super()._urlopen(request))  # type: ignore[no-untyped-call]
        return FastResponse(answer, request=request)

    def _verify_status(self, status_code: int, url: Any = None) -> None:
        """Takes every status: the base class formats the whole conversation of a bad one, and fails where that is not UTF-8."""


def agent_type(guard: Guard) -> type[Agent]:
    """The client that keeps within the guard; its instances share the heads of requests."""

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

    class Guarded(Agent):
        request_type = Request
        heads: dict[tuple[str, str], tuple[FastRequest, str, bytes]] = {}  # noqa: RUF012  (shared on purpose)

    return Guarded


class _Cookies(CookieJar):
    """The standard jar, which takes locks and reads the clock for every request: not while there is nothing in it."""

    _cookies: dict[str, Any]

    @property
    def kept(self) -> bool:
        return bool(self._cookies)

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
