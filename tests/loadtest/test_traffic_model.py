"""Sessions become a model: where shoppers go, how long they think, how many come at the peak, what they ask for most."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from facts.traffic import INDISTINCT, Move
from loadtest.plan import Plan, Segment, from_json, to_json
from loadtest.traffic.graph import gates_of, mix_of, moves_of
from loadtest.traffic.model import TrafficError, cautions, model_of
from loadtest.traffic.pauses import pauses, quantiles
from loadtest.traffic.peak import peak_of
from loadtest.traffic.skew import exponent, rank
from tests.loadtest.traffic_parts import minutes, poisson, session, shop, traffic


def shares(moves: tuple[Move, ...], source: str, *after: str) -> dict[str, float]:
    return {move.target: move.share for move in moves if move.source == source and move.after == after}


def test_shares_of_arrows_are_of_those_that_leave_a_page() -> None:
    moves = moves_of([session("home", "product"), session("home", "product", "product"), session("home")], ())
    assert shares(moves, "") == {"home": 1.0}
    assert shares(moves, "home") == {"product": pytest.approx(2 / 3), "": pytest.approx(1 / 3)}
    assert shares(moves, "product") == {"product": pytest.approx(1 / 3), "": pytest.approx(2 / 3)}


def test_a_page_that_others_only_come_after_is_a_gate() -> None:
    sessions = shop()
    assert gates_of(sessions) == ("login",)
    moves = moves_of(sessions, gates_of(sessions))
    assert "cart" not in shares(moves, "product")
    assert shares(moves, "product", "login") == {"cart": 1.0}


def test_what_follows_its_gate_at_once_and_what_everybody_passes_needs_no_gate() -> None:
    direct = [session("cart", "checkout")] * 50 + [session("home")] * 50
    assert gates_of(direct) == ()
    everybody = [session("home", "product", "cart")] * 50 + [session("home", "cart")] * 50
    assert gates_of(everybody) == ()


def test_pauses_run_from_the_answer_to_the_next_request_and_end_at_the_limit() -> None:
    long = session("home", "cart", pause=1e6)
    assert [pause for _, _, pause in pauses(long)] == [1800.0]
    assert [pause for _, _, pause in pauses(session("home", "cart", pause=-3))] == [0.0]


def test_think_times_are_quantiles_and_few_of_them_borrow_from_a_broader_group() -> None:
    assert quantiles(range(101)) == pytest.approx(tuple(range(0, 101, 5)))
    often = [session("home", "product", pause=number / 10) for number in range(100)]
    seldom = [session("search", "product", pause=60)]
    moves = moves_of([*often, *seldom], ())
    think = {(move.source, move.target): move.think_seconds for move in moves}
    assert think["home", "product"][10] == pytest.approx(4.95)
    assert think["search", "product"][10] == pytest.approx(5.0)
    assert think["search", "product"][20] == 60
    assert think["", "home"] == think["product", ""] == ()


def test_the_mix_is_the_share_of_requests() -> None:
    assert mix_of([session("a", "b", "b"), session("a")]) == {"a": 0.5, "b": 0.5}


def test_the_everyday_peak_leaves_out_the_busiest_hundredth_of_minutes() -> None:
    starts = [60.0 * minute + number for minute in range(302) for number in range(5)]
    outage = [60.0 * 100 + number / 20 for number in range(1000)]
    peak = peak_of(minutes([*starts, *outage]), seconds=302 * 60)
    assert peak.sessions_per_second == pytest.approx(5 / 60)
    assert peak.requests_per_second == pytest.approx(15 / 60)


def test_a_quiet_night_counts_as_minutes_too() -> None:
    day = [float(second) for second in range(600)]
    night = [600.0 + 86_400]
    assert peak_of(minutes([*day, *night]), seconds=87_000).sessions_per_second == 0


def test_a_log_of_seconds_has_its_mean_as_peak() -> None:
    assert peak_of(minutes([0.0, 1.0, 2.0, 9.0]), seconds=8).sessions_per_second == 0.5


def test_burstiness_is_one_for_poisson_above_for_bursts_and_below_for_a_metronome() -> None:
    assert peak_of(minutes(poisson(20, 1800, seed=1)), seconds=1800).burstiness == pytest.approx(1, abs=0.25)
    bursts = [at for at in poisson(4, 1800, seed=1) for _ in range(5)]
    assert peak_of(minutes(bursts), seconds=1800).burstiness == pytest.approx(5, abs=1.2)
    assert peak_of(minutes([number / 10 for number in range(18_000)]), seconds=1800).burstiness == pytest.approx(
        0, abs=0.01
    )


def test_a_rate_that_rises_from_minute_to_minute_is_no_burst() -> None:
    rising = [at for minute in range(60) for at in poisson(2 + minute, 60, seed=minute, began=minute * 60)]
    assert peak_of(minutes(rising), seconds=3600).burstiness == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("true", [0.5, 0.8, 1.0, 1.3])
def test_the_zipf_exponent_is_found_among_thousands_of_products(true: float) -> None:
    dice = random.Random(7)
    counts = Counter(rank(true, 20_000, dice) for _ in range(20_000))
    assert exponent(tuple(counts.values())) == pytest.approx(true, abs=0.08)


def test_too_few_subjects_have_no_exponent() -> None:
    assert exponent((50, 40, 30)) is None
    assert exponent((4,) * 1000) is None


def test_ranks_follow_their_law() -> None:
    dice = random.Random(1)
    drawn = Counter(rank(1.0, 10, dice) for _ in range(20_000))
    harmonic = sum(1 / number for number in range(1, 11))
    assert drawn[0] / 20_000 == pytest.approx(1 / harmonic, abs=0.02)
    assert set(drawn) == set(range(10))
    assert {rank(0.0, 1, dice) for _ in range(100)} == {0}


def test_the_model_travels_with_the_plan() -> None:
    model = model_of(traffic(shop()))
    assert model.bytes_per_session == pytest.approx(1000 * sum(len(each.visits) for each in shop()) / 1000)
    plan = Plan(target="http://127.0.0.1/", segments=(Segment(seconds=1, per_second=1),), traffic=model)
    assert from_json(to_json(plan)) == plan


def test_a_log_in_which_many_shoppers_cannot_be_told_apart_is_no_quiet_success() -> None:
    whole = traffic(shop())
    assert cautions(whole) == ()
    (said,) = cautions(replace(whole, left_out={INDISTINCT: whole.requests}))
    assert "50" in str(said)


def test_a_log_without_shoppers_makes_no_model() -> None:
    empty = traffic([session("home")])
    with pytest.raises(TrafficError, match="no shopper"):
        model_of(replace(empty, sessions=(), left_out={"crawler": 3}))
