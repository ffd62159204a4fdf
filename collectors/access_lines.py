"""Reads an access log line by line: what a request's line says, in nginx's combined format, any `log_format`, or JSON lines.

Source: nginx's combined format, with or without the request time and a session at the end; any nginx `log_format`; JSON lines
    with nginx's variable names as keys; each of them plain or compressed with gzip, as logs are that were rotated.
Needed role and versions: read access to the file.
Consumed by: collectors.access_log, collectors.access_sessions.
Cost: one pass over at most the last 256 MB, of a compressed file the first 256 MB that are in it, in constant memory.
Caveats: lines that do not parse are told apart, never guessed.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

READ_AT_MOST = 256 * 2**20
LINE_LIMIT = 64 * 2**10
COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    '$request_time "$session"'
)
_OPTIONAL_TAIL = r'(?: "?(?P<request_time>\d+\.\d+|-)"?(?: "(?P<session>[^"]*)")?.*)?$'
_COMBINED = re.compile(
    r'(?P<remote_addr>\S+) \S+ (?P<remote_user>.*?) \[(?P<time_local>[^\]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) '
    r'(?P<body_bytes_sent>\d+|-) "(?:[^"\\]|\\.)*" "(?P<http_user_agent>(?:[^"\\]|\\.)*)"' + _OPTIONAL_TAIL
)
_VARIABLE = re.compile(r"\$(\w+)")
_GZIP = b"\x1f\x8b"
# nginx writes a cookie as $cookie_NAME; among cookies only these name a session: sid, PHPSESSID, connect_sid, session_id.
_SESSION_COOKIE = re.compile(r"cookie_\w*(sid|sess)\w*", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_ABSENT = frozenset({"", "-"})


@dataclass(frozen=True, slots=True)
class Line:
    """One request as the log tells it.

    Attributes:
        at: When the line was written, which nginx does at the request's end.
        target: Path and query string.
        seconds: The request's time, None where the log has none.
        upstream_seconds: What the application took of it, all attempts together; None where the log does not tell, or no application
            was asked (a file, a cache of the front's own).
        session: As the log has it; "" or "-" for none.
        address: Of the shopper: the first one of `X-Forwarded-For` where the log has it, else of who connected.
        agent: The user agent.
    """

    at: datetime
    method: str
    target: str
    status: int
    bytes: int
    seconds: float | None
    upstream_seconds: float | None
    session: str
    address: str
    agent: str


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


def lines(path: Path) -> Iterator[str]:
    """The file's lines, from the last 256 MB; of a compressed file the first 256 MB; a line beyond any sense is cut.

    Raises:
        OSError: The file cannot be read, or is damaged.
    """
    with path.open("rb") as file:
        if file.read(len(_GZIP)) == _GZIP:
            file.seek(0)
            yield from _unpacked(gzip.GzipFile(fileobj=file))
            return
        size = file.seek(0, 2)
        file.seek(max(0, size - READ_AT_MOST))
        if size > READ_AT_MOST:
            file.readline()
        while line := file.readline(LINE_LIMIT):
            yield line.decode("utf-8", "replace").rstrip("\n")


def _unpacked(file: gzip.GzipFile) -> Iterator[str]:
    left = READ_AT_MOST
    try:
        while left > 0 and (line := file.readline(LINE_LIMIT)):
            left -= len(line)
            yield line.decode("utf-8", "replace").rstrip("\n")
    except (EOFError, zlib.error) as error:
        raise OSError(f"the compressed file is damaged ({error}); unpack what is whole of it with gzip -dc") from error


def understood(text: str, pattern: re.Pattern[str]) -> Line | None:
    """The line's parts; None for one that says nothing, whatever a stranger put into it."""
    try:
        line = _parsed(text, pattern)
        urlsplit(line.target)
        line.at.timestamp()
    except (LookupError, ValueError, OverflowError, OSError, RecursionError):
        return None
    return line


def _parsed(text: str, pattern: re.Pattern[str]) -> Line:
    if text.startswith("{"):
        document = json.loads(text)
        found = {str(key): str(value) for key, value in document.items()}
    else:
        match = pattern.match(text)
        if match is None:
            raise ValueError("another format")
        found = {key: value or "" for key, value in match.groupdict().items()}
    words = (
        found.get("request", "").split(" ") if found.get("request") else [found["request_method"], found["request_uri"]]
    )
    seconds = found.get("request_time", "")
    size = found.get("body_bytes_sent") or found.get("bytes_sent") or "0"
    forwarded = found.get("http_x_forwarded_for", "")
    return Line(
        at=_moment(found),
        method=words[0] if re.fullmatch(r"[A-Z]{1,12}", words[0]) else "?",
        target=words[1],
        status=int(found["status"]),
        bytes=int(size) if re.fullmatch(r"[0-9]{1,15}", size) else 0,
        seconds=float(seconds) if _SECONDS.fullmatch(seconds) else None,
        upstream_seconds=_upstream(found.get("upstream_response_time", "")),
        session=_session(found),
        address=found.get("remote_addr", "") if forwarded in _ABSENT else forwarded.partition(",")[0].strip(),
        agent=found.get("http_user_agent", ""),
    )


def _upstream(text: str) -> float | None:
    """Nginx writes one time for each server that it asked, `0.010, 0.020` or `0.010 : 0.020`, and `-` for one that was not reached."""
    times = [float(each) for each in re.split(r"[,:\s]+", text) if _SECONDS.fullmatch(each)]
    return sum(times) if times else None


def _session(found: dict[str, str]) -> str:
    """The field `session`, else the first session cookie."""
    if "session" in found:
        return found["session"]
    return next((value for name, value in found.items() if _SESSION_COOKIE.fullmatch(name)), "")


def _moment(found: dict[str, str]) -> datetime:
    """When the request was.

    Raises:
        ValueError: It is no time, or one without a zone, which could be any hour of a day.
        OverflowError: It is beyond the calendar.
    """
    if found.get("time_iso8601"):
        at = datetime.fromisoformat(found["time_iso8601"])
        if at.tzinfo is None:
            raise ValueError("no time zone")
        return at
    if found.get("msec"):
        return datetime.fromtimestamp(float(found["msec"]), UTC)
    return datetime.strptime(found["time_local"], "%d/%b/%Y:%H:%M:%S %z")
