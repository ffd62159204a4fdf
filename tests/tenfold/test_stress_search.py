"""The search for the knee and the three rounds, driven by a simulated mall whose capacity is known exactly."""

from dataclasses import replace

import pytest

from facts.rounds import RoundKind, RoundVerdict
from facts.watch import Watch
from loadtest.knee import Search
from loadtest.plan import Plan, Segment
from loadtest.safety.abort import AbortLimits
from loadtest.slo import parse
from tenfold.stressing import protocol as rounds
from tenfold.stressing.running import Ran
from tenfold.stressing.schedules import shaped
from tenfold.stressing.single import knee
from tests.loadtest import queueing

SLOS = (parse("p99<500ms"), parse("errors<1%"))
PLAN = Plan(target="http://127.0.0.1:1/", segments=(Segment(seconds=1, per_second=1),), allow_writes=True)
MALL = queueing.Mall(slots=4, service_seconds=0.01)  # 400 requests a second


class Simulated:
    """Stands in for the generator: what it would have recorded of the simulated mall."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan, _limits: AbortLimits) -> Ran:
        self.plans.append(plan)
        last = plan.segments[-1]
        recording = queueing.record(MALL, last.per_second, last.seconds, seed=plan.seed)
        return Ran(recording=recording, watch=Watch(samples=()))


def protocol(*, peak: float, multiplier: float = 10.0) -> rounds.Protocol:
    return rounds.Protocol(
        plan=PLAN, schedule=shaped("step", peak, multiplier), slos=SLOS, everyday_peak=peak, multiplier=multiplier, ceiling=1000.0,
        baseline=60, step=20, hold=60, confirm=60,
    )  # fmt: skip


def test_the_knee_of_one_url_is_its_capacity() -> None:
    done = knee(PLAN, SLOS, Search(low=10, high=1000), Simulated(), {})
    assert done.round.knee is not None
    assert done.round.knee.per_second == pytest.approx(400, rel=0.05)
    assert done.round.verdict is RoundVerdict.GO
    assert done.overload is not None
    assert done.round.recording.arrivals_per_second == pytest.approx(done.round.knee.per_second, rel=0.15)


def test_each_step_has_arrivals_of_its_own() -> None:
    send = Simulated()
    knee(PLAN, SLOS, Search(low=10, high=1000), send, {})
    seeds = [plan.seed for plan in send.plans]
    assert len(set(seeds)) == len(seeds)


def test_a_mall_that_carries_the_multiplier_is_a_go_and_the_search_stops_somewhat_above_it() -> None:
    send = Simulated()
    done = rounds.capacity(protocol(peak=20), send, {}, lambda *_: None, None)
    assert done.round.kind is RoundKind.CAPACITY
    assert done.round.verdict is RoundVerdict.GO
    assert max(plan.segments[-1].per_second for plan in send.plans) == 20 * 10 * rounds.SEARCH_BEYOND


def test_a_mall_that_does_not_is_a_no_go_that_names_both_rates() -> None:
    done = rounds.capacity(protocol(peak=60), Simulated(), {}, lambda *_: None, None)
    assert done.round.verdict is RoundVerdict.NO_GO
    reason = done.round.reasons[0]
    assert (reason.rule, reason.ok) == ("knee", False)
    assert "600" in str(reason.evidence)


def test_no_step_exceeds_the_ceiling() -> None:
    send = Simulated()
    rounds.capacity(replace(protocol(peak=20), ceiling=150.0), send, {}, lambda *_: None, None)
    assert max(plan.segments[-1].per_second for plan in send.plans) <= 150.0


def test_the_baseline_says_what_to_buy_or_what_was_not_watched() -> None:
    done = rounds.baseline(protocol(peak=20), Simulated(), {})
    assert done.round.verdict is RoundVerdict.GO
    assert done.round.shopping or done.round.not_examined


def test_the_confirmation_begins_at_the_everyday_rate_so_that_a_bend_can_be_seen() -> None:
    send = Simulated()
    rounds.confirm(protocol(peak=20), send, {}, None)
    first, second = send.plans[0].segments
    assert (first.per_second, second.per_second) == (20, 200)


class Dying(Simulated):
    """Nobody listens any more from the third step on."""

    def __call__(self, plan: Plan, limits: AbortLimits) -> Ran:
        ran = super().__call__(plan, limits)
        if len(self.plans) < 3:
            return ran
        overall = ran.recording.overall
        refused = replace(overall, failed=overall.scheduled, errors={"connection refused": overall.scheduled})
        return replace(ran, recording=replace(ran.recording, overall=refused))


def test_a_target_that_died_ends_the_search_at_once_and_proves_nothing() -> None:
    send = Dying()
    done = knee(PLAN, SLOS, Search(low=10, high=1000), send, {})
    assert len(send.plans) == 3
    assert (done.round.verdict, done.interrupted) == (RoundVerdict.INVALID, False)
    assert "refused every connection" in str(done.round.reasons[0].evidence)


class Weak(Simulated):
    """A generator whose lag grows too large at 300 a second, before the mall's capacity is reached."""

    def __call__(self, plan: Plan, limits: AbortLimits) -> Ran:
        ran = super().__call__(plan, limits)
        if plan.segments[-1].per_second < 300:
            return ran
        weak = tuple(replace(each, lag_p99_ms=80.0) for each in ran.recording.generators)
        return replace(ran, recording=replace(ran.recording, generators=weak))


@pytest.mark.parametrize("needed", [None, 350.0])
def test_a_knee_that_no_hold_confirmed_is_not_a_go(needed: float | None) -> None:
    done = knee(PLAN, SLOS, Search(low=10, high=1000), Weak(), {}, needed=needed)
    assert done.round.verdict is RoundVerdict.INVALID
    assert done.round.reasons[0].rule == "generator-lag"
    assert done.round.knee is not None
    assert done.round.knee.high is None
