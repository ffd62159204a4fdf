"""The mall's own traffic, as its access logs tell it."""

from dataclasses import dataclass, field

# Why requests were left out that shoppers may well have sent, but that nobody can assign to one of them.
INDISTINCT = "shoppers that cannot be told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of one session.

    Attributes:
        at: Seconds since the epoch.
        endpoint: Method and family, as the access-log collector names them (`GET /product/{id}`).
        subject: A pseudonym of what the path or query named (a SKU, a search word), equal for equal ones; "" for none.
    """

    at: float
    endpoint: str
    subject: str
    seconds: float | None
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The requests of one shopper in order, cut where a pause is longer than the limit (30 minutes by convention)."""

    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """Arrivals within one minute of the log, counted before sessions were chosen.

    Attributes:
        at: Seconds since the epoch at which it begins.
        sessions: Sessions that began in it.
        requests: Of shoppers.
        squares: Sum over its 60 seconds of the square of sessions that began, from which the variance follows.
    """

    at: int
    sessions: int
    requests: int
    squares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Sessions read from a mall's access logs.

    Attributes:
        sessions: At most a stated number, chosen evenly over the log's time.
        began, ended: Seconds since the epoch of the first and last request read.
        requests: All requests of shoppers in the log; crawlers, probes and static files are counted in `left_out`.
        left_out: Requests not used, by reason.
        minutes: Every minute of the log with a request in it, ascending.
        told_apart_by: `session field`, or `address and agent` where the log has no session field.
    """

    sessions: tuple[Session, ...]
    began: float
    ended: float
    requests: int
    told_apart_by: str
    left_out: dict[str, int] = field(default_factory=dict)
    minutes: tuple[Minute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One arrow of the journey graph: from an endpoint to the next, with how often and after which pause."""

    source: str  # "" for a session's entry
    target: str  # "" for its end
    share: float  # of all that leave `source` with the same `after`
    after: tuple[str, ...] = ()  # the model's gates that the session had passed at `source`, `source` included
    think_seconds: tuple[float, ...] = ()  # quantiles 0, 5, … 100 % of the pause before `target`


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficModel:
    """How shoppers move through this mall on an ordinary day, enough to generate more of them.

    Attributes:
        moves: The journey graph.
        gates: Endpoints that others only come after (a login, filling the cart), so that a walk does not pay before it has ordered.
        mix: Share of requests by endpoint; sums to 1.
        peak_sessions_per_second: Session arrivals in the busiest minute (the everyday peak: 99th percentile of minutes).
        peak_requests_per_second: Requests in it.
        burstiness: Variance over mean of arrivals a second within that peak; 1 for Poisson.
        subject_skew: Zipf exponent of subjects by endpoint, where there are enough of them.
        bytes_per_session: Mean of bytes that a session received.
    """

    moves: tuple[Move, ...]
    gates: tuple[str, ...] = ()
    mix: dict[str, float]
    peak_sessions_per_second: float
    peak_requests_per_second: float
    burstiness: float
    subject_skew: dict[str, float]
    bytes_per_session: float
