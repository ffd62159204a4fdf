"""What arrived in one request: kept as it was, and understood as far as it can be."""

import json
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from facts.message import Message, msg, verbatim
from tickets.intake import alertmanager, generic
from tickets.intake.plain import plain
from tickets.intake.signal import THE_POST_ITSELF, Malformed, Parsed, Signal, Unreadable
from tickets.routing import Routing

RECONCILIATION = "reconciliation"
PROBLEM_AT_MOST = 500
# More alerts than this in one post are no alerts but an attack or an accident; the body limit would allow a million.
ALERTS_AT_MOST = 20_000
_FASTEST = 1
Parser = Callable[[Any, Routing, str], Parsed]
PARSERS: Mapping[str, Parser] = {
    alertmanager.SOURCE: alertmanager.parse,
    RECONCILIATION: alertmanager.parse,
    generic.SOURCE: generic.parse,
    "watchdog": generic.parse,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request's body.

    Attributes:
        source: Which parser reads it, see `PARSERS`.
        sender: The token that it came with.
        body: Compressed; empty where it was not kept.
        alerts: What it holds, by place; `THE_POST_ITSELF` where it could not be read.
        truncated: How many alerts its sender left out.
        problem: Why it, or some of it, is quarantined.
        replays: The post that is taken in again by this one.
    """

    source: str
    sender: str
    body: bytes
    alerts: Mapping[int, Signal | Malformed]
    truncated: int = 0
    problem: Message | None = None
    replays: int | None = None
    size: int = field(default=0)


def read(
    source: str,
    sender: str,
    body: bytes,
    routing: Routing,
    *,
    replays: int | None = None,
    only: Collection[int] | None = None,
) -> Post:
    """A post that was received.

    Args:
        source: See `Post`.
        sender: See `Post`.
        body: As it arrived, unpacked.
        routing: Of the mall.
        replays: See `Post`.
        only: The places of the alerts that are wanted; None for all.
    """
    problem = None
    try:
        parsed = PARSERS[source](_json(body), routing, source)
    except Unreadable as unreadable:
        return quarantined(source, sender, body, unreadable.reason, replays=replays)
    alerts = {place: each for place, each in parsed.alerts.items() if only is None or place in only}
    broken = [each.problem for each in alerts.values() if isinstance(each, Malformed)]
    if broken:
        problem = msg("{count} of {total}: {reason}", count=len(broken), total=len(alerts), reason=broken[0])
    return Post(
        source=source,
        sender=sender,
        body=zlib.compress(body, _FASTEST),
        alerts=alerts,
        truncated=parsed.truncated,
        problem=problem,
        replays=replays,
        size=len(body),
    )


def quarantined(source: str, sender: str, body: bytes, problem: Message, *, replays: int | None = None) -> Post:
    """A post that cannot be read: kept, counted as one alert, shown, and replayable."""
    return Post(
        source=source,
        sender=sender,
        body=zlib.compress(body, _FASTEST) if body else b"",
        alerts={THE_POST_ITSELF: Malformed(problem)},
        problem=problem,
        replays=replays,
        size=len(body),
    )


def _json(body: bytes) -> Any:
    try:
        document = json.loads(body)
        if b"\\u" in body:
            # Half of a surrogate pair is JSON, but no text: no encoder takes it.
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise Unreadable(msg("The JSON is nested too deeply.")) from None
    except ValueError as error:  # no JSON, no UTF-8, or a number of more digits than Python reads
        raise Unreadable(msg("This is no JSON: {error}.", error=verbatim(plain(str(error), 200)))) from None
    held = document.get("alerts") if isinstance(document, dict) else document
    if isinstance(held, list) and len(held) > ALERTS_AT_MOST:
        raise Unreadable(msg("More than {most} alerts in one post.", most=ALERTS_AT_MOST))
    return document
