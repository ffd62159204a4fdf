"""Reads an access log: requests, latency, errors and bytes by endpoint family, and the everyday peak.

Source: collectors.access_lines.
Needed role and versions: read access to the file.
Consumed by: CAP001, the peak factor of every projection, which statements follow the storefront.
Cost: one pass over at most the last 256 MB, in constant memory.
Caveats: a log without request times gives rates only. Lines that do not parse are counted, never guessed.
"""

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from collectors.access_families import SEGMENT_VALUES_AT_MOST, Family, merged
from collectors.access_lines import line_pattern, lines, understood
from collectors.masking.words import is_of_the_trade, is_plain_segment, query_names
from facts.front import AccessLog, Endpoint

PEAK_SECONDS = 60
# After one of these a word is a person's name unless it is a usual word of shops or of what people do with their own account.
_PEOPLE = frozenset(
    "author buyer customer follow friend member people person profile seller u user author authors buyers customers friends "
    "members profiles sellers users".split()
)
_OWN_PAGES = frozenset("edit forgot join me my password reset security self signin signout".split())
_STAFF = re.compile(
    r"^/(?:[\w-]+/)?(admin|staff|backend|backoffice|manage|manager|console|ops|dashboard|internal|_admin)(/|$)",
    re.IGNORECASE,
)


def read(path: Path, *, log_format: str | None, since: datetime | None, until: datetime | None) -> AccessLog:
    """The log's figures over the window; the everyday peak over all that was read.

    Args:
        path: The log file.
        log_format: nginx's `log_format`, or None for combined.
        since: The start of the audit's window; None for the beginning of what was read.
        until: Its end; None for the end of the file.

    Raises:
        OSError: The file cannot be read.
    """
    pattern = line_pattern(log_format)
    families: dict[tuple[str, bool], Family] = defaultdict(Family)
    minutes: dict[int, int] = defaultdict(int)
    sessions: set[str] = set()
    segments: dict[str, set[str]] = defaultdict(set)
    read_lines = malformed = requests = 0
    delivery: float | None = None
    first: datetime | None = None
    last: datetime | None = None
    for text in lines(path):
        read_lines += 1
        line = understood(text, pattern)
        if line is None:
            malformed += 1
            continue
        minutes[int(line.at.timestamp()) // PEAK_SECONDS] += 1
        first, last = first or line.at, line.at
        if (since and line.at < since) or (until and line.at > until):
            continue
        requests += 1
        if line.session not in {"", "-"}:
            sessions.add(line.session)
        name, staff = endpoint_name(line.method, line.target, segments)
        families[name, staff].add(line.target, line.status, line.bytes, line.seconds)
        if line.seconds is not None and line.upstream_seconds is not None:
            delivery = (delivery or 0.0) + max(line.seconds - line.upstream_seconds, 0.0)
    start, end = since or first, until or last
    window = max((end - start).total_seconds(), 1.0) if start and end else 0.0
    return AccessLog(
        since=start,
        until=end,
        window_seconds=window,
        window_requests=requests,
        peak_per_second=_peak(minutes, first, last),
        sessions=len(sessions) or None,
        lines=read_lines,
        malformed=malformed,
        endpoints=tuple(
            _endpoint(name, staff, family) for (name, staff), family in sorted(merged(families, segments).items())
        ),
        delivery_seconds=None if delivery is None else round(delivery, 6),
    )


def _peak(minutes: dict[int, int], first: datetime | None, last: datetime | None) -> float:
    """Requests a second in the busiest minute; in a log shorter than two minutes, over its whole length."""
    if not minutes or first is None or last is None:
        return 0.0
    length = (last - first).total_seconds()
    if length < 2 * PEAK_SECONDS:
        return sum(minutes.values()) / max(length, 1.0)
    return max(minutes.values()) / PEAK_SECONDS


def endpoint_name(method: str, target: str, segments: dict[str, set[str]]) -> tuple[str, bool]:
    """The request's family, and whether it is a staff page.

    Args:
        method: GET, POST, …
        target: Path and query string.
        segments: What was seen so far at each place of a path; a place with many values is a variable.
    """
    parts = urlsplit(target)
    path = unquote(parts.path, errors="replace")
    kept: list[str] = []
    for segment in path.strip("/").split("/"):
        place = "/".join(kept)
        variable = segment != "" and not (is_plain_segment(segment) and _is_a_page(segment, kept))
        if not variable and segment:
            seen = segments[place]
            if len(seen) <= SEGMENT_VALUES_AT_MOST:
                seen.add(segment)
            variable = len(seen) > SEGMENT_VALUES_AT_MOST
        kept.append("{id}" if variable else segment)
    return f"{method} /{'/'.join(kept)}{query_names(parts.query)}", _STAFF.match(path) is not None


def _is_a_page(segment: str, before: list[str]) -> bool:
    """Whether a plain word is a page's name and not a person's, which is what follows /u/ or /users/."""
    if not before or before[-1].lower() not in _PEOPLE:
        return True
    return all(part in _OWN_PAGES or is_of_the_trade(part) for part in re.split(r"[-_.]", segment.lower()))


def _endpoint(name: str, staff: bool, family: Family) -> Endpoint:  # noqa: FBT001  (a record's field)
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 5)

    return Endpoint(
        name=name,
        staff=staff,
        requests=family.requests,
        errors=family.errors,
        bytes=family.bytes,
        distinct_growth=tuple(family.growth),
        total_seconds=rounded(family.seconds) if family.timed else None,
        p50_seconds=rounded(family.percentile(0.5)),
        p95_seconds=rounded(family.percentile(0.95)),
        p99_seconds=rounded(family.percentile(0.99)),
        max_seconds=rounded(family.longest) if family.timed else None,
    )
