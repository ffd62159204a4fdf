"""Third parties asked from outside of the mall: does the payment provider, the message gateway, the carrier answer, and how fast?

Source: one GET to an address that the mall declares for each (a provider's status or gateway page).
Needed role and versions: none.
Consumed by: the evidence of a ticket (`probes`).
Cost: one request each, side by side, `SECONDS` at most.
Caveats: whether it answers, not whether it would accept a payment. A status below 500 is an answer: gateways refuse a bare GET with 4xx.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

SECONDS = 5.0
SLOW_SECONDS = 1.0
AT_MOST = 20
_ANSWERED_BELOW = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One third party.

    Attributes:
        name: A payment channel's as the payments call it, where it is one.
        slow: Seconds from which on an answer is slow.
    """

    name: str
    url: str
    slow: float = SLOW_SECONDS


def read(probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """The state of each: `up`, `slow` or `down`."""
    asked = probes[:AT_MOST]
    if not asked:
        return []
    with ThreadPoolExecutor(len(asked), thread_name_prefix="probe") as pool:
        return list(pool.map(_ask, asked))


def _ask(probe: Probe) -> dict[str, Any]:
    import httpx

    # Made before the clock starts: reading the certificates takes longer than many an answer.
    with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
        started = time.monotonic()
        try:
            with client.stream("GET", probe.url, headers={"User-Agent": "tenfold (probe)"}) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            seconds = round(time.monotonic() - started, 3)
            reason = "no answer in time" if isinstance(error, httpx.TimeoutException) else type(error).__name__
            return {"name": probe.name, "state": "down", "seconds": seconds, "detail": reason}
        seconds = round(time.monotonic() - started, 3)
    state = "down" if status >= _ANSWERED_BELOW else "slow" if seconds >= probe.slow else "up"
    return {"name": probe.name, "state": state, "seconds": seconds, "detail": f"HTTP {status}"}
