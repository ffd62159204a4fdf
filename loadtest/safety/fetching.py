"""Single bounded requests before a round, to approved addresses only.

No proxy, no redirect, no look-up: the socket goes to the pinned address, and TLS still proves the host's name.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from facts.message import Message, msg, verbatim
from loadtest.safety.targets import Approved

TIMEOUT_SECONDS = 8.0
LARGEST_BODY = 256 * 1024
_SLICE = 16 * 1024


class FetchError(Exception):
    """The target gave no answer.

    Attributes:
        detail: What happened, in one sentence.
    """

    def __init__(self, detail: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(detail))
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back.

    Attributes:
        url: That was asked for.
        headers: By name in small letters; of several of one name the last.
        cookies: That the answer sets.
        body: At most `LARGEST_BODY` bytes of it.
        address: The address that answered.
    """

    url: str
    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    headers: dict[str, str]
    body: str


def fetch(
    approved: Approved, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: str = ""
) -> Answer:
    """One request; the approved addresses are tried in their order until one accepts the connection.

    Args:
        approved: Where to.
        path: With its query; begins with `/`.
        method: GET or POST.
        headers: Further ones.
        body: What a POST carries.

    Raises:
        FetchError: None accepted, or the answer did not come in time or was no HTTP.
    """
    trouble = FetchError(msg("nothing listens there"))
    for address in approved.addresses:
        try:
            connection = _connect(approved, address)
        except (OSError, ssl.SSLError) as error:
            trouble = FetchError(_sentence(error))
            continue
        started = time.monotonic()
        try:
            with _ended_after(TIMEOUT_SECONDS, connection):
                return _ask(connection, approved, address, path, _Question(method, dict(headers or {}), body))
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = time.monotonic() - started >= TIMEOUT_SECONDS
            # The request may have arrived: it is not sent to another address a second time.
            raise FetchError(_sentence(TimeoutError() if late else error)) from None
        finally:
            connection.close()
    raise trouble


def _connect(approved: Approved, address: str) -> http.client.HTTPConnection:
    target = approved.target
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_SECONDS)
    plain = socket.create_connection((address, target.port), timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
            if target.scheme == "https"
            else plain
        )
    except BaseException:
        plain.close()
        raise
    return connection


@contextmanager
def _ended_after(seconds: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """Ends the connection's conversation when the block takes longer: a socket's own time limit begins anew with every byte."""
    ends = time.monotonic() + seconds
    # Taken now: the connection lets go of it as soon as the answer has begun.
    conversation: socket.socket = connection.sock

    def end() -> None:
        with suppress(OSError):
            conversation.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if time.monotonic() > ends:
        raise TimeoutError


def _ask(
    connection: http.client.HTTPConnection,
    approved: Approved,
    address: str,
    path: str,
    question: "_Question",
) -> Answer:
    target = approved.target
    headers = {**question.headers, "Host": target.origin.partition("//")[2], "Connection": "close"}
    connection.request(question.method, path, body=question.body.encode() or None, headers=headers)
    response = connection.getresponse()
    body = b""
    while len(body) < LARGEST_BODY and (part := response.read1(_SLICE)):
        body += part
    return Answer(
        url=target.origin + path,
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        cookies=_cookies(response.headers.get_all("set-cookie") or []),
        body=body[:LARGEST_BODY],
        address=address,
    )


def _cookies(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        except CookieError:
            continue
    return found


def _sentence(error: Exception) -> Message:
    if isinstance(error, TimeoutError):
        return msg("no answer came in time")
    if isinstance(error, ConnectionRefusedError):
        return msg("nothing listens there")
    if isinstance(error, ssl.SSLCertVerificationError):
        return msg("its certificate was not trusted: {reason}", reason=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return msg("TLS failed: {reason}", reason=error.reason or "unknown")
    if isinstance(error, ConnectionError | http.client.HTTPException):
        return msg("it closed the connection or did not speak HTTP")
    return verbatim(getattr(error, "strerror", None) or type(error).__name__)
