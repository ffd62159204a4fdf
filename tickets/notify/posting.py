"""One POST with an end: bounded in time and size, followed nowhere, and its address, which is a secret, kept out of every log."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, NoReturn

import httpx

from tickets.notify.defusing import one_line, shortened
from tickets.notify.receipt import NotNow, Receipt, Refused

ANSWER_AT_MOST = 64 * 1024
QUOTED_AT_MOST = 300
SECRET_LENGTH = 16
LONGEST_RETRY_SECONDS = 3600.0
RETRY_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a message goes.

    Attributes:
        at: Now.
        seconds: For all of it.
        proxy: Of HTTP; empty for none.
    """

    at: datetime
    seconds: float
    proxy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answered.

    Attributes:
        retry_after: Seconds that it asked us to wait.
    """

    status: int
    text: str
    retry_after: float | None = None

    def __str__(self) -> str:
        """In one line."""
        return f"HTTP {self.status} {shortened(one_line(self.text), QUOTED_AT_MOST)}".rstrip()

    @property
    def document(self) -> Mapping[str, Any]:
        """The JSON object that it is; empty where it is none."""
        try:
            document = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def post(url: str, body: bytes, headers: Mapping[str, str], way: Way) -> Answer:
    """The answer of a service to a JSON document.

    Args:
        url: Whole; it may carry a secret.
        body: JSON.
        headers: Beyond the content's type.
        way: How it goes.

    Raises:
        NotNow: There is no whole answer, or a status that means later.
        Refused: A status that means never.
    """
    try:
        answer = _exchange(url, body, headers, way)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise NotNow(without(url, f"no answer: {_told(error)}")) from None
    if answer.status in RETRY_LATER or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NotNow(without(url, str(answer)), answer.retry_after)
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        raise Refused(without(url, str(answer)))
    return answer


def post_robot(
    url: str, document: Mapping[str, Any], way: Way, *, code: str, words: str, limits: Mapping[int, float | None]
) -> Receipt:
    """Posts to a chat's robot, which answers 200 whatever it makes of the message, and puts a code into the answer.

    Args:
        url: Of the robot.
        document: The message.
        way: How it goes.
        code: The member of the answer that is 0 when the message was taken.
        words: The member that says why.
        limits: Codes that mean later, with the seconds to wait.

    Raises:
        NotNow: Later, or the answer is no receipt.
        Refused: The robot does not take it.
    """
    answer = post(url, json.dumps(document, ensure_ascii=False).encode(), {}, way)
    number = answer.document.get(code)
    if isinstance(number, bool) or not isinstance(number, int):
        raise NotNow(without(url, f"the answer is no receipt: {answer}"), answer.retry_after)
    if number == 0:
        return Receipt(without(url, str(answer)))
    reason = without(
        url, f"{code} {number}: {shortened(one_line(str(answer.document.get(words, ''))), QUOTED_AT_MOST)}"
    )
    if number in limits:
        raise NotNow(reason, answer.retry_after or limits[number])
    raise Refused(reason)


def _exchange(url: str, body: bytes, headers: Mapping[str, str], way: Way) -> Answer:
    end = time.monotonic() + way.seconds
    # The transport, not a client: a client writes the address of each request into the log, and follows redirects and cookies.
    request = httpx.Request(
        "POST",
        url,
        content=body,
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "tenfold", **headers},
        extensions={"timeout": httpx.Timeout(way.seconds).as_dict()},
    )
    with httpx.HTTPTransport(verify=_trusted(), proxy=way.proxy or None) as transport:
        response = transport.handle_request(request)
        try:
            raw = b""
            for part in response.stream:  # type: ignore[union-attr]  # of a synchronous transport it is one
                raw += part
                if len(raw) > ANSWER_AT_MOST:
                    break
                if time.monotonic() > end:
                    _too_slow(way)
        finally:
            response.close()
    text = raw[:ANSWER_AT_MOST].decode(errors="replace")
    return Answer(
        status=response.status_code, text=text, retry_after=_seconds(response.headers.get("Retry-After"), way.at)
    )


def _too_slow(way: Way) -> NoReturn:
    raise httpx.ReadTimeout(f"the answer took longer than {way.seconds:g} s")


@lru_cache(maxsize=1)
def _trusted() -> SSLContext:
    return httpx.create_ssl_context()


def _seconds(header: str | None, at: datetime) -> float | None:
    """What `Retry-After` says (RFC 9110, 10.2.3): seconds, or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - at).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_SECONDS) if seconds == seconds else None  # noqa: PLR0124  (not a number)


def _told(error: Exception) -> str:
    text = shortened(one_line(str(error)), QUOTED_AT_MOST)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def without(url: str, text: str) -> str:
    """The text without the address: whatever of it is long enough to be a secret."""
    secrets = sorted({url, *(part for part in _parts(url) if len(part) >= SECRET_LENGTH)}, key=len, reverse=True)
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def _parts(url: str) -> list[str]:
    rest = url.partition("://")[2].partition("/")[2]
    for mark in "?&=/@:":
        rest = rest.replace(mark, " ")
    return rest.split()
