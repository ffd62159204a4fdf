"""Reads an access log as sessions: which pages a shopper asked for, in which order, with which pauses.

Source: collectors.access_lines. Sessions by the log's session field, else by address and agent. A shopper's first requests carry no
    session yet, because the answer to them is what sets the cookie: they join the first new session from the same address and agent.
Needed role and versions: read access to the file.
Consumed by: loadtest.traffic.
Cost: one pass over at most the last 256 MB of each file; at most 400,000 requests are kept, in whole sessions chosen evenly.
Caveats: a log whose times are whole seconds does not tell how requests lay within one; they are spread evenly over it in the log's
    order. Requests without a session that come from an address and agent which several shoppers share (a proxy's) cannot be assigned:
    where one such visitor has three sessions at once, or sends more than a person does, they are left out and counted.
    A session whose identifier changes at the login counts as two.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from collectors.access_families import final_names
from collectors.access_lines import Line, line_pattern, lines, understood
from collectors.access_log import endpoint_name
from collectors.access_shoppers import not_a_shoppers
from collectors.access_visits import Kept, Visits
from facts.traffic import Minute, Session, Traffic, Visit

MALFORMED = "malformed line"
STAFF = "staff page"
TOO_MANY_PAGES = "too many different pages"
# A shop has dozens of kinds of pages; what has thousands is somebody who makes up names of query parameters.
NAMES_AT_MOST = 2_000
# Lines of one second are held until it is over, to spread them.
LINES_OF_A_SECOND = 20_000
_ABSENT = frozenset({"", "-"})


def read(
    paths: Sequence[Path], *, log_format: str | None, since: datetime | None = None, until: datetime | None = None
) -> Traffic:
    """The shoppers' sessions of a log.

    Args:
        paths: The log's files, oldest first, each plain or compressed with gzip.
        log_format: nginx's `log_format`, or None for combined.
        since: Where to begin; None for the beginning of what was read.
        until: Where to end; None for the end.

    Raises:
        OSError: A file cannot be read, or is damaged.
    """
    reading = _Reading()
    for end, line in _timed(_chosen(paths, log_format, since, until, reading.left_out)):
        reading.take(end, line)
    return reading.result()


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self._visits = Visits()
        self._segments: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, str] = {}
        self._pseudonym_key = secrets.token_bytes(16)
        self._began = float("inf")
        self._ended = float("-inf")
        self._with_sessions = False

    def take(self, end: float, line: Line) -> None:
        """Counts one request that ended at that second."""
        self._with_sessions |= line.session not in _ABSENT
        reason = not_a_shoppers(line)
        if reason is not None:
            self.left_out[reason] += 1
            return
        name, staff = endpoint_name(line.method, line.target, self._segments)
        if staff or (name not in self._names and len(self._names) >= NAMES_AT_MOST):
            self.left_out[STAFF if staff else TOO_MANY_PAGES] += 1
            return
        name = self._names.setdefault(name, name)
        start = end - (line.seconds or 0.0)
        self._began, self._ended = min(self._began, start), max(self._ended, start)
        visit = Visit(
            at=start,
            endpoint=name,
            subject=self._pseudonym(_varying(name, line.target)),
            seconds=line.seconds,
            received_bytes=line.bytes,
        )
        session = "" if line.session in _ABSENT else line.session
        self._visits.add(visit, session=session, visitor=f"{line.address}\n{line.agent}")

    def result(self) -> Traffic:
        """Everything, with the final names of endpoints, which are known at the end only."""
        kept = self._visits.finish()
        self.left_out.update(kept.left_out)
        final = final_names(self._names, self._segments)
        return Traffic(
            sessions=tuple(self._session(visits, final) for visits in kept.sessions),
            began=self._began if kept.requests else 0.0,
            ended=self._ended if kept.requests else 0.0,
            requests=kept.requests,
            told_apart_by="session field" if self._with_sessions else "address and agent",
            left_out=dict(sorted(self.left_out.items())),
            minutes=_minutes(kept),
        )

    def _session(self, visits: Iterable[Visit], final: dict[str, str]) -> Session:
        return Session(visits=tuple(self._finally_named(visit, final[visit.endpoint]) for visit in visits))

    def _finally_named(self, visit: Visit, name: str) -> Visit:
        if name == visit.endpoint:
            return visit
        # The word that was taken for a page's name is a subject after all.
        return Visit(
            at=visit.at,
            endpoint=name,
            subject=self._pseudonym(f"{visit.endpoint}\n{visit.subject}"),
            seconds=visit.seconds,
            received_bytes=visit.received_bytes,
        )

    def _pseudonym(self, subject: str) -> str:
        """Equal for equal ones within this reading; nobody can try words on it, because its key is forgotten afterwards."""
        return blake2b(subject.encode(), key=self._pseudonym_key, digest_size=6).hexdigest() if subject else ""


def _chosen(
    paths: Sequence[Path],
    log_format: str | None,
    since: datetime | None,
    until: datetime | None,
    left_out: Counter[str],
) -> Iterator[Line]:
    """The understood lines of the window."""
    pattern = line_pattern(log_format)
    for path in paths:
        for text in lines(path):
            line = understood(text, pattern)
            if line is None:
                left_out[MALFORMED] += 1
            elif (since is None or line.at >= since) and (until is None or line.at <= until):
                yield line


def _timed(found: Iterable[Line]) -> Iterator[tuple[float, Line]]:
    """Each line with its second; those of a log of whole seconds spread over theirs, in the log's order.

    Lines are written in the order in which requests end, and the k-th of n moments drawn evenly from a second is expected near
    (k - ½) / n of it, so that pauses are neither lost nor longer on the whole.
    """
    together: list[Line] = []
    finer = False
    for line in found:
        finer = finer or line.at.microsecond > 0
        if together and (finer or together[0].at != line.at or len(together) >= LINES_OF_A_SECOND):
            yield from _spread(together)
            together = []
        if finer:
            yield line.at.timestamp(), line
        else:
            together.append(line)
    yield from _spread(together)


def _spread(together: Sequence[Line]) -> Iterator[tuple[float, Line]]:
    for number, line in enumerate(together):
        yield line.at.timestamp() + (number + 0.5) / len(together), line


def _varying(name: str, target: str) -> str:
    """What the path's variable places held, or where it has none, the values of the query."""
    parts = urlsplit(target)
    segments = unquote(parts.path, errors="replace").strip("/").split("/")
    places = name.partition(" ")[2].partition("?")[0].strip("/").split("/")
    held = [segment for segment, place in zip(segments, places, strict=False) if place == "{id}"]
    if held:
        return "/".join(held)
    queried = parse_qs(parts.query, keep_blank_values=True)
    return "\n".join(value.strip() for key in sorted(queried) for value in queried[key])


def _minutes(kept: Kept) -> tuple[Minute, ...]:
    sessions: Counter[int] = Counter()
    squares: Counter[int] = Counter()
    for second, count in kept.arrivals.items():
        sessions[second // 60] += count
        squares[second // 60] += count * count
    return tuple(
        Minute(at=minute * 60, sessions=sessions[minute], requests=kept.minutes[minute], squares=squares[minute])
        for minute in sorted(kept.minutes.keys() | sessions.keys())
    )
