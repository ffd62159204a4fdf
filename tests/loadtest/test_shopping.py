"""The shopping list's arithmetic, and its silence where something was not measured."""

from dataclasses import replace
from typing import Any

import pytest

from facts.rounds import Purchase, Recording
from facts.watch import Sample, Watch
from loadtest.shopping import bandwidth_bits_per_second, shopping_list
from tests.loadtest.queueing import BEGAN
from tests.loadtest.recordings import healthy, overloaded, with_overall

LIMITS = {
    "web/cores": 4.0, "web/network_bytes_per_second": 12_500_000.0, "orders/max_connections": 100.0,
    "cache/maxmemory_bytes": 256.0 * 2**20,
}  # fmt: skip


def seen(**changes: dict[str, float]) -> Watch:
    """Twenty seconds of a quiet everyday peak; `changes` by source."""
    samples = []
    for second in range(20):
        values: dict[str, tuple[str, dict[str, float]]] = {
            "web": ("host", {"cpu_busy_ratio": 0.35}),
            "orders": ("postgres", {"active": 1.5, "idle_in_transaction": 0.5, "connections": 20.0}),
            "shop": ("pool", {"pool_used": 2.0, "pool_max": 10.0, "pool_pending": 0.0}),
            "cache": ("redis", {"used_memory_bytes": 2**26 + second * 1024.0, "evictions": 0.0}),
        }
        for source, (kind, usual) in values.items():
            samples.append(
                Sample(at=BEGAN.timestamp() + second, source=source, kind=kind, values=usual | changes.get(source, {}))
            )
    return Watch(samples=tuple(samples), limits=LIMITS)


def listed(watch: Watch, recording: Recording | None = None, **options: Any) -> tuple[dict[str, Purchase], list[str]]:
    lines, missing = shopping_list(recording or healthy(), watch, 10.0, **options)
    assert all(str(line.method) for line in lines)
    return {line.resource: line for line in lines}, [str(each) for each in missing]


def test_each_line_is_todays_size_and_what_ten_times_needs() -> None:
    lines, missing = listed(seen())
    assert not missing
    # 0.35 of 4 cores × 10 at 70 %; 2 busy connections × 10 and 3√20 more; a second's keys × 10 × 1800 s on top of 64 MiB, 75 % full.
    assert (lines["cores"].today, lines["cores"].needed) == (4, 20)
    assert (lines["replicas"].today, lines["replicas"].needed) == (1, 5)
    assert (lines["database-connections"].today, lines["database-connections"].needed) == (100, 34)
    assert (lines["pool-size"].today, lines["pool-size"].needed) == (10, 34)
    assert lines["redis-memory"].today == 256 * 2**20
    assert lines["redis-memory"].needed == pytest.approx((2**26 + 1024 * 10 * 1800) / 0.75, rel=0.001)
    recording = healthy()
    assert lines["bandwidth"].today == 100_000_000
    assert lines["bandwidth"].needed == pytest.approx(recording.overall.received_bytes * 8 / 20 * 10 / 0.7, rel=0.001)
    assert bandwidth_bits_per_second(recording) == recording.overall.received_bytes * 8 / 20


def test_named_programs_say_more_than_the_machine_they_share_with_others() -> None:
    watch = seen(web={"cpu_cores:shop": 0.5, "cpu_cores:postgres": 0.25})
    lines, _ = shopping_list(healthy(), replace(watch, limits=LIMITS | {"web/cores:shop": 1.0}), 10.0)
    cores = {
        str(line.method).partition(" ")[0]: (line.today, line.needed) for line in lines if line.resource == "cores"
    }
    assert cores == {"shop": (1.0, 8.0), "postgres": (None, 4.0)}


def test_what_was_used_up_hides_the_demand_and_gives_no_line() -> None:
    lines, missing = listed(
        seen(shop={"pool_used": 10.0}, cache={"evictions": 3.0}, orders={"connections": 99.0, "active": 90.0})
    )
    assert set(lines) == {"cores", "replicas", "bandwidth"}
    assert [each.partition(" cannot")[0] for each in missing] == [
        "database connections of orders", "the pool size of shop", "Redis memory of cache",
    ]  # fmt: skip
    assert all("used up" in each for each in missing)


def test_what_was_not_watched_gives_no_line_and_says_so() -> None:
    lines, missing = listed(Watch(samples=()))
    assert set(lines) == {"bandwidth"}
    assert lines["bandwidth"].today is None
    assert len(missing) == 4
    assert all("was not watched" in each for each in missing)
    _, missing = listed(replace(seen(), limits={}))
    assert "cores of web cannot be computed: cores was not watched" in missing
    lines, missing = listed(seen(), with_overall(healthy(), received_bytes=0))
    assert "bandwidth" not in lines
    assert missing == ["bandwidth cannot be computed: received_bytes was not watched"]


def test_a_round_that_the_mall_did_not_keep_up_with_measures_nothing() -> None:
    lines, missing = listed(seen(), overloaded())
    assert not lines
    assert len(missing) == 1
    assert "did not keep up" in missing[0]


def test_seconds_before_and_after_the_round_do_not_count() -> None:
    later = [replace(each, at=each.at + 3600, values={"cpu_busy_ratio": 1.0}) for each in seen().samples]
    watch = seen()
    assert listed(replace(watch, samples=(*watch.samples, *later)))[0]["cores"].needed == 20
