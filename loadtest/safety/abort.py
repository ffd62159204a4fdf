"""When a running round must end early, and why: pure, fed with what was seen so far.

A moment is told while some of its second's requests are still unanswered, so the slowest and the failing ones are missing from it just when
they matter. Two figures do not suffer from that and stand beside the percentiles: answers that stop altogether, and the mean time in the
system by Little's law (waiting / completed a second; Little, Operations Research 9, 1961).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from facts.message import Message, msg
from facts.quantities import percent
from facts.rounds import Moment

_MS = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RealUsers:
    """How the mall's real shoppers fared in one second, from a probe or the access log without our own requests.

    Attributes:
        second: Of the round, as `Moment.second`.
        p95_ms: Of their answers; None when there were none.
    """

    second: int
    requests: int
    failed: int
    p95_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortLimits:
    """When to end; a limit that is None is not watched.

    The defaults are for a round on a mall that is open: clearly broken, for so long that no single pause can be it (a failover takes some
    10 s). A search for the knee passes through overload on purpose, and ends its own steps; it leaves `slo_p99_ms` None.

    Attributes:
        error_ratio: Failed over offered requests within `error_seconds`.
        least_requests: Fewer within the time prove nothing.
        slo_p99_ms: The SLO's latency; ended at `collapse_factor` times it in each second of `collapse_seconds`.
        silent_seconds: Requests wait and not one is answered for so long.
        real_p95_ms, real_error_ratio: Real users' SLO; ended when it fails in each of the last `real_seconds` seconds that had any of
            their requests.
    """

    error_ratio: float | None = 0.5
    error_seconds: int = 10
    least_requests: int = 20
    slo_p99_ms: float | None = None
    collapse_factor: float = 10.0
    collapse_seconds: int = 10
    silent_seconds: int | None = 10
    real_p95_ms: float | None = None
    real_error_ratio: float | None = None
    real_seconds: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """The decision to end.

    Attributes:
        rule: `error-rate`, `slo-collapse`, `no-answers` or `real-users`; `Recording.ended` becomes `stopped: <rule>`.
        second: Of the newest moment that it rests on.
        reason: For people, with the figures.
    """

    rule: str
    second: int
    reason: Message


def decide(moments: Sequence[Moment], limits: AbortLimits, real_users: Sequence[RealUsers] = ()) -> Abort | None:
    """Whether the round must end now.

    Args:
        moments: So far, in order; of several of one second the last one counts.
        limits: When to end.
        real_users: So far, in order.
    """
    seen = [moment for _, moment in sorted({each.second: each for each in moments}.items())]
    # Real people first: they are why there are rules.
    return _real_users(real_users, limits) or _silence(seen, limits) or _errors(seen, limits) or _collapse(seen, limits)


def _real_users(real_users: Sequence[RealUsers], limits: AbortLimits) -> Abort | None:
    last = [each for each in real_users if each.requests > 0][-limits.real_seconds :]
    if len(last) < limits.real_seconds:
        return None
    slow = limits.real_p95_ms
    if slow is not None and all(each.p95_ms is not None and each.p95_ms > slow for each in last):
        return Abort(
            rule="real-users",
            second=last[-1].second,
            reason=msg(
                "Real shoppers wait: their 95th percentile was above {limit} ms for {seconds} s, at last {p95} ms.",
                limit=f"{slow:.0f}",
                seconds=len(last),
                p95=f"{last[-1].p95_ms:.0f}",
            ),
        )
    share = limits.real_error_ratio
    if share is not None and all(each.failed > share * each.requests for each in last):
        failed, asked = sum(each.failed for each in last), sum(each.requests for each in last)
        return Abort(
            rule="real-users",
            second=last[-1].second,
            reason=msg(
                "Real shoppers meet errors: {failed} of {asked} of their requests failed in {seconds} s.",
                failed=failed,
                asked=asked,
                seconds=len(last),
            ),
        )
    return None


def _silence(seen: Sequence[Moment], limits: AbortLimits) -> Abort | None:
    last = _newest(seen, limits.silent_seconds)
    if not last or any(each.completed > 0 or each.waiting == 0 for each in last):
        return None
    return Abort(
        rule="no-answers",
        second=last[-1].second,
        reason=msg(
            "The mall has answered nothing for {seconds} s; {waiting} requests wait.",
            seconds=len(last),
            waiting=last[-1].waiting,
        ),
    )


def _errors(seen: Sequence[Moment], limits: AbortLimits) -> Abort | None:
    if limits.error_ratio is None:
        return None
    last = _newest(seen, limits.error_seconds)
    offered, failed = sum(each.offered for each in last), sum(each.failed for each in last)
    if offered < limits.least_requests or failed <= limits.error_ratio * offered:
        return None
    return Abort(
        rule="error-rate",
        second=last[-1].second,
        reason=msg(
            "{share} of {offered} requests failed within {seconds} s, more than {limit}.",
            share=percent(failed / offered),
            offered=offered,
            seconds=len(last),
            limit=percent(limits.error_ratio),
        ),
    )


def _collapse(seen: Sequence[Moment], limits: AbortLimits) -> Abort | None:
    if limits.slo_p99_ms is None:
        return None
    last = _newest(seen, limits.collapse_seconds)
    bound = limits.slo_p99_ms * limits.collapse_factor
    felt = [_felt_ms(each) for each in last]
    if not felt or any(each is None or each <= bound for each in felt):
        return None
    return Abort(
        rule="slo-collapse",
        second=last[-1].second,
        reason=msg(
            "Answers took {felt} ms for {seconds} s, more than {factor} times the {limit} ms of the SLO.",
            felt=f"{felt[-1]:.0f}",
            seconds=len(last),
            factor=f"{limits.collapse_factor:.3g}",
            limit=f"{limits.slo_p99_ms:.0f}",
        ),
    )


def _felt_ms(moment: Moment) -> float | None:
    """The worse of the 99th percentile so far and the mean time in the system; None for a second in which nothing was asked."""
    waited = moment.waiting / moment.completed * _MS if moment.completed else None
    known = [each for each in (moment.p99_ms, waited) if each is not None]
    return max(known) if known else None


def _newest(seen: Sequence[Moment], seconds: int | None) -> Sequence[Moment]:
    """The newest so many seconds; none while there are not so many yet."""
    return seen[-seconds:] if seconds is not None and len(seen) >= seconds else ()
