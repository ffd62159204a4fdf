"""The plan of a run, from settings and options."""

from collections.abc import Sequence
from dataclasses import replace

from facts.traffic import TrafficModel
from loadtest.journey import Journey
from loadtest.journey_loading import journeys_of, reading
from loadtest.plan import Arrivals, FeederFile, Plan, PlanError, Segment
from loadtest.safety.clearance import Cleared
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.stressing.helping import place
from tenfold.stressing.options import Options
from tenfold.words import say


def plan_of(draft: Plan, cleared: Cleared) -> Plan:
    """The plan with what the clearance allows."""
    try:
        return replace(
            draft, target=cleared.url, headers=cleared.headers, resolved=cleared.resolved, allow_writes=cleared.writes
        )  # fmt: skip
    except PlanError as error:
        raise CommandError(say(error.said)) from None


def draft_of(options: Options, settings: Settings, url: str, traffic: TrafficModel | None = None) -> Plan:
    """The plan before anybody has allowed it; with `traffic`, shoppers walk through it."""
    section = settings.loadtest
    bind_host, bind_port = place(options.bind) if options.workers else ("127.0.0.1", 0)
    alone = bool(options.url) or options.locustfile is not None
    try:
        return Plan(
            target=url,
            segments=(Segment(seconds=1.0, per_second=1.0),),
            journeys=() if alone else section.journeys,
            arrivals=Arrivals.POISSON if options.arrivals == Arrivals.REPLAY else Arrivals(options.arrivals),
            seed=section.seed if options.seed is None else options.seed,
            max_concurrency=options.max_concurrency or section.max_concurrency,
            allow_writes=True,
            processes=options.processes or section.processes,
            workers=options.workers,
            bind_host=bind_host,
            bind_port=bind_port,
            web_port=options.web_port,
            traffic=None if alone else traffic,
            feeders={name: FeederFile(path=str(path)) for name, path in section.feeders.items()},
        )
    except PlanError as error:
        raise CommandError(say(error.said)) from None


def journeys(plan: Plan) -> Sequence[Journey]:
    """The plan's journeys.

    Raises:
        CommandError: They cannot be loaded.
    """
    try:
        return journeys_of(plan)
    except PlanError as error:
        raise CommandError(say(error.said)) from None


def read_only(plan: Plan, *, allowed: bool) -> Plan:
    """Without what writes, where that is not allowed.

    Raises:
        CommandError: The journeys cannot be loaded.
    """
    try:
        return plan if allowed else reading(plan)
    except PlanError as error:
        raise CommandError(say(error.said)) from None
