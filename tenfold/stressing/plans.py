"""The plan of a run, from settings and options."""

from collections.abc import Sequence
from dataclasses import replace

from loadtest.journey import Journey, journeys_of
from loadtest.plan import Arrivals, FeederFile, Plan, PlanError, Segment
from loadtest.safety.clearance import Cleared
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.stressing.options import Options
from tenfold.words import say


def plan_of(options: Options, settings: Settings, cleared: Cleared, *, segments: tuple[Segment, ...]) -> Plan:
    """The plan with what the clearance allows."""
    draft = draft_of(options, settings, cleared.url)
    try:
        return replace(
            draft, segments=segments, headers=cleared.headers, resolved=cleared.resolved, allow_writes=cleared.writes
        )  # fmt: skip
    except PlanError as error:
        raise CommandError(say(error.said)) from None


def draft_of(options: Options, settings: Settings, url: str) -> Plan:
    """The plan before anybody has allowed it."""
    section = settings.loadtest
    alone = bool(options.url) or options.locustfile is not None
    try:
        return Plan(
            target=url,
            segments=(Segment(seconds=1.0, per_second=1.0),),
            journeys=() if alone else section.journeys,
            arrivals=Arrivals(options.arrivals),
            seed=section.seed if options.seed is None else options.seed,
            max_concurrency=options.max_concurrency or section.max_concurrency,
            allow_writes=True,
            processes=options.processes or section.processes,
            web_port=options.web_port,
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
    """Without journeys that write, where they may not."""
    if allowed:
        return plan
    weights = {each.name: 0.0 if each.writes else each.weight for each in journeys(replace(plan, allow_writes=True))}
    return replace(plan, weights=weights, allow_writes=False)
