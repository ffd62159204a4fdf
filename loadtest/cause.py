"""What gave first: the saturated resource that precedes the latency bend and that no other saturated resource explains.

Resources, in fixed words:

=====================  ==============================================================================================
word                   what was exhausted
=====================  ==============================================================================================
`row-locks`            one row, or few, that many sessions change at once
`missing-index`        the database's processor, by one statement that reads far more rows than it returns
`database-cpu`         the database's processor, otherwise
`database-pool`        the application's connection pool
`database-connections` the connections that the database server allows
`redis-eviction`       the cache's memory, so that it throws away what is asked for next
`redis-cpu`            the cache's one thread
`application-cpu`      the processor of the application, or what its runtime can use of it
`application-workers`  the application's threads or processes
`payment-channel`      nothing of the mall's: a payment provider answers slowly
`third-party`          the same, another provider
`network`              the line between shoppers and mall: its width, its losses, its length
`disk`, `memory`       of a machine
`machine-contention`   a machine's processor, taken by somebody else: the hypervisor's other guests, another program
`generator`            nothing of the mall's: the load generator itself
`unknown`              latency bent and nothing that was watched was saturated in time
=====================  ==============================================================================================

Source: the USE method (Gregg, *Systems Performance*, 2nd ed., 2.5.9) for what counts as saturated; precedence and a fixed order of what can
explain what, because a saturation spreads: a locked row fills the pool, the pool fills the workers.
"""

import math
from collections.abc import Iterator, Sequence

from facts import quantities
from facts.message import msg
from facts.rounds import Cause, Recording
from facts.watch import Watch
from loadtest import suspects_application, suspects_database, suspects_machine, suspects_prometheus
from loadtest.bend import Bend, find_bend
from loadtest.suspicion import Suspicion
from loadtest.watched import laid_beside

UNKNOWN = "unknown"
# Two readings a second apart, each up to a second late.
SAMPLING_SECONDS = 2
# A request that was due before the saturation can still wait for its whole length; more than this is not believed.
FELT_SECONDS_AT_MOST = 5
_BEHIND = 0.5
# What each second after the bend costs, up to so many.
_LATE = 0.1
LATE_SECONDS_AT_MOST = 3

_AFTER_DATABASE = frozenset({"database-pool", "database-connections", "application-workers"})
# What the saturation of the first can bring about.
EXPLAINS: dict[str, frozenset[str]] = {
    "machine-contention": frozenset({"network", "third-party"}),
    "memory": _AFTER_DATABASE | {"disk", "row-locks", "database-cpu", "application-cpu"},
    "redis-eviction": _AFTER_DATABASE
    | {"missing-index", "database-cpu", "application-cpu", "disk", "row-locks", "network"},
    "redis-cpu": frozenset({"application-workers"}),
    "missing-index": _AFTER_DATABASE | {"row-locks", "disk", "application-cpu", "machine-contention", "network"},
    "database-cpu": _AFTER_DATABASE | {"row-locks", "disk", "application-cpu", "machine-contention", "network"},
    "disk": _AFTER_DATABASE | {"row-locks"},
    "row-locks": _AFTER_DATABASE | {"network"},
    "application-cpu": _AFTER_DATABASE
    | {"row-locks", "network", "payment-channel", "third-party", "redis-cpu", "machine-contention"},
    "payment-channel": frozenset({"application-workers", "database-pool", "third-party", "network"}),
    "third-party": frozenset({"application-workers", "database-pool", "network"}),
    "database-connections": frozenset({"database-pool", "application-workers"}),
    "database-pool": frozenset({"application-workers", "network"}),
    "application-workers": frozenset({"network"}),
    "network": frozenset(),
    "generator": frozenset({"network"}),
}


def rank(recording: Recording, watch: Watch, baseline: Recording | None = None) -> tuple[Cause, ...]:
    """The causes of a slow round, the likeliest first.

    Args:
        recording: The round.
        watch: What was watched beside it.
        baseline: The everyday round of the same mall, where there is one; with it a round that was slow from its first second counts as
            slow.

    Returns:
        Nothing where latency did not bend and nothing of its own slows requests down; a single `unknown` where it bent and the evidence is
        not enough; else causes, then their consequences with half the confidence.
    """
    bend = find_bend(recording, baseline)
    watched = laid_beside(recording, watch)
    suspicions = [
        each
        for module in (suspects_database, suspects_machine, suspects_application, suspects_prometheus)
        for each in module.suspects(watched)
    ]
    eligible = _strongest(each for each in suspicions if _in_time(each, bend))
    if not eligible:
        return () if bend is None else (_unknown(bend, watch),)
    roots = [each for each in eligible if not _is_explained(each, eligible)]
    ordered = sorted(roots, key=lambda each: (-_weight(each, bend), each.second, each.resource))
    behind = sorted((each for each in eligible if each not in roots), key=lambda each: (each.second, -each.confidence))
    shared = 1.0 if len(ordered) == 1 else 0.8
    return (
        *(_cause(each, _weight(each, bend) * shared) for each in ordered),
        *(_cause(each, _weight(each, bend) * _BEHIND) for each in behind),
    )


def _in_time(suspicion: Suspicion, bend: Bend | None) -> bool:
    """Whether its saturation precedes the bend or coincides with it; without a bend only what hurts of its own remains."""
    return suspicion.standing or (bend is not None and suspicion.second <= _deadline(bend))


def _deadline(bend: Bend) -> int:
    felt = (
        FELT_SECONDS_AT_MOST if math.isinf(bend.felt_ms) else min(math.ceil(bend.felt_ms / 1000), FELT_SECONDS_AT_MOST)
    )
    return bend.second + SAMPLING_SECONDS + felt


def _strongest(suspicions: Iterator[Suspicion]) -> list[Suspicion]:
    """One suspicion a resource: the surest, among equals the earliest."""
    found: dict[str, Suspicion] = {}
    for each in suspicions:
        held = found.get(each.resource)
        if held is None or (-each.confidence, each.second) < (-held.confidence, held.second):
            found[each.resource] = each
    return list(found.values())


def _is_explained(suspicion: Suspicion, others: Sequence[Suspicion]) -> bool:
    """Whether another one's saturation, not clearly later, can have brought this one about."""
    return any(
        suspicion.resource in EXPLAINS[other.resource] and other.second <= suspicion.second + SAMPLING_SECONDS
        for other in others
    )


def _weight(suspicion: Suspicion, bend: Bend | None) -> float:
    """Its confidence, less the longer after the bend it began."""
    if bend is None or suspicion.standing:
        return suspicion.confidence
    return suspicion.confidence * (1 - _LATE * min(max(suspicion.second - bend.second, 0), LATE_SECONDS_AT_MOST))


def _cause(suspicion: Suspicion, confidence: float) -> Cause:
    return Cause(
        resource=suspicion.resource,
        evidence=suspicion.evidence,
        confidence=round(confidence, 2),
        second=suspicion.second,
    )


def _unknown(bend: Bend, watch: Watch) -> Cause:
    went = msg(
        "{percentile} went from {before} to {after} at second {second} ({failed} failed)",
        percentile=bend.percentile,
        before=quantities.seconds(bend.before_ms / 1000),
        after=_seconds(bend.after_ms),
        second=bend.second,
        failed=quantities.percent(bend.failed_ratio),
    )
    kinds = sorted({sample.kind for sample in watch.samples})
    evidence = (
        msg(
            "{went}, and nothing that was watched was used up by then (watched: {kinds})",
            went=went,
            kinds=", ".join(kinds),
        )
        if kinds
        else msg("{went}, and nothing was watched beside it", went=went)
    )
    return Cause(resource=UNKNOWN, evidence=evidence, confidence=0.0, second=bend.second)


def _seconds(milliseconds: float) -> str:
    return quantities.seconds(milliseconds / 1000) if math.isfinite(milliseconds) else "∞"
