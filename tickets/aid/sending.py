"""One call, sent once: to the address that was checked, without redirects, within its time; and what its ending means.

What the receiver has done is known only from its answer: nothing was sent, it agreed (2xx), it refused (3xx, 4xx); everything else (no
answer in time, a connection that broke, 5xx of it or of a proxy before it) leaves it unknown.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from facts.message import Message, msg
from tickets.aid.action import Call
from tickets.aid.addresses import NotAllowed, place_of
from tickets.evidence.masking import mask_text

DONE, FAILED, UNKNOWN = "done", "failed", "unknown"
CONNECT_SECONDS = 5.0
ANSWER_AT_MOST = 2_000
SHOWN = 300
_PLACE = re.compile(r"\{(ticket|title|label\.[A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Sent:
    """How it ended."""

    state: str
    detail: Message


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """The body with its places filled in; a place that has no value becomes empty."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: places.get(found[1], ""), value)
    if isinstance(value, Mapping):
        return {str(name): filled(each, places) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, places) for each in value]
    return value


def filled_url(url: str, places: Mapping[str, str]) -> str:
    """The address with its places filled in, each value quoted whole, so that none can begin another part of it."""
    parts = urlsplit(url)

    def fill(text: str) -> str:
        return _PLACE.sub(lambda found: quote(_no_dots(places.get(found[1], "")), safe=""), text)

    return urlunsplit((parts.scheme, parts.netloc, fill(parts.path), fill(parts.query), ""))


def send(call: Call, places: Mapping[str, str], allow: Sequence[str], once: str, seconds: float) -> Sent:
    """Sends the call; raises nothing.

    Args:
        call: As it is configured.
        places: Values by the names of places: `ticket`, `title`, `label.NAME`.
        allow: Hosts that may be called.
        once: Sent as `Idempotency-Key`.
        seconds: For the answer.
    """
    import httpx

    url = filled_url(call.url, places)
    try:
        place = place_of(url, allow, call.networks)
    except NotAllowed as refusal:
        return Sent(FAILED, refusal.reason)
    parts = urlsplit(url)
    shown = f"[{place.address}]" if ":" in place.address else place.address
    address = urlunsplit((parts.scheme, f"{shown}:{place.port}", parts.path or "/", parts.query, ""))
    headers = {"User-Agent": "tenfold", "Idempotency-Key": once, **call.headers, "Host": parts.netloc}
    body = None
    if call.body is not None:
        body = json.dumps(filled(call.body, places), ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client,
            client.stream(
                call.method, address, headers=headers, content=body, extensions={"sni_hostname": place.host}
            ) as answer,
        ):
            return _ended(answer.status_code, _start(answer))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        return Sent(FAILED, msg("Nothing was sent: {error}.", error=_words(error)))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Sent(UNKNOWN, msg("It was sent, and no answer came: {error}.", error=_words(error)))


def _ended(status: int, text: str) -> Sent:
    if 200 <= status < 300:  # noqa: PLR2004  (HTTP's successes)
        return Sent(DONE, msg("HTTP {status}: {text}", status=status, text=text))
    if 300 <= status < 400:  # noqa: PLR2004  (redirections)
        return Sent(
            FAILED, msg("The address leads elsewhere (HTTP {status}); actions follow no redirect.", status=status)
        )
    if status < 500:  # noqa: PLR2004  (the caller's mistakes)
        return Sent(FAILED, msg("It was refused with HTTP {status}: {text}", status=status, text=text))
    return Sent(UNKNOWN, msg("It answered with HTTP {status}, and may have acted: {text}", status=status, text=text))


def _start(answer: Any) -> str:
    """The beginning of the answer, for people; whatever is wrong with the rest of it says nothing about what was done."""
    import httpx

    body = bytearray()
    try:
        for piece in answer.iter_raw(1024):
            body += piece
            if len(body) >= ANSWER_AT_MOST:
                break
    except httpx.HTTPError:
        pass
    text = " ".join(body[:ANSWER_AT_MOST].decode("utf-8", "replace").replace("\0", "").split())
    return mask_text(text)[:SHOWN]


def _words(error: Exception) -> str:
    return mask_text(str(error).strip().rstrip(".") or type(error).__name__)[:SHOWN]


def _no_dots(value: str) -> str:
    """A value that is `.` or `..` would climb."""
    return value.replace(".", "_") if set(value) <= {"."} else value
