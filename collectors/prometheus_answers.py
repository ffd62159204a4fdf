"""One query to a Prometheus, and what its answers and refusals mean."""

import json
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from collectors.runner import CollectorError
from facts import quantities
from facts.message import Message, msg
from facts.readings import Status

TIMEOUT_SECONDS = 5.0
BYTES_AT_MOST = 2 * 2**20
VALUE_LENGTH = 200
_WHERE = msg("name the address below which /api/v1/query answers; its default port is 9090")

# Somebody's credentials, mail address, telephone or identity number within a label's value.
_PERSONAL = re.compile(r"\?.*|//.*@|[^\s/@]+@[^\s/@]*|(?<!\d)(?:1[3-9]\d{9}|\d{15,18}[\dXx]?)(?!\d)")


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer."""

    labels: dict[str, str]
    value: float


class UnusableError(CollectorError):
    """Whatever is asked, this server will not answer."""


def understand(error: Exception) -> CollectorError | None:
    """The failure behind an exception."""
    if isinstance(error, httpx.TimeoutException):
        return CollectorError(
            msg("Prometheus gave no answer in time"),
            status=Status.TIMED_OUT,
            remedy=msg("check its address and a firewall in between"),
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        # The message would repeat a part of the address, and a password may stand in it.
        return CollectorError(msg("the address is not valid"), remedy=msg("write it as http://prometheus.example:9090"))
    if isinstance(error, httpx.HTTPError):
        return CollectorError(
            msg("Prometheus could not be reached: {reason}", reason=str(error)),
            remedy=msg("check url under [prometheus]; its default port is 9090"),
        )
    return None


def connected() -> httpx.Client:
    """A client that asks for plain answers and waits for none of them for long."""
    return httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": "tenfold", "Accept-Encoding": "identity"})


def ask(
    client: httpx.Client, url: str, query: str, *, answered: Callable[[], None], warn: Callable[[Message], None]
) -> list[Series]:
    """The answer to one query.

    Args:
        client: The connection.
        url: The server's address, with its path prefix where it has one.
        query: In the server's language.
        answered: Called as soon as it gives any answer, if only a refusal.
        warn: Told what the server itself says is missing from the answer.

    Raises:
        UnusableError: The server refuses us, or is no Prometheus.
        CollectorError: It did not answer this query.
        httpx.HTTPError: It was not reached, or not in time.
    """
    parameters = {"query": query, "timeout": f"{TIMEOUT_SECONDS:g}s"}
    document = fetch(
        client,
        url,
        "query",
        parameters,
        answered=answered,
        seconds=TIMEOUT_SECONDS,
        bytes_at_most=BYTES_AT_MOST,
    )
    for warning in warnings_of(document):
        warn(warning)
    return list(_series(document.get("data")))


def fetch(
    client: httpx.Client,
    url: str,
    path: str,
    parameters: Mapping[str, str | list[str]],
    *,
    answered: Callable[[], None],
    seconds: float,
    bytes_at_most: int,
) -> dict[str, Any]:
    """One document of the server's API, within limits of time and size.

    Args:
        client: The connection.
        url: The server's address, with its path prefix where it has one.
        path: Below `/api/v1/`.
        parameters: Of the address.
        answered: Called as soon as it gives any answer, if only a refusal.
        seconds: The longest time for all of it.
        bytes_at_most: The largest answer.

    Raises:
        UnusableError: The server refuses us, or is no Prometheus.
        CollectorError: It did not answer this query.
        httpx.HTTPError: It was not reached, or not in time.
    """
    address = f"{url.partition('?')[0].partition('#')[0].rstrip('/')}/api/v1/{path}"
    deadline = time.monotonic() + seconds
    body = bytearray()
    with client.stream("GET", address, params=parameters, timeout=seconds) as answer:
        answered()
        _refuse(answer.status_code)
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > bytes_at_most:
                raise CollectorError(msg("the answer is larger than {size}", size=quantities.size(bytes_at_most)))
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("")
    document = _document(bytes(body), answer.status_code)
    if document["status"] != "success":
        raise _query_error(document)
    return document


def warnings_of(document: Mapping[str, Any]) -> Iterator[Message]:
    """What the server itself says is missing from its answer."""
    warnings = document.get("warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        yield msg("the answer is not whole: {warning}", warning=_clean(str(warning)))


def _refuse(status: int) -> None:
    if status in {401, 407}:
        raise UnusableError(
            msg("Prometheus asks for a user and a password (HTTP {status})", status=status),
            status=Status.FORBIDDEN,
            remedy=msg(
                "write them into the address: {setting}",
                setting='url = "https://USER:${PASSWORD}@prometheus.example"',
            ),
        )
    if status == httpx.codes.FORBIDDEN:
        raise UnusableError(
            msg("Prometheus may not be queried from here (HTTP 403)"),
            status=Status.FORBIDDEN,
            remedy=msg("let this machine or user read /api/v1/query"),
        )
    if 300 <= status < 400:  # noqa: PLR2004  (redirections)
        raise UnusableError(
            msg("the address leads elsewhere (HTTP {status}), often to a login page", status=status),
            status=Status.FORBIDDEN,
            remedy=msg("name the address behind the login page, or the one that it leads to"),
        )


def _document(body: bytes, status: int) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict) and document.get("status") in {"success", "error"}:
        return document
    if status >= 500 or status == httpx.codes.TOO_MANY_REQUESTS:  # noqa: PLR2004  (the server's own failures)
        raise UnusableError(
            msg("Prometheus, or a proxy before it, is not ready (HTTP {status})", status=status),
            remedy=msg("try again when it is"),
        )
    raise UnusableError(
        msg("what answers there is not a Prometheus (HTTP {status})", status=status),
        remedy=_WHERE,
    )


def _query_error(document: Mapping[str, Any]) -> CollectorError:
    kind, sentence = str(document.get("errorType") or "error"), _clean(str(document.get("error") or ""))
    if kind in {"timeout", "canceled"}:
        return CollectorError(
            msg("Prometheus gave up on the query"),
            status=Status.TIMED_OUT,
            remedy=msg("audit again when it is less busy"),
        )
    return CollectorError(
        msg("Prometheus refused the query: {kind}: {reason}", kind=kind, reason=sentence),
        remedy=msg("Prometheus 2.26 or newer knows all of them"),
    )


def _series(data: Any) -> Iterator[Series]:
    """The series of an answer, with cleaned labels; what is no finite number is left out."""
    if not isinstance(data, dict) or data.get("resultType") != "vector" or not isinstance(data.get("result"), list):
        raise UnusableError(
            msg("what answers there is not a Prometheus: no vector came back"),
            remedy=_WHERE,
        )
    for each in data["result"]:
        try:
            value = float(each["value"][1])
            labels = {str(name): _clean(str(text)) for name, text in each["metric"].items() if text}
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            continue
        if math.isfinite(value):
            yield Series(labels, value)


def _clean(text: str) -> str:
    return _PERSONAL.sub("{masked}", text)[:VALUE_LENGTH]
