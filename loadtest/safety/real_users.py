"""How real shoppers fare during a round: second by second from answers that an access log tells of, or from a probe of our own.

The probe asks for one page without the mark of the run, as a shopper would, so that it meets what shoppers meet.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from loadtest.safety.abort import RealUsers
from loadtest.safety.fetching import FetchError, fetch
from loadtest.safety.targets import Approved

_MS = 1000.0
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True)
class Served:
    """One answer that a shopper got.

    Attributes:
        at: When it was given, in seconds since the epoch.
        seconds: How long it took.
        status: HTTP status; 0 for none.
    """

    at: float
    seconds: float
    status: int

    @property
    def failed(self) -> bool:
        """No answer, or the mall's own error; a 404 is the visitor's."""
        return self.status == 0 or self.status in _SERVER_ERRORS


def by_second(answers: Iterable[Served], began: float) -> tuple[RealUsers, ...]:
    """The answers counted in seconds of the round; earlier ones are left out.

    Args:
        answers: Of real shoppers, our own requests left out; in any order.
        began: When the round began, in seconds since the epoch.
    """
    seconds: dict[int, list[Served]] = defaultdict(list)
    for each in answers:
        if each.at >= began:
            seconds[int(each.at - began)].append(each)
    return tuple(_one(second, found) for second, found in sorted(seconds.items()))


def probe(approved: Approved, path: str, *, version: str) -> Served:
    """Asks for one page now.

    Args:
        approved: The target.
        path: A page that matters to shoppers, with its query.
        version: Tenfold's, for the user agent.
    """
    started = time.perf_counter()
    try:
        status = fetch(approved, path, headers={"user-agent": f"tenfold/{version} (probe)"}).status
    except FetchError:
        status = 0
    return Served(time.time(), time.perf_counter() - started, status)


def _one(second: int, answers: list[Served]) -> RealUsers:
    times = sorted(each.seconds for each in answers)
    # Nearest rank: of few answers the slowest, never a value between two that nobody waited for.
    p95 = times[math.ceil(0.95 * len(times)) - 1] * _MS
    return RealUsers(second=second, requests=len(answers), failed=sum(each.failed for each in answers), p95_ms=p95)
