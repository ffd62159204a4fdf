"""Rounds against one URL: one rate, or the search for its knee."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from facts.message import msg
from facts.rounds import Knee, Reason, Round, RoundKind, RoundVerdict, Step
from facts.watch import Watch
from loadtest.knee import Search, Try, next_rate, to_step
from loadtest.objective import Slo
from loadtest.plan import Plan, Segment
from loadtest.safety.abort import AbortLimits
from loadtest.verdict import GENERATOR_RULES, judge
from tenfold.stressing.running import Ran

Send = Callable[[Plan, AbortLimits], Ran]
"""Runs one plan; see `tenfold.stressing.running.run`."""

# Overload is what a search is for; a step ends early only when nothing comes back at all.
STEP_LIMITS = AbortLimits(error_ratio=None, slo_p99_ms=None)
REFUSED = "connection refused"
GONE_RATIO = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A judged round with what was seen during it.

    Attributes:
        watch: Of the run that `Round.recording` holds.
        overload: The run that first failed, for naming what gave; None when none failed.
        interrupted: Ctrl-C ended it.
        for_people: The mall's own shoppers suffered from it.
    """

    round: Round
    watch: Watch
    overload: Ran | None = None
    interrupted: bool = False
    for_people: bool = False


def one_rate(
    plan: Plan, slos: Sequence[Slo], send: Send, manifest: dict[str, str], payment: Sequence[str] = ()
) -> Rehearsed:
    """One round at the plan's own rates."""
    ran = send(plan, AbortLimits())
    verdict, reasons = judge(ran.recording, slos, payment=payment)
    return Rehearsed(
        round=Round(
            kind=RoundKind.SINGLE, verdict=verdict, reasons=reasons, recording=ran.recording, manifest=manifest,
            bandwidth_bits_per_second=bandwidth(ran),
        ),
        watch=ran.watch,
        overload=ran if verdict is RoundVerdict.NO_GO else None,
        interrupted=ran.interrupted,
        for_people=ran.for_people,
    )  # fmt: skip


def knee(
    plan: Plan,
    slos: Sequence[Slo],
    search: Search,
    send: Send,
    manifest: dict[str, str],
    *,
    told: Callable[[Try, Sequence[Step]], object] = lambda _try, _steps: None,
    needed: float | None = None,
) -> Rehearsed:
    """Searches the knee of the plan's target.

    Args:
        plan: What to send; its segments are replaced.
        slos: What has to hold.
        search: Where to look.
        send: Runs one step.
        manifest: Of the round.
        told: Called before each step, with those made so far.
        needed: The rate that has to be carried, in journeys a second; None when the knee itself is the answer.
    """
    steps: list[Step] = []
    held: Ran | None = None
    overload: Ran | None = None
    last: Ran | None = None
    gone = False
    found: Knee | None = None
    while found is None:
        following = next_rate(steps, search)
        if isinstance(following, Knee):
            found = following
            break
        told(following, steps)
        ran = send(_at(plan, following, len(steps)), STEP_LIMITS)
        last = ran
        if ran.interrupted or ran.for_people or (gone := _target_gone(ran)):
            break
        step = to_step(ran.recording, slos, following.per_second, hold=following.hold)
        steps.append(step)
        if step.held:
            held = ran
        elif step.reason not in GENERATOR_RULES and (
            overload is None or step.per_second < overload.recording.arrivals_per_second
        ):
            overload = ran
    shown = held or last
    if shown is None:
        raise ValueError("a search makes at least one step")
    for_people = last is not None and last.for_people
    verdict, reasons = _ended_early(last, gone=gone) if found is None else _verdict(found, needed, steps, shown, slos)
    return Rehearsed(
        round=Round(
            kind=RoundKind.CAPACITY, verdict=verdict, reasons=reasons, recording=shown.recording, manifest=manifest,
            steps=tuple(steps), knee=found, bandwidth_bits_per_second=bandwidth(shown),
        ),
        watch=shown.watch,
        overload=overload,
        interrupted=found is None and not gone and not for_people,
        for_people=for_people,
    )  # fmt: skip


def bandwidth(ran: Ran) -> float | None:
    """Bits a second that the mall's answers took over the schedule."""
    seconds = ran.recording.seconds
    return ran.recording.overall.received_bytes * 8 / seconds if seconds else None


def _at(plan: Plan, following: Try, number: int) -> Plan:
    """The plan at the rate of the step; each step has its own arrivals, so that none meets what the one before has warmed."""
    segment = Segment(seconds=following.seconds, per_second=following.per_second)
    return replace(plan, segments=(segment,), seed=plan.seed + number)


def _target_gone(ran: Ran) -> bool:
    """Whether nobody listened any more: no load makes a server that runs refuse every connection."""
    overall = ran.recording.overall
    return overall.scheduled > 0 and overall.errors.get(REFUSED, 0) >= GONE_RATIO * overall.scheduled


def _ended_early(last: Ran | None, *, gone: bool) -> tuple[RoundVerdict, tuple[Reason, ...]]:
    if last is not None and last.abort is not None and last.for_people:
        evidence = last.abort.reason
    elif gone:
        evidence = msg("the target stopped answering: it refused every connection")
    else:
        evidence = msg("the search was interrupted")
    return RoundVerdict.INVALID, (Reason(rule="search-finished", ok=False, evidence=evidence, invalidates=True),)


def _verdict(
    found: Knee, needed: float | None, steps: Sequence[Step], shown: Ran, slos: Sequence[Slo]
) -> tuple[RoundVerdict, tuple[Reason, ...]]:
    """INVALID when the search did not end at the mall's own limit; NO-GO when the knee lies below what is needed."""
    verdict, reasons = judge(shown.recording, slos)
    of_generator = [step for step in steps if step.reason in GENERATOR_RULES]
    held = any(step.hold and step.held for step in steps)
    if of_generator and found.per_second > 0 and not held:
        last = of_generator[-1]
        limit = Reason(
            rule=last.reason,
            ok=False,
            evidence=msg(
                "the generator could not keep up at {rate} journeys/s; the knee lies at {knee} journeys/s or above",
                rate=f"{last.per_second:.4g}",
                knee=f"{found.per_second:.4g}",
            ),
            invalidates=True,
        )
        return RoundVerdict.INVALID, (limit, *reasons)
    if found.per_second > 0 and verdict is RoundVerdict.INVALID:
        return verdict, reasons
    if needed is None:
        return (RoundVerdict.GO if found.per_second > 0 else RoundVerdict.NO_GO), reasons
    carried = Reason(
        rule="knee",
        ok=found.per_second >= needed,
        evidence=msg(
            "the knee is at {knee} journeys a second, needed are {needed}",
            knee=f"{found.per_second:.4g}",
            needed=f"{needed:.4g}",
        ),
    )
    return (RoundVerdict.GO if carried.ok else RoundVerdict.NO_GO), (carried, *reasons)
