"""Pages take their time where the database cannot explain it.

What it finds:
    A site whose requests spend most of their time outside of database and cache, and enough of it to be felt.
Why it hurts:
    Nobody should add indexes to a mall whose application is the bottleneck. Time in the application is processor time to be bought or
    saved, or waiting for somebody else; both grow with the traffic.
Needs:
    An access log with request times, pg_stat_statements over the same window; the machine's processor tells computing from waiting.
Quiet when:
    - database-explains-it: database and cache take more than a third of the time
    - quick: what they do not explain is too short to be felt
    - one-page-only: one page alone takes it, as with a slow payment provider
    - windows-differ: log and statements were not read over the same window
Before:
    A request takes 60 ms, 3 ms of it in the database
After:
    Profile the application; cache rendered fragments; more processes; time limits on third parties
Risk:
    None in reading.
Source:
    Little's law, L = λW: requests in flight = arrival rate x time in the application. A response below 100 ms is felt as immediate
    (Miller 1968;
    Nielsen, "Usability Engineering", 1993); a quarter of that is the least that is reported.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.machines import processor_of
from advisors.routes import shape
from advisors.rule import Context, Outcome, Rule
from advisors.severity import severity_of
from advisors.time_split import split_time
from facts import quantities
from facts.findings import Area, Evidence, Expected, Finding, Quiet, Remedy, Severity, TimeSplit
from facts.front import AccessLog, Endpoint, FrontFacts
from facts.host import Processor
from facts.message import Message, msg


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When the application is the bottleneck.

    Attributes:
        share: Of the requests' time that database and cache do not explain.
        typical_seconds: Unexplained time of the typical request (median page, weighted by requests).
        computing_share: Busy cores over requests in flight in the application; a request that computes keeps a core busy.
    """

    share: float = 0.65
    typical_seconds: float = 0.025
    computing_share: float = 0.7


THRESHOLDS = Thresholds()
WORST_SHOWN = 5


def judge(context: Context) -> Iterable[Outcome]:
    """Compares each site's request time with the database time behind it."""
    split = split_time(context.snapshot, context.workloads)
    for front in context.snapshot.fronts:
        if front.log and any(endpoint.total_seconds is not None for endpoint in front.log.endpoints):
            yield _outcome(front, front.log, split, context)


def _outcome(front: FrontFacts, log: AccessLog, split: TimeSplit, context: Context) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="CAP001", target=front.target, subject=front.target, reason=reason)

    unexplained = split.parts.get("application")
    if unexplained is None or not split.request_seconds:
        return quiet("windows-differ")
    share = unexplained / split.request_seconds
    if share < THRESHOLDS.share:
        return quiet("database-explains-it")
    behind = _database_seconds(context)
    typical = _typical([_unexplained(endpoint, behind) for endpoint in log.endpoints])
    if unexplained / max(split.requests or 1, 1) < THRESHOLDS.typical_seconds:
        return quiet("quick")
    if typical < THRESHOLDS.typical_seconds:
        return quiet("one-page-only")
    return _finding(front, log, unexplained, share, context)


def _database_seconds(context: Context) -> dict[str, float]:
    """Database time in the window by route, as far as statements are tagged."""
    found: dict[str, float] = {}
    for workload in context.workloads:
        for family in workload.families:
            if "route" in family.tags:
                route = shape(family.tags["route"])
                found[route] = found.get(route, 0.0) + family.total_seconds
    return found


def _unexplained(endpoint: Endpoint, behind: dict[str, float]) -> tuple[float, int]:
    """Seconds of a typical request that the database does not explain, and the number of requests."""
    database = behind.get(shape(endpoint.name.partition(" ")[2]), 0.0) / max(endpoint.requests, 1)
    median = (
        endpoint.p50_seconds
        if endpoint.p50_seconds is not None
        else (endpoint.total_seconds or 0.0) / max(endpoint.requests, 1)
    )
    return max(median - database, 0.0), endpoint.requests


def _typical(times: list[tuple[float, int]]) -> float:
    """The median over all requests."""
    half = sum(requests for _, requests in times) / 2
    for seconds, requests in sorted(times):
        half -= requests
        if half <= 0:
            return seconds
    return 0.0


def _finding(front: FrontFacts, log: AccessLog, unexplained: float, share: float, context: Context) -> Finding:
    peak = max(log.peak_per_second / max(log.window_requests / max(log.window_seconds, 1.0), 1e-9), 1.0)
    in_flight = unexplained / max(log.window_seconds, 1.0) * peak
    then = in_flight * context.promotion.multiplier
    processor = processor_of(context.snapshot.hosts, front.target)
    computing = (
        processor is not None and processor.busy_ratio * processor.cores >= THRESHOLDS.computing_share * in_flight
    )
    severity = severity_of(then, float(processor.cores)) if computing and processor else Severity.MEDIUM
    return Finding(
        code="CAP001",
        rule="application-bound",
        area=Area.CAPACITY,
        target=front.target,
        subject=front.target,
        severity=severity,
        title=msg("{share} of the time is spent outside of the database", share=quantities.percent(share)),
        summary=msg(
            "A request spends {seconds} in the application and the network around it. At the multiplier {then} requests are in it at once.",
            seconds=quantities.seconds(unexplained / max(log.window_requests, 1)),
            then=quantities.cores(then),
        ),
        evidence=Evidence(
            figures={"unexplained_seconds_per_second": round(in_flight, 4), "unexplained_ratio": round(share, 4)},
            facts=(_nature(processor, computing=computing), *_worst(log)),
        ),
        expected=Expected(
            seconds_before=round(in_flight, 6),
            seconds_after=None,
            method="counted",
            at_multiplier_seconds=round(then, 6),
        ),
        loss=then if computing else 0.0,
        remedy=_remedy(computing=computing),
    )


def _remedy(*, computing: bool) -> Remedy:
    text = (
        msg(
            "Profile the application at its busiest page, cache what it renders, and add processes or machines; indexes will not help here."
        )
        if computing
        else msg(
            "Find what the pages wait for (a third party, the network, a connection pool), put a "
            "time limit on it, and move it out of the request."
        )
    )
    return Remedy(text=text, risk=msg("Measure before and after: tenfold audit, then tenfold compare."))


def _nature(processor: Processor | None, *, computing: bool) -> Message:
    if processor is None:
        return msg("The application's machine was not read, so computing cannot be told from waiting.")
    busy = quantities.cores(processor.busy_ratio * processor.cores)
    if computing:
        return msg(
            "The machine has {busy} of {cores} cores busy: the application computes.", busy=busy, cores=processor.cores
        )
    return msg(
        "The machine has only {busy} of {cores} cores busy: the application waits.", busy=busy, cores=processor.cores
    )


def _worst(log: AccessLog) -> Iterable[Message]:
    timed = [each for each in log.endpoints if each.total_seconds is not None]
    for each in sorted(timed, key=lambda endpoint: -(endpoint.total_seconds or 0.0))[:WORST_SHOWN]:
        yield msg(
            "{endpoint}: {requests} requests, {median} in the median, {slow} at the 99th percentile.",
            endpoint=each.name,
            requests=quantities.count(each.requests),
            median=quantities.seconds(each.p50_seconds or 0.0),
            slow=quantities.seconds(each.p99_seconds or 0.0),
        )


RULE = Rule(
    code="CAP001",
    name="application-bound",
    area=Area.CAPACITY,
    judge=judge,
    reasons=("database-explains-it", "quick", "one-page-only", "windows-differ"),
)
