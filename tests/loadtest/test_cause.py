"""What gave first is named from what was watched, and nothing is named where nothing gave."""

from dataclasses import replace

import pytest

from facts.rounds import Cause, Recording
from facts.watch import Sample, Watch
from loadtest.cause import EXPLAINS, rank
from tests.loadtest.watched_rounds import FAULTS, SECONDS, Fault, round_of, without

SEEDS = range(1, 21)


def named(causes: tuple[Cause, ...]) -> str:
    return causes[0].resource if causes else ""


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_in_nine_of_ten_seeded_rounds(name: str) -> None:
    fault = FAULTS[name]
    found = [named(rank(*round_of(fault, seed))) for seed in SEEDS]
    assert found.count(fault.cause) >= 0.9 * len(SEEDS), found


def test_a_mall_that_holds_has_no_cause() -> None:
    found = [named(rank(*round_of(None, seed))) for seed in range(1, 101)]
    assert found.count("") + found.count("unknown") == 100, found
    assert found.count("") >= 97, found


def test_a_bend_without_a_saturated_resource_is_unknown_and_says_what_was_watched() -> None:
    recording, watch = round_of(Fault(cause="unknown", values={}), 1)
    busy_as_ever = replace(
        watch,
        samples=tuple(
            replace(each, values=each.values | {"server_seconds": 1.0}) if each.kind == "pool" else each
            for each in watch.samples
        ),
    )
    (cause,) = rank(recording, busy_as_ever)
    assert (cause.resource, cause.confidence) == ("unknown", 0.0)
    assert "watched: host, pool, postgres, redis" in str(cause.evidence)


def test_a_slow_round_that_nobody_watched_is_unknown() -> None:
    recording, _ = round_of(FAULTS["row lock"], 1)
    (cause,) = rank(recording, Watch(samples=()))
    assert cause.resource == "unknown"
    assert "nothing was watched" in str(cause.evidence)


def test_a_locked_row_comes_before_the_pool_that_it_fills() -> None:
    causes = rank(*round_of(FAULTS["row lock"], 3))
    assert [each.resource for each in causes][:2] == ["row-locks", "database-pool"]
    assert causes[0].confidence > causes[1].confidence
    assert "UPDATE stock" in str(causes[0].evidence)


def test_a_pool_that_was_full_long_before_the_locks_is_no_consequence_of_them() -> None:
    late_locks = Fault(
        cause="database-pool",
        values=FAULTS["pool too small"].values,
        spread={("postgres", "orders", "row_lock_waiters"): 14.0},
        spread_after=6,
    )
    assert [named(rank(*round_of(late_locks, seed))) for seed in range(1, 11)].count("database-pool") >= 9


def test_the_statement_behind_a_missing_index_is_in_the_evidence() -> None:
    cause = rank(*round_of(FAULTS["missing index"], 2))[0]
    assert "SELECT * FROM orders WHERE user_id = $1" in str(cause.evidence)


def test_a_saturation_that_passes_by_itself_names_nothing() -> None:
    recording, watch = round_of(None, 5)
    start = recording.started_at.timestamp()
    samples = tuple(
        replace(each, values=each.values | {"row_lock_waiters": 20.0})
        if each.kind == "postgres" and 8 <= each.at - start < 11
        else each
        for each in watch.samples
    )
    assert rank(recording, replace(watch, samples=samples)) == ()


def test_a_saturation_that_hurts_nobody_is_no_cause() -> None:
    recording, _ = round_of(None, 6)
    _, watch = round_of(FAULTS["CPU-bound app"], 6)
    assert rank(recording, watch) == ()


def test_a_saturation_that_began_only_after_the_bend_is_not_its_cause() -> None:
    recording, watch = round_of(FAULTS["row lock"], 4)
    start = recording.started_at.timestamp()
    early = {(each.kind, each.source): each for each in watch.samples if each.at - start < 3}
    samples = tuple(
        replace(early[each.kind, each.source], at=each.at) if each.at - start < 18 else each for each in watch.samples
    )
    assert named(rank(recording, replace(watch, samples=samples))) in {"unknown", "network"}


def test_with_an_everyday_baseline_a_round_that_was_slow_from_its_first_second_has_a_cause() -> None:
    recording, watch = round_of(FAULTS["CPU-bound app"], 7)
    start = recording.started_at
    hurt = tuple(each for each in recording.moments if each.second >= 14)
    late = replace(
        recording,
        started_at=start.replace(second=14),
        seconds=SECONDS - 14,
        moments=tuple(replace(each, second=each.second - 14) for each in hurt),
    )
    baseline, _ = round_of(None, 7)
    assert named(rank(late, watch, baseline)) == "application-cpu"


def test_a_round_whose_requests_fail_quickly_has_bent() -> None:
    recording, watch = round_of(FAULTS["connections used up"], 8)
    failing = tuple(
        replace(each, failed=each.offered // 2, p95_ms=40.0, p99_ms=60.0) if (each.p95_ms or 0) > 200 else each
        for each in recording.moments
    )
    causes = rank(replace(recording, moments=failing), watch)
    assert named(causes) == "database-connections"


def test_a_slow_payment_page_is_enough_where_the_application_tells_nothing_of_its_calls() -> None:
    recording, watch = round_of(FAULTS["slow payment channel"], 9)
    cause = rank(recording, without(watch, lambda each: each.kind == "pool"))[0]
    assert cause.resource == "payment-channel"
    assert cause.confidence < 0.9


def test_a_machine_whose_programs_are_not_seen_is_the_servers_of_its_name() -> None:
    recording, watch = round_of(FAULTS["missing index"], 10)
    samples = tuple(_remote(each) for each in watch.samples if (each.kind, each.source) != ("host", "front"))
    assert named(rank(recording, replace(watch, samples=samples))) == "missing-index"


def test_a_full_pool_is_inferred_from_the_database_where_the_application_tells_nothing() -> None:
    fault = Fault(cause="database-pool", values={("postgres", "orders", "busy:shop"): 32.0})
    recording, watch = round_of(fault, 11)
    cause = rank(recording, without(watch, lambda each: each.kind == "pool"))[0]
    assert (cause.resource, cause.confidence) == ("database-pool", 0.6)


def test_what_only_the_malls_prometheus_sees_is_named_with_less_confidence() -> None:
    recording, watch = round_of(Fault(cause="application-cpu", values={}), 12)
    start = recording.started_at.timestamp()
    throttled = tuple(
        Sample(
            at=start + second,
            source="prometheus",
            kind="prometheus",
            values={"container_cpu_throttled_ratio:shop-1": 0.02 if second < 10 else 0.6},
        )
        for second in (2, 17)
    )
    quick = tuple(each for each in watch.samples if each.kind in {"postgres", "redis"})
    causes = rank(recording, replace(watch, samples=(*quick, *throttled)))
    assert (named(causes), causes[0].confidence) == ("application-cpu", 0.6)
    assert "shop-1 rose to 60 %" in str(causes[0].evidence)


def test_no_two_resources_explain_each_other() -> None:
    assert all(resource not in EXPLAINS.get(other, ()) for resource, others in EXPLAINS.items() for other in others)


def test_a_round_without_moments_has_no_cause() -> None:
    recording, watch = round_of(FAULTS["row lock"], 1)
    empty: Recording = replace(recording, moments=(), endpoints=(), generators=())
    assert rank(empty, watch) == ()


def _remote(sample: Sample) -> Sample:
    """The machine's figures as node_exporter gives them, under the name of the server on it."""
    if sample.kind != "host":
        return sample
    busy = sample.values["cores_busy_ratio:orders"]
    return replace(sample, source="orders", values={"cpu_busy_ratio": busy})
