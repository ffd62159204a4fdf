"""Reads an access log: requests, latency, errors and bytes by endpoint family, and the everyday peak.

Source: nginx's combined format, with or without the request time and a session at the end; any nginx `log_format`; JSON lines
    with nginx's variable names as keys.
Needed role and versions: read access to the file.
Consumed by: CAP001, the peak factor of every projection, which statements follow the storefront.
Cost: one pass over at most the last 256 MB, in constant memory.
Caveats: a log without request times gives rates only. Lines that do not parse are counted, never guessed.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from facts.front import AccessLog, Endpoint

READ_AT_MOST = 256 * 2**20
LINE_LIMIT = 64 * 2**10
PEAK_SECONDS = 60
# Buckets of a geometric histogram: 2 % wide, from 0.1 ms to beyond an hour.
_BUCKET_GROWTH = 1.02
_SMALLEST = 0.0001

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    '$request_time "$session"'
)
_OPTIONAL_TAIL = r'(?: "?(?P<request_time>\d+\.\d+|-)"?(?: "(?P<session>[^"]*)")?.*)?$'
_COMBINED = re.compile(
    r'(?P<remote_addr>\S+) \S+ (?P<remote_user>.*?) \[(?P<time_local>[^\]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) '
    r'(?P<body_bytes_sent>\d+|-) "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*"' + _OPTIONAL_TAIL
)
_VARIABLE = re.compile(r"\$(\w+)")
_STAFF = re.compile(
    r"^/(?:[\w-]+/)?(admin|staff|backend|backoffice|manage|manager|console|ops|dashboard|internal|_admin)(/|$)",
    re.IGNORECASE,
)
_VARIABLE_SEGMENT = re.compile(r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,36}|.*\d{3,}.*|[^\x00-\x7f]+.*|.{40,}")
_SEGMENT_VALUES_AT_MOST = 30
# Beyond this many different targets of one family nobody needs the exact number, and memory stays bounded.
_TARGETS_AT_MOST = 100_000


@dataclass(slots=True)
class _Family:
    requests: int = 0
    errors: int = 0
    bytes: int = 0
    timed: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    targets: set[int] = field(default_factory=set)
    growth: list[int] = field(default_factory=list)
    buckets: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, target: str, status: int, size: int, seconds: float | None) -> None:
        self.requests += 1
        if len(self.targets) <= _TARGETS_AT_MOST:
            self.targets.add(hash(target))
            if self.requests & (self.requests - 1) == 0:
                self.growth.append(len(self.targets))
        self.errors += status >= 500  # noqa: PLR2004  (the server's own failures)
        self.bytes += size
        if seconds is not None:
            self.timed += 1
            self.seconds += seconds
            self.longest = max(self.longest, seconds)
            self.buckets[max(0, int(math.log(max(seconds, _SMALLEST) / _SMALLEST, _BUCKET_GROWTH)))] += 1

    def percentile(self, share: float) -> float | None:
        if not self.timed:
            return None
        left = share * self.timed
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return min(_SMALLEST * float(_BUCKET_GROWTH ** (bucket + 0.5)), self.longest)
        return self.longest


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    method: str
    target: str
    status: int
    bytes: int
    seconds: float | None
    session: str


def line_pattern(log_format: str | None) -> re.Pattern[str]:
    """The pattern of one line for an nginx `log_format`; without one, combined with an optional request time."""
    if log_format is None:
        return _COMBINED
    pieces = []
    position = 0
    for match in _VARIABLE.finditer(log_format):
        pieces.append(re.escape(log_format[position : match.start()]))
        following = log_format[match.end() : match.end() + 1]
        stop = re.escape(following) if following else r"\n"
        name = match.group(1)
        pieces.append(f"(?P<{name}>[^{stop}]*)" if f"(?P<{name}>" not in "".join(pieces) else f"[^{stop}]*")
        position = match.end()
    return re.compile("".join([*pieces, re.escape(log_format[position:])]))


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
    families: dict[tuple[str, bool], _Family] = defaultdict(_Family)
    minutes: dict[int, int] = defaultdict(int)
    sessions: set[str] = set()
    segments: dict[str, set[str]] = defaultdict(set)
    lines = malformed = requests = 0
    first: datetime | None = None
    last: datetime | None = None
    for text in _lines(path):
        lines += 1
        line = _parsed(text, pattern)
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
    start, end = since or first, until or last
    window = max((end - start).total_seconds(), 1.0) if start and end else 0.0
    return AccessLog(
        since=start,
        until=end,
        window_seconds=window,
        window_requests=requests,
        peak_per_second=_peak(minutes, first, last),
        sessions=len(sessions) or None,
        lines=lines,
        malformed=malformed,
        endpoints=tuple(_endpoint(name, staff, family) for (name, staff), family in sorted(families.items())),
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
        variable = _VARIABLE_SEGMENT.fullmatch(segment) is not None
        if not variable and segment:
            seen = segments[place]
            if len(seen) <= _SEGMENT_VALUES_AT_MOST:
                seen.add(segment)
            variable = len(seen) > _SEGMENT_VALUES_AT_MOST
        kept.append("{id}" if variable else segment)
    names = sorted(
        {
            name
            for name, _ in parse_qsl(parts.query, keep_blank_values=True)
            if re.fullmatch(r"[A-Za-z_][\w\[\]-]{0,30}", name)
        }
    )
    query = f"?{'&'.join(names)}" if names else ""
    return f"{method} /{'/'.join(kept)}{query}", _STAFF.match(path) is not None


def _lines(path: Path) -> Iterator[str]:
    """The file's lines, from the last 256 MB; a line beyond any sense is cut."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - READ_AT_MOST))
        if size > READ_AT_MOST:
            file.readline()
        while line := file.readline(LINE_LIMIT):
            yield line.decode("utf-8", "replace").rstrip("\n")


def _parsed(text: str, pattern: re.Pattern[str]) -> _Line | None:
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            return None
        found = {str(key): str(value) for key, value in document.items()} if isinstance(document, dict) else {}
    else:
        match = pattern.match(text)
        if match is None:
            return None
        found = {key: value or "" for key, value in match.groupdict().items()}
    try:
        at = _moment(found)
        words = (
            found.get("request", "").split(" ")
            if found.get("request")
            else [found["request_method"], found["request_uri"]]
        )
        seconds = found.get("request_time", "")
        size = found.get("body_bytes_sent") or found.get("bytes_sent") or "0"
        return _Line(
            at=at,
            method=words[0] if re.fullmatch(r"[A-Z]{1,12}", words[0]) else "?",
            target=words[1],
            status=int(found["status"]),
            bytes=int(size) if size.isdigit() else 0,
            seconds=float(seconds) if re.fullmatch(r"\d+(\.\d+)?", seconds) else None,
            session=found.get("session", ""),
        )
    except (KeyError, IndexError, ValueError):
        return None


def _moment(found: dict[str, str]) -> datetime:
    if found.get("time_iso8601"):
        return datetime.fromisoformat(found["time_iso8601"])
    if found.get("msec"):
        return datetime.fromtimestamp(float(found["msec"]), UTC)
    return datetime.strptime(found["time_local"], "%d/%b/%Y:%H:%M:%S %z")


def _endpoint(name: str, staff: bool, family: _Family) -> Endpoint:  # noqa: FBT001  (a record's field)
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
