"""Reads the mall's web front: one polite request, and the access log where it can be read from here.

Source: one GET of the configured address; the access log (collectors.access_log).
Needed role and versions: none.
Consumed by: CAP001, the report's first sentence.
Cost: one request, with a User-Agent that says who asks; redirects are followed on the same host only.
Caveats: what a CDN answers is not what the mall answers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from collectors import access_log
from collectors.runner import CollectorError, Notes, run
from facts.front import AccessLog, FrontFacts, Probe
from facts.message import msg
from facts.readings import Status, Target
from facts.system_errors import why

TIMEOUT_SECONDS = 8.0
_ADDRESS = msg("write it as https://shop.example/; in a password / is %2F, @ is %40, : is %3A and ? is %3F")
USER_AGENT = "tenfold (performance audit; one request)"


@dataclass(frozen=True, slots=True)
class Begun:
    """One site between its two readings."""

    target: str
    url: str
    log: Path | None
    log_format: str | None
    since: datetime


def understand(error: Exception) -> CollectorError | None:
    """The failure behind an exception."""
    if isinstance(error, httpx.TimeoutException):
        return CollectorError(
            msg("the site gave no answer in time"),
            status=Status.TIMED_OUT,
            remedy=msg("check the address and a firewall in between"),
        )
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        # Its own text shows what it took for the port, which is the password's head where that holds a bare slash.
        return CollectorError(msg("the address is not valid"), remedy=_ADDRESS)
    if isinstance(error, httpx.HTTPError):
        return CollectorError(
            msg("the site could not be reached: {reason}", reason=str(error)),
            remedy=msg("check the address, and that it can be reached from here"),
        )
    if isinstance(error, PermissionError):
        return CollectorError(
            msg("the access log may not be read"),
            status=Status.FORBIDDEN,
            remedy=msg("let this user read {path}", path=str(error.filename)),
        )
    if isinstance(error, FileNotFoundError):
        return CollectorError(
            msg("there is no access log {path}", path=str(error.filename)),
            remedy=msg("correct access_log in the configuration"),
        )
    if isinstance(error, OSError):
        return CollectorError(msg("the access log cannot be read: {reason}", reason=why(error)))
    return None


def begin(target: str, url: str, log: Path | None, log_format: str | None) -> Begun:
    """Notes when the window starts."""
    return Begun(target=target, url=url, log=log, log_format=log_format, since=datetime.now(UTC))


def finish(begun: Begun, *, two_readings: bool, since: datetime | None = None) -> tuple[Target, FrontFacts]:
    """Asks for the front page once and reads the log of the window.

    Args:
        begun: From `begin`.
        two_readings: The window is the time since `begin`.
        since: The window's start where it is not: when the statement counters were reset.
    """
    # The window of the log ends before our own probe.
    until = datetime.now(UTC)
    probing, probe = run("front_probe", lambda _: _probe(begun.url), understand=understand)
    readings = [probing]
    log: AccessLog | None = None
    if begun.log is not None:
        start = begun.since if two_readings else since

        def read(_: Notes) -> AccessLog:
            path = begun.log or Path()
            return access_log.read(
                path, log_format=begun.log_format, since=start.replace(microsecond=0) if start else None, until=until
            )

        reading, log = run("access_log", read, understand=understand)
        readings.append(reading)
    broken = next((reading for reading in readings if reading.status is not Status.OK), None)
    target = Target(
        name=begun.target,
        kind="http",
        status=broken.status if broken else Status.OK,
        detail=broken.detail if broken else None,
        remedy=broken.remedy if broken else None,
        unreachable=probing.status is not Status.OK,
    )
    return target, FrontFacts(target=begun.target, readings=tuple(readings), probe=probe, log=log)


def _probe(url: str) -> Probe:
    try:
        parts = urlsplit(url)
        shown = urlunsplit((parts.scheme, parts.hostname or "", parts.path, "", ""))
    except ValueError:
        raise CollectorError(msg("the address is not valid"), remedy=_ADDRESS) from None
    with httpx.Client(timeout=TIMEOUT_SECONDS, headers={"User-Agent": USER_AGENT}, follow_redirects=False) as client:
        answer = client.get(url)
        for _ in range(3):
            following = answer.next_request
            if following is None or following.url.netloc.decode() != parts.netloc:
                break
            answer = client.send(following)
    return Probe(
        url=shown,
        status=answer.status_code,
        seconds=round(answer.elapsed.total_seconds(), 4),
        bytes=len(answer.content),
        error="",
    )
