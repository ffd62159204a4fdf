"""Gathers requests into sessions in bounded memory, keeping whole sessions that are chosen evenly.

A session gets a number from its identifier's hash. Kept are the sessions below a limit, and whenever there are too many the limit
is halved: so each session has the same chance, is kept whole, and the same log gives the same choice.
Source: bottom-k sampling; Cohen and Kaplan, Summarizing Data using Bottom-k Sketches (PODC 2007).
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from facts.traffic import INDISTINCT, Visit

# The usual limit of web analytics: after half an hour's pause it is another visit.
SESSION_LIMIT_SECONDS = 1800.0
SESSIONS_AT_MOST = 20_000
VISITS_AT_MOST = 400_000
OPEN_AT_MOST = 200_000
# A page of a mall that is one program in the browser sends some ten requests, and nobody opens a page every two seconds for a minute.
REQUESTS_OF_A_PERSON_A_MINUTE = 300
REQUESTS_OF_A_PERSON = 1_000
# A person has one session, two around a login; an address and agent with more of them at once are several people.
SHARED_BY_SESSIONS = 3
_EVERYBODY = 1 << 64


@dataclass(slots=True)
class _Open:
    """A session that may go on; `visits` is None for one that was not chosen."""

    number: int
    last: float
    visits: list[Visit] | None
    requests: int = 0
    minute: int = 0
    requests_in_minute: int = 0
    crowd: bool = False
    visitor: str = ""  # of a session that the log names


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a log.

    Attributes:
        sessions: Chosen sessions' visits in the order of their time; sessions by their first visit.
        requests: All requests of shoppers.
        arrivals: Sessions that began, chosen or not, by second since the epoch.
        minutes: Requests by minute since the epoch.
        left_out: Requests not used, by reason.
    """

    sessions: Sequence[Sequence[Visit]]
    requests: int
    arrivals: Counter[int]
    minutes: Counter[int]
    left_out: Counter[str]


@dataclass(slots=True)
class Visits:
    """Sessions so far."""

    _open: OrderedDict[str, _Open] = field(default_factory=OrderedDict)
    _closed: list[_Open] = field(default_factory=list)
    _behind: Counter[str] = field(default_factory=Counter)  # open sessions by visitor
    _below: int = _EVERYBODY
    _held: int = 0
    _requests: int = 0
    _arrivals: Counter[int] = field(default_factory=Counter)
    _minutes: Counter[int] = field(default_factory=Counter)
    _left_out: Counter[str] = field(default_factory=Counter)

    def add(self, visit: Visit, *, session: str, visitor: str) -> None:
        """Adds a request, roughly in the order of time.

        Args:
            visit: The request.
            session: As the log names it; "" for none.
            visitor: Address and agent.
        """
        self._close_old(visit.at)
        key = f"s{session}" if session else f"v{visitor}"
        found = self._open.get(key)
        if found is not None and visit.at - found.last > SESSION_LIMIT_SECONDS:
            self._close(key)
            found = None
        if found is None:
            found = (self._joined(f"v{visitor}", visit.at) if session else None) or self._begun(key, visit.at)
            self._open[key] = found
            if session:
                found.visitor = f"v{visitor}"
                self._behind[found.visitor] += 1
        self._open.move_to_end(key)
        found.crowd = found.crowd or (not session and self._shared(key))
        self._count(found, visit)

    def finish(self) -> Kept:
        """Everything that was kept."""
        for key in list(self._open):
            self._close(key)
        chosen = [sorted(each.visits, key=lambda visit: visit.at) for each in self._closed if each.visits]
        return Kept(
            sessions=sorted(chosen, key=lambda visits: visits[0].at),
            requests=self._requests,
            arrivals=self._arrivals,
            minutes=self._minutes,
            left_out=self._left_out,
        )

    def _begun(self, key: str, at: float) -> _Open:
        self._arrivals[int(at)] += 1
        digest = blake2b(f"{key}\n{at:.3f}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest)
        return _Open(number=number, last=at, visits=[] if number < self._below else None)

    def _joined(self, visitor: str, at: float) -> _Open | None:
        """The open requests of a visitor that had no session yet."""
        found = self._open.get(visitor)
        if found is None or found.crowd or self._shared(visitor) or at - found.last > SESSION_LIMIT_SECONDS:
            return None
        return self._open.pop(visitor)

    def _shared(self, visitor: str) -> bool:
        return self._behind[visitor] >= SHARED_BY_SESSIONS

    def _count(self, found: _Open, visit: Visit) -> None:
        minute = int(visit.at) // 60
        if found.minute != minute:
            found.minute, found.requests_in_minute = minute, 0
        found.last = max(found.last, visit.at)
        found.requests += 1
        found.requests_in_minute += 1
        self._requests += 1
        self._minutes[minute] += 1
        if (
            found.crowd
            or found.requests > REQUESTS_OF_A_PERSON
            or found.requests_in_minute > REQUESTS_OF_A_PERSON_A_MINUTE
        ):
            self._take_out(found)
        elif found.visits is not None:
            found.visits.append(visit)
            self._held += 1
            if self._held > VISITS_AT_MOST:
                self._thin_out()

    def _take_out(self, found: _Open) -> None:
        """Counts everything of that visitor as left out, now and from now on."""
        found.crowd = True
        self._left_out[INDISTINCT] += found.requests
        self._requests -= found.requests
        self._minutes[found.minute] -= found.requests_in_minute
        self._held -= len(found.visits or ())
        found.visits = None
        found.requests = found.requests_in_minute = 0

    def _close_old(self, now: float) -> None:
        while self._open:
            key, oldest = next(iter(self._open.items()))
            if len(self._open) <= OPEN_AT_MOST and now - oldest.last <= SESSION_LIMIT_SECONDS:
                return
            self._close(key)

    def _close(self, key: str) -> None:
        found = self._open.pop(key)
        if found.visitor:
            self._behind[found.visitor] -= 1
            if not self._behind[found.visitor]:
                del self._behind[found.visitor]
        if found.visits:
            self._closed.append(found)
            if len(self._closed) > SESSIONS_AT_MOST:
                self._thin_out()

    def _thin_out(self) -> None:
        """Halves the share of sessions that are kept."""
        self._below //= 2
        self._closed = [each for each in self._closed if each.number < self._below]
        for each in self._open.values():
            if each.number >= self._below:
                each.visits = None
        self._held = sum(len(each.visits or ()) for each in (*self._closed, *self._open.values()))
