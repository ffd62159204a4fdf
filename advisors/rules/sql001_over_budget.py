"""A statement family will not fit into the database machine at the multiplier.

What it finds:
    Statement families whose time, projected to the promotion, takes a large share of the database machine's processor cores.
Why it hurts:
    Database time is the scarcest thing a mall has: it cannot be added by starting another process. One family that needs half
    of the machine leaves the other half for everything else, and queues form before that.
Needs:
    pg_stat_statements; the access log makes the everyday peak right; the host's number of cores makes the share right.
Quiet when:
    - below-threshold: it takes less than a fifth of the machine at the multiplier
    - not-storefront: it is a nightly job or a staff page, which a promotion does not multiply
Before:
    SELECT … total 4,000 s in the window, 12 calls a second, 1.1 cores now, 11 cores at ten times the traffic
After:
    The same answer from an index, a cache or a rewritten statement, in a tenth of the time
Risk:
    None in reading. The remedy depends on the statement; where another rule knows it, this finding is listed below that one.
Source:
    Utilization law (busy cores = arrival rate x service time), Denning and Buzen, "The Operational Analysis of Queueing
    Network Models", 1978. Thresholds: advisors.severity.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import expected, owner, query
from advisors.rule import Context, Outcome, Rule
from advisors.severity import ASSUMED_CORES, HIGH_SHARE, severity_of
from advisors.workload import Family, Workload, mark_of
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.message import Message, msg

SUBJECT_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a family is over budget.

    Attributes:
        share: Of the machine's cores at the multiplier; from a fifth on a single family decides whether the mall fits.
        listed: How many of the cheaper families get a line of their own in the list of quiet subjects.
    """

    share: float = HIGH_SHARE
    listed: int = 50


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Projects every family and reports those that take too much."""
    for workload in context.workloads:
        cores = workload.cores or ASSUMED_CORES
        for position, family in enumerate(workload.families):
            if family.kind == "other":
                continue
            if family.cores_at_multiplier >= cores * THRESHOLDS.share and family.follows_storefront:
                yield _finding(family, workload)
            elif position < THRESHOLDS.listed:
                yield Quiet(
                    code="SQL001",
                    target=owner(workload),
                    subject=subject(family),
                    reason="below-threshold" if family.follows_storefront else "not-storefront",
                    detail=msg("{cores} cores at the multiplier", cores=quantities.cores(family.cores_at_multiplier)),
                )


def subject(family: Family) -> str:
    """How findings name a statement: its text; one that is cut ends with a mark of the whole, since many begin alike."""
    if len(family.text) <= SUBJECT_LIMIT:
        return family.text
    mark = f"… {mark_of(family.text)}"
    return family.text[: SUBJECT_LIMIT - len(mark)] + mark


def _finding(family: Family, workload: Workload) -> Finding:
    return Finding(
        code="SQL001",
        rule="over-budget",
        area=Area.QUERIES,
        target=owner(workload),
        subject=subject(family),
        severity=severity_of(family.cores_at_multiplier, workload.cores),
        title=msg(
            "One statement needs {cores} cores at the multiplier", cores=quantities.cores(family.cores_at_multiplier)
        ),
        summary=msg(
            "It ran {calls} times in {window}, {mean} each, and keeps {now} cores busy at today's peak. "
            "At {multiplier} times the traffic that is {then} of {cores} cores.",
            calls=quantities.count(family.calls),
            window=quantities.seconds(workload.window_seconds),
            mean=quantities.seconds(family.mean_seconds),
            now=quantities.cores(family.cores_now),
            multiplier=f"{workload.multiplier:g}",
            then=quantities.cores(family.cores_at_multiplier),
            cores=f"{workload.cores or ASSUMED_CORES:g}",
        ),
        evidence=Evidence(
            queries=(query(family),),
            figures={"blocks_per_call": round(family.shared_blocks / max(family.calls, 1), 1)},
            facts=_facts(family, workload),
        ),
        expected=expected([family], None, "counted"),
        loss=family.cores_at_multiplier,
        remedy=Remedy(text=msg("Make it cheaper (rewrite), rarer (cache) or smaller (fewer rows), and measure again.")),
    )


def _facts(family: Family, workload: Workload) -> tuple[Message, ...]:
    facts = [msg("It follows the storefront's rate: {reason}.", reason=family.follows_reason)]
    if workload.cores is None:
        facts.append(
            msg("The database's machine is not known; {cores} cores were assumed.", cores=f"{ASSUMED_CORES:g}")
        )
    activity = workload.facts.activity
    if activity and activity.waiting_on_locks_peak and family.kind in {"update", "delete", "select"}:
        facts.append(
            msg(
                "Up to {sessions} sessions at once were seen waiting for a lock.",
                sessions=activity.waiting_on_locks_peak,
            )
        )
    return tuple(facts)


RULE = Rule(
    code="SQL001", name="over-budget", area=Area.QUERIES, judge=judge, reasons=("below-threshold", "not-storefront")
)
