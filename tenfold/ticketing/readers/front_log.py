"""The access log of the half hour before an alert: arrivals, errors, times, now and before; who asks most; some lines.

Source: `collectors.access_lines`.
Needed role and versions: read access to the file.
Consumed by: the evidence of a ticket (`log:TARGET`).
Cost: one pass over the last `BYTES` of the file.
Caveats: `now` is the last `recent` seconds of what was written; `before` is the rest. Addresses of visitors and values of queries are
    left out.
"""

import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from collectors.access_lines import Line, line_pattern, understood
from collectors.access_log import endpoint_name
from collectors.runner import CollectorError
from facts.message import msg
from facts.system_errors import why

BYTES = 32 * 2**20
HISTORY_SECONDS = 1800
INTERVALS = 60
ENDPOINTS_AT_MOST = 30
SAMPLE_LINES = 40
RECENT_SECONDS = 60.0
_SERVER_ERROR = 500
_CLIENT_ERROR = 400


def read(path: Path, log_format: str | None, until: datetime, *, recent: float = RECENT_SECONDS) -> dict[str, Any]:
    """What the log tells of the half hour before `until`.

    Args:
        path: The file.
        log_format: nginx's, or None for combined.
        until: Its end; what was written later is left out.
        recent: Seconds that count as now.

    Raises:
        CollectorError: The file cannot be read.
    """
    pattern = line_pattern(log_format)
    since = until - timedelta(seconds=HISTORY_SECONDS)
    try:
        texts = list(_tail(path))
    except OSError as error:
        raise CollectorError(msg("{path} cannot be read: {reason}", path=str(path), reason=why(error))) from None
    read_lines = [line for text in texts if (line := understood(text, pattern)) is not None]
    kept = [line for line in read_lines if since <= line.at <= until]
    if not kept:
        return {
            "lines": len(texts),
            "malformed": len(texts) - len(read_lines),
            "now": {"requests": 0, "per_second": 0.0},
        }
    first = max(min(line.at for line in kept), since)
    turn = max(until - timedelta(seconds=recent), first)
    now, before = [each for each in kept if each.at > turn], [each for each in kept if each.at <= turn]
    visitors = Counter(line.address for line in now)
    top = visitors.most_common(1)
    found: dict[str, Any] = {
        "lines": len(texts),
        "malformed": len(texts) - len(read_lines),
        "since": first,
        "until": until,
        "now": _figures(now, (until - turn).total_seconds()),
        "before": _figures(before, (turn - first).total_seconds()),
        "intervals": _intervals(kept, first, until),
        "endpoints": _endpoints(now, before, (until - turn).total_seconds(), (turn - first).total_seconds()),
        "visitors": len(visitors),
        "sample": _sample(now),
    }
    if top and len(now) >= SAMPLE_LINES:
        found["top_visitor_share"] = top[0][1] / len(now)
    return found


def _tail(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - BYTES, 0))
        if size > BYTES:
            file.readline()
        for raw in file:
            yield raw[:4096].decode("utf-8", "replace").rstrip("\n")


def _figures(lines: list[Line], seconds: float) -> dict[str, Any]:
    times = sorted(line.seconds for line in lines if line.seconds is not None)
    errors = sum(line.status >= _SERVER_ERROR for line in lines)
    refused = sum(_CLIENT_ERROR <= line.status < _SERVER_ERROR for line in lines)
    return {
        "requests": len(lines),
        "seconds": seconds,
        "per_second": len(lines) / seconds if seconds > 0 else 0.0,
        "errors": errors,
        "error_ratio": errors / len(lines) if lines else 0.0,
        "refused_ratio": refused / len(lines) if lines else 0.0,
        "p50": _percentile(times, 0.5),
        "p95": _percentile(times, 0.95),
    }


def _percentile(times: list[float], share: float) -> float | None:
    return times[min(int(len(times) * share), len(times) - 1)] if times else None


def _intervals(lines: Iterable[Line], first: datetime, until: datetime) -> list[dict[str, Any]]:
    length = max((until - first).total_seconds() / INTERVALS, 1.0)
    groups: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        groups[int((line.at - first).total_seconds() // length)].append(line)
    return [
        {"at": first + timedelta(seconds=number * length), **_figures(group, length)}
        for number, group in sorted(groups.items())
    ]


def _endpoints(now: list[Line], before: list[Line], seconds: float, seconds_before: float) -> list[dict[str, Any]]:
    segments: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, tuple[list[Line], list[Line]]] = defaultdict(lambda: ([], []))
    for place, lines in enumerate((now, before)):
        for line in lines:
            groups[endpoint_name(line.method, line.target, segments)[0]][place].append(line)
    busiest = sorted(groups.items(), key=lambda each: -len(each[1][0]))[:ENDPOINTS_AT_MOST]
    return [
        {"name": name, "now": _figures(one, seconds), "before": _figures(other, seconds_before)}
        for name, (one, other) in busiest
    ]


def _sample(lines: list[Line]) -> list[str]:
    """Failed and slow requests first; a visitor is told from another, and no more is told of them."""
    salt = secrets.token_hex(8)
    chosen = sorted(lines, key=lambda line: (line.status < _SERVER_ERROR, -(line.seconds or 0.0)))[:SAMPLE_LINES]
    segments: dict[str, set[str]] = defaultdict(set)
    return [
        f"{line.at.isoformat()} visitor-{hashlib.sha256((salt + line.address).encode()).hexdigest()[:6]} "
        f"{endpoint_name(line.method, line.target, segments)[0]} {line.status} {line.seconds}"
        for line in sorted(chosen, key=lambda line: line.at)
    ]
