"""The signed header that every request of a round carries, so that a mall can route test orders to shadow storage.

`x-tenfold-run: RUN.SIGNATURE`, the signature being the HMAC-SHA-256 of RUN under the rehearsal key, in hexadecimal. The same value
travels in W3C `baggage` as `tenfold-run`, so that services behind the shop see it wherever tracing context is passed on.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime

RUN_HEADER = "x-tenfold-run"
BAGGAGE_MEMBER = "tenfold-run"
_RUN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def run_name(kind: str, *, now: datetime, nonce: str) -> str:
    """A name for one round, unlike any other, that says when it began: a mall can refuse old ones.

    Args:
        kind: Of the round, for example `baseline`.
        now: Aware.
        nonce: A few random small letters or digits.

    Raises:
        ValueError: A part has a letter that a header cannot carry; the run's name must have no dot.
    """
    name = f"{now.astimezone(UTC):%Y%m%dt%H%M%Sz}-{kind}-{nonce}"
    if not _RUN.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a run; small letters, digits and hyphens only")
    return name


def signature(run: str, key: str) -> str:
    """What proves that the run's requests come from who holds the key."""
    return hmac.new(key.encode(), run.encode(), hashlib.sha256).hexdigest()


def headers(run: str, key: str | None, *, version: str, baggage: str = "") -> dict[str, str]:
    """The headers of every request of a run.

    Args:
        run: From `run_name`.
        key: None for a target without one: the mark is then unsigned, and a mall takes the request for an ordinary one.
        version: Tenfold's, for the user agent: access logs carry no mark, and readers of them tell us apart by it.
        baggage: A `baggage` header that the requests have already; ours is added to it.
    """
    value = f"{run}.{signature(run, key)}" if key else run
    member = f"{BAGGAGE_MEMBER}={value}"
    return {
        RUN_HEADER: value,
        "baggage": f"{baggage},{member}" if baggage else member,
        "user-agent": f"tenfold/{version} (rehearsal {run})",
    }
