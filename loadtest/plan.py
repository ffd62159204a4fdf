"""What one run of the load generator is to do: the whole of it, as one record that travels as JSON."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from facts.message import Message, msg
from facts.traffic import TrafficModel

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# Version of the words that generator, workers and `loadtest.driving` exchange; different ones refuse each other.
PROTOCOL = 2
# A shopper who has waited this long at the door has gone elsewhere; the usual time limit of a mall's front proxy is of this order too.
DROP_AFTER_SECONDS = 10.0
TIMEOUT_SECONDS = 10.0
DRAIN_SECONDS = 30.0
# Bounds the generator's memory when the mall stands still: some 50 kB for each journey that is under way.
MAX_CONCURRENCY = 10_000


class PlanError(ValueError):
    """The plan cannot be run as it stands; `said` tells a person why and what to do."""

    def __init__(self, said: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(said))
        self.said = said


class Arrivals(StrEnum):
    """How journeys' arrivals are spread over the time."""

    CONSTANT = "constant"  # evenly
    POISSON = "poisson"  # at random, as independent shoppers come
    REPLAY = "replay"  # at given moments


class Connections(StrEnum):
    """Whether a journey opens TCP connections of its own."""

    SHARED = "shared"  # takes over an open one from a journey that has ended, with no cookie left in it
    FRESH = "fresh"  # opens its own and closes them at its end, as a new shopper's browser does


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of time with one rate of arrivals; steps, spikes and decays are rows of segments."""

    seconds: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederFile:
    """Rows that journeys take, for example accounts; see `loadtest.feeders`."""

    path: str
    exclusive: bool = True  # a row is used once; else rows come round again


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the load generator.

    Attributes:
        target: The mall's base URL. Without `journeys` the run asks for this very URL, once a journey.
        journeys: Modules (`loadtest.journeys.practice_mall`) or files (`journeys.py`) with functions marked `@journey`.
        weights: Share of arrivals by journey's name, instead of the shares that the journeys name; 0 leaves one out.
        segments: Arrival rates, one after the other, in journeys a second.
        offsets: For `Arrivals.REPLAY`: the moments of arrival in seconds from the start, ascending.
        seed: Of arrival times, of the choice of journeys and of every shopper's dice.
        max_concurrency: Journeys under way at once, all processes together. An arrival beyond it waits, first come, first served.
        drop_after_seconds: A waiting arrival is dropped after this time; it then counts as failed with this latency.
        timeout_seconds: Of one request, from its sending to the last byte.
        drain_seconds: How long journeys that are under way may go on after the last arrival. What is unanswered then has failed.
        headers: Sent with every request: the signed run header, `baggage`, a user agent.
        resolved: Addresses that were approved for each host. The generator connects to nothing else; a host that is missing here may
            not be connected to, except that with an empty map the target's own addresses are looked up once, at the start.
        allow_writes: Whether journeys and requests that change something may run.
        processes: Generator processes on this machine.
        workers: Further processes expected from other machines; they come to `bind_host` and `bind_port`.
        bind_port: 0 takes any free one.
        web_port: Of Locust's own web page, on loopback; None for none.
        feeders: Files by the name that journeys ask for.
        traffic: The mall's own traffic. Shoppers then walk through its graph, with the `Steps` of the modules in `journeys`.
        hot_share: Share of shoppers, 0 to 1, who come for the promotion's one product.
        locustfile: A user's own Locust scenario, run as Locust runs it, in a closed loop, with `users` and `spawn_rate` for the whole
            length of `segments`; their rates are then without meaning.
    """

    target: str
    segments: tuple[Segment, ...] = ()
    journeys: tuple[str, ...] = ()
    weights: dict[str, float] = field(default_factory=dict)
    arrivals: Arrivals = Arrivals.CONSTANT
    offsets: tuple[float, ...] = ()
    seed: int = 1
    max_concurrency: int = MAX_CONCURRENCY
    drop_after_seconds: float = DROP_AFTER_SECONDS
    timeout_seconds: float = TIMEOUT_SECONDS
    drain_seconds: float = DRAIN_SECONDS
    connections: Connections = Connections.SHARED
    headers: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, tuple[str, ...]] = field(default_factory=dict)
    allow_writes: bool = False
    processes: int = 1
    workers: int = 0
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    web_port: int | None = None
    feeders: dict[str, FeederFile] = field(default_factory=dict)
    traffic: TrafficModel | None = None
    hot_share: float = 0.0
    locustfile: str | None = None
    users: int = 1
    spawn_rate: float = 1.0

    def __post_init__(self) -> None:
        """Refuses what cannot be run.

        Raises:
            PlanError: Says what is wrong and what would be right.
        """
        parts = urlsplit(self.target)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise PlanError(msg("{url} is no address to load: give one like http://127.0.0.1:8000/", url=self.target))
        if not self.segments and self.arrivals is not Arrivals.REPLAY:
            raise PlanError(msg("the plan has no length: give at least one stretch of seconds and a rate"))
        if any(each.seconds <= 0 or each.per_second < 0 for each in self.segments):
            raise PlanError(msg("a stretch of the plan needs more than 0 seconds and a rate of 0 or more a second"))
        if not 0 <= self.hot_share <= 1:
            raise PlanError(msg("the share of shoppers who want one product lies between 0 and 1"))
        if self.arrivals is Arrivals.REPLAY and list(self.offsets) != sorted(self.offsets):
            raise PlanError(msg("moments to replay must be in ascending order"))
        if min(self.max_concurrency, self.processes + self.workers, self.users) < 1:
            raise PlanError(msg("a plan needs at least one process, one user and room for one journey at once"))
        if self.max_concurrency < self.processes + self.workers:
            raise PlanError(
                msg(
                    "a limit of {limit} journeys at once cannot be shared by {count} processes: raise it or take fewer",
                    limit=self.max_concurrency,
                    count=self.processes + self.workers,
                )
            )
        if min(self.drop_after_seconds, self.timeout_seconds, self.drain_seconds) <= 0:
            raise PlanError(msg("time limits of a plan must be above 0 seconds"))

    @property
    def base(self) -> str:
        """The target's scheme, host and port, without a path."""
        parts = urlsplit(self.target)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def page(self) -> str:
        """The target's path and query, which the built-in journey asks for."""
        parts = urlsplit(self.target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def seconds(self) -> float:
        """Planned length of the schedule, without the wait for the last answers."""
        replayed = self.offsets[-1] if self.offsets else 0.0
        return sum(each.seconds for each in self.segments) or replayed


def to_json(plan: Plan) -> str:
    """The plan as one line of JSON."""
    return _adapter().dump_json(plan).decode()


def from_json(text: str) -> Plan:
    """The plan that `to_json` wrote.

    Raises:
        PlanError: It is damaged, or of another version.
    """
    from pydantic import ValidationError

    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "plan"
        raise PlanError(msg("the plan cannot be read: {where}: {why}", where=where, why=first["msg"])) from error


@cache
def _adapter() -> "TypeAdapter[Plan]":
    from pydantic import TypeAdapter

    return TypeAdapter(Plan)
