"""What is read from the mall's HTTP front: a polite probe and the access log."""

from dataclasses import dataclass
from datetime import datetime

from facts.readings import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One request of ours to the front page."""

    url: str  # without query string and credentials
    status: int | None
    seconds: float | None
    bytes: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One family of requests: a method, a path with its variable parts replaced, and its parameters' names.

    Attributes:
        name: For example `GET /search?q` or `GET /p/{id}`.
        staff: True for back-office pages, which do not grow with the promotion.
        total_seconds, p50_seconds, …: From the log's request time; None where the log has none.
    """

    name: str
    staff: bool
    requests: int
    errors: int  # status 5xx
    bytes: int
    distinct_growth: tuple[int, ...]  # different paths with query strings among the first 1, 2, 4, … requests
    total_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    max_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLog:
    """The access log over a window.

    Attributes:
        peak_per_second: The busiest minute's requests a second within what was read of the log: the everyday peak.
        window_requests, endpoints: Only requests of the audit's window.
        malformed: Lines that did not parse; they are counted, never guessed.
        delivery_seconds: Of the window's request time, what passed before the application was asked and after it had answered: the way
            to the shopper and back, and the front's own work. From `$request_time` less `$upstream_response_time`; None where the log has
            no upstream time.
    """

    since: datetime | None
    until: datetime | None
    window_seconds: float
    window_requests: int
    peak_per_second: float
    sessions: int | None
    lines: int
    malformed: int
    endpoints: tuple[Endpoint, ...]
    delivery_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontFacts:
    """Everything that was read from one site."""

    target: str
    readings: tuple[Reading, ...]
    probe: Probe | None = None
    log: AccessLog | None = None
