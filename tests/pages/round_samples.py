"""Rounds made by hand: a rehearsal that ends in NO-GO, the same after the fixes, an INVALID one, a closed-loop one and a hostile one.

Times are drawn from seeded log-normal distributions and kept in real HDR histograms, as a generator keeps them.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from facts.message import msg
from facts.round_comparison import DifferenceVerdict, RoundComparison, RoundDifference
from facts.rounds import (
    Cause,
    Figures,
    Knee,
    Loop,
    Purchase,
    Reason,
    Recording,
    Round,
    RoundKind,
    RoundVerdict,
    Step,
)
from facts.watch import Sample, StatementDelta, Watch
from pages.rounds.rehearsal import Rehearsal
from tests.pages.hostile_sample import HOSTILE
from tests.pages.recorded_samples import recording


def manifest(version: str) -> dict[str, str]:
    return {
        "mall": version,
        "data": "medium, seed 1",
        "tenfold": "0.1.0",
        "cpu pinning": "mall 0, generator 1",
        "journeys": "loadtest.journeys.practice_mall",
    }


def _slo(text: str, *, ok: bool, measured: str) -> Reason:
    return Reason(rule=f"slo {text}", ok=ok, evidence=msg("measured {measured}", measured=measured))


def _generator(*, ok: bool, measured: str) -> Reason:
    return Reason(
        rule="generator-cpu",
        ok=ok,
        evidence=msg("the busiest generator used {measured} of a core", measured=measured),
        invalidates=True,
    )


def baseline(*, median_ms: float = 12.0, hours: int = 0, version: str = "as delivered") -> Round:
    run = recording(50, 30, seed=11, median_ms=lambda _second: median_ms, hours=hours)
    assert run.overall.latency_ms
    return Round(
        kind=RoundKind.BASELINE,
        verdict=RoundVerdict.GO,
        reasons=(
            _slo("p99<500ms", ok=True, measured=f"{run.overall.latency_ms.p99:.3g} ms"),
            _slo("errors<1%", ok=True, measured="0 %"),
            _generator(ok=True, measured="31 %"),
        ),
        recording=run,
        manifest=manifest(version),
        bandwidth_bits_per_second=9_720_000.0,
        fidelity=0.93,
    )


STEPS = (
    # per second, held, achieved, p99 in ms, failed, slope, the rule that failed
    (50.0, True, 1.0, 48.0, 0.0, 0.0, ""),
    (100.0, True, 1.0, 55.0, 0.0, 0.01, ""),
    (200.0, True, 0.999, 118.0, 0.0, 0.1, ""),
    (400.0, False, 0.71, 4_800.0, 0.12, 86.0, "slo p99<500ms"),
    (300.0, False, 0.9, 2_150.0, 0.03, 21.0, "backlog"),
    (250.0, True, 0.997, 236.0, 0.0, 0.3, ""),
    (275.0, False, 0.985, 760.0, 0.004, 4.1, "slo p99<500ms"),
    (262.0, True, 0.995, 388.0, 0.0, 0.4, ""),
    (262.0, True, 0.996, 401.0, 0.0, 0.2, ""),
)


def capacity(*, factor: float = 1.0, hours: int = 0, version: str = "as delivered") -> Round:
    """The knee at 262/s, or at a multiple of it with as much of everything."""
    knee = round(262 * factor)
    run = recording(min(knee, 300), 20, seed=12, median_ms=lambda _second: 95.0 / factor, hours=hours)
    good = factor > 1
    return Round(
        kind=RoundKind.CAPACITY,
        verdict=RoundVerdict.GO if good else RoundVerdict.NO_GO,
        reasons=(
            _slo("p99<500ms", ok=True, measured="388 ms"),
            Reason(
                rule="knee-at-multiplier",
                ok=good,
                evidence=msg("the knee lies at {knee}, the multiplier asks for {target}", knee=f"{knee}/s", target="500/s"),
            ),
            _generator(ok=True, measured="31 %"),
        ),
        recording=run,
        manifest=manifest(version),
        steps=tuple(
            Step(
                per_second=rate * factor, held=held, achieved_ratio=achieved, p99_ms=p99, failed_ratio=failed,
                backlog_slope=slope, reason=reason, seconds=15.0 if number < len(STEPS) - 1 else 30.0, hold=number == len(STEPS) - 1,
            )
            for number, (rate, held, achieved, p99, failed, slope, reason) in enumerate(STEPS)
        ),
        knee=Knee(per_second=knee, low=round(250 * factor), high=round(275 * factor), usl_per_second=round(289 * factor)),
        causes=() if good else causes(),
        shopping=shopping(),
        bandwidth_bits_per_second=50_900_000.0,
        fidelity=0.93,
        not_examined=(msg("{target}: {reason}", target="cdn", reason="no exporter"),),
    )  # fmt: skip


def confirm() -> Round:
    """Ten times the everyday peak, as delivered: all is well for eight seconds, then the pool is empty."""
    run = recording(
        500,
        30,
        seed=13,
        median_ms=lambda second: 12.0 if second < 8 else min(12.0 * 1.75 ** (second - 8), 2_400.0),
        failing=lambda second: 0.0 if second < 14 else 0.22,
        hours=1,
    )
    return Round(
        kind=RoundKind.CONFIRM,
        verdict=RoundVerdict.NO_GO,
        reasons=(
            _slo("p99<500ms", ok=False, measured="8.53 s"),
            _slo("errors<1%", ok=False, measured="12 %"),
            Reason(
                rule="slo payment-success>=98%",
                ok=False,
                evidence=msg("{done} of {all} payments went through", done="1,322", all="1,510"),
            ),
            _generator(ok=True, measured="33 %"),
        ),
        recording=run,
        manifest=manifest("as delivered"),
        causes=causes(),
        bandwidth_bits_per_second=97_200_000.0,
        fidelity=0.91,
        not_examined=(msg("{target}: {reason}", target="cdn", reason="no exporter"),),
    )


def causes() -> tuple[Cause, ...]:
    return (
        Cause(
            resource="database-pool",
            evidence=msg(
                "all {size} connections of the pool were in use from second {second} on, {ahead} s before latency bent",
                size=10, second=7, ahead=1,
            ),
            confidence=0.86,
            second=7,
        ),
        Cause(
            resource="missing-index",
            evidence=msg("{statement} took {share} of the database's time", statement="SELECT … FROM orders", share="61 %"),
            confidence=0.4,
            second=9,
        ),
    )  # fmt: skip


def shopping() -> tuple[Purchase, ...]:
    method = msg(
        "{today} measured × {multiplier}, and {headroom} of headroom",
        today="9.72 Mbit/s",
        multiplier="10",
        headroom="30 %",
    )
    return (
        Purchase(resource="cores", today=4, needed=13, unit="cores", method=method),
        Purchase(resource="pool-size", today=10, needed=48, unit="connections", method=method),
        Purchase(resource="redis-memory", today=268_435_456, needed=1_610_612_736, unit="bytes", method=method),
        Purchase(resource="bandwidth", today=None, needed=126_400_000, unit="bits/s", method=method),
    )


def watch(run: Recording) -> Watch:
    """A pool that fills up at second 7, a database that works, a cache and a host that do not mind."""
    began = run.started_at.timestamp()
    samples = []
    for second in range(int(run.seconds)):
        load = min(1.0, 0.2 + second * 0.115)
        at = began + second + 0.2
        samples += [
            Sample(at=at, source="shop", kind="pool", values={"pool_busy_ratio": load, "pool_waiters": max(0.0, (second - 7) * 9.0)}),
            Sample(at=at, source="orders", kind="postgres", values={"connections": 4 + 10 * load, "lock_waiters": 0.0}),
            Sample(at=at, source="cache", kind="redis", values={"used_memory_bytes": 2.1e8 + second * 1e5, "hit_ratio": 0.81}),
            Sample(at=at, source="this machine", kind="host", values={"cpu_busy_ratio": 0.3 + 0.35 * load, "steal_ratio": 0.0}),
        ]  # fmt: skip
    return Watch(
        samples=tuple(samples),
        statements=(StatementDelta(target="orders", id="1", text="SELECT 1", calls=10, seconds=0.1),),
        limits={"orders/max_connections": 100.0, "cache/maxmemory_bytes": 268_435_456.0},
        missing=(msg("{subject}: {reason}", subject="cdn", reason="no exporter"),),
    )


@lru_cache(maxsize=1)
def no_go() -> Rehearsal:
    """The mall as it was delivered."""
    rounds = (baseline(), capacity(), confirm())
    return Rehearsal(
        mall="Plum Blossom 梅花商城",
        multiplier=10.0,
        tool_version="0.1.0",
        rounds=rounds,
        watches=(None, None, watch(rounds[2].recording)),
    )


@lru_cache(maxsize=1)
def go() -> Rehearsal:
    """The same mall after index, cache and pool, with what it was before."""
    run = recording(500, 30, seed=14, median_ms=lambda second: 9.0 + second % 3, hours=26)
    confirmed = replace(
        confirm(),
        verdict=RoundVerdict.GO,
        recording=run,
        reasons=tuple(replace(each, ok=True) for each in confirm().reasons),
        causes=(),
        manifest=manifest("after the fixes"),
    )
    return replace(
        no_go(),
        rounds=(
            baseline(median_ms=6.0, hours=24, version="after the fixes"),
            capacity(factor=3.5, hours=25, version="after the fixes"),
            confirmed,
        ),
        watches=(),
        before=no_go().rounds,
        comparison=comparison(),
    )


@lru_cache(maxsize=1)
def invalid() -> Rehearsal:
    """A generator that could not keep up."""
    run = recording(200, 15, seed=15, cpu_ratio=1.01, lag_ms=9.0)
    lost = replace(run.generators[1], lost=True, throttled_seconds=3.2)
    only = Round(
        kind=RoundKind.CAPACITY,
        verdict=RoundVerdict.INVALID,
        reasons=(
            _slo("p99<500ms", ok=True, measured="61 ms"),
            _generator(ok=False, measured="99 %"),
            Reason(
                rule="generator-lag",
                ok=False,
                evidence=msg(
                    "99 % of requests left within {lag}, at most {limit} is allowed", lag="41 ms", limit="10 ms"
                ),
                invalidates=True,
            ),
        ),
        recording=replace(run, generators=(run.generators[0], lost), ended="stopped: abort rule"),
        manifest={},
    )
    return Rehearsal(mall="Plum Blossom", multiplier=10.0, tool_version="0.1.0", rounds=(only,))


@lru_cache(maxsize=1)
def closed() -> Rehearsal:
    """A user's own Locust scenario, with nothing asked of it."""
    run = recording(40, 12, seed=16, loop=Loop.CLOSED)
    unknown = replace(run.overall, lag_ms=None)
    only = Round(
        kind=RoundKind.SINGLE,
        verdict=RoundVerdict.GO,
        reasons=(_generator(ok=True, measured="12 %"),),
        recording=replace(run, overall=unknown, moments=tuple(replace(each, lag_p99_ms=None) for each in run.moments)),
    )
    return Rehearsal(mall="http://127.0.0.1:8000", multiplier=None, tool_version="0.1.0", rounds=(only,))


@lru_cache(maxsize=1)
def hostile() -> Rehearsal:
    """Every name and sentence came from an attacker."""
    one = confirm()
    hurt = msg("{text}", text=HOSTILE)
    figures = replace(one.recording.endpoints[0], name=HOSTILE, errors={HOSTILE: 3}, not_the_malls={HOSTILE: 2})
    run = replace(
        one.recording,
        overall=replace(one.recording.overall, errors={HOSTILE: 3}, not_the_malls={HOSTILE: 2}),
        endpoints=(figures,),
        journeys=(figures,),
        generators=(replace(one.recording.generators[0], name=HOSTILE),),
        ended=HOSTILE,
    )
    bad = Round(
        kind=RoundKind.CONFIRM,
        verdict=RoundVerdict.NO_GO,
        reasons=(Reason(rule=HOSTILE, ok=False, evidence=hurt), Reason(rule="slo p99<zms", ok=True, evidence=hurt)),
        recording=run,
        manifest={HOSTILE: HOSTILE},
        steps=(replace(capacity().steps[0], reason=HOSTILE),),
        causes=(Cause(resource=HOSTILE, evidence=hurt, confidence=0.5, second=10_000),),
        shopping=(Purchase(resource=HOSTILE, today=1, needed=2, unit=HOSTILE, method=hurt),),
        not_examined=(hurt,),
    )
    sample = Sample(
        at=run.started_at.timestamp(), source=HOSTILE, kind="host", values={HOSTILE: math.nan, "busy_ratio": 1.0}
    )
    return Rehearsal(
        mall=HOSTILE, multiplier=10.0, tool_version="0.1.0", rounds=(bad,),
        watches=(Watch(samples=(sample,), limits={HOSTILE: 0.0}, missing=(hurt,)),),
    )  # fmt: skip


def nothing() -> Rehearsal:
    """A round that was stopped before anything was sent."""
    empty = Figures(name="", scheduled=0, sent=0, dropped=0, failed=0)
    run = replace(
        closed().rounds[0].recording,
        loop=Loop.OPEN, overall=empty, endpoints=(), journeys=(), moments=(), generators=(), ended="stopped: Ctrl-C",
        seconds=0.0, offered_per_second=0.0, achieved_per_second=0.0, arrivals_per_second=0.0,
        journeys_scheduled=0, journeys_started=0, journeys_dropped=0,
    )  # fmt: skip
    only = Round(kind=RoundKind.SINGLE, verdict=RoundVerdict.INVALID, reasons=(), recording=run)
    return Rehearsal(mall="mall", multiplier=None, tool_version="0.1.0", rounds=(only,))


def comparison(cautions: Sequence[str] = ()) -> RoundComparison:
    better, worse, same = DifferenceVerdict.BETTER, DifferenceVerdict.WORSE, DifferenceVerdict.NOT_TOLD_APART
    rows: tuple[tuple[str, str, float | None, float | None, float | None, float | None, DifferenceVerdict], ...] = (
        ("", "p50", 1180.0, 11.1, -1240.0, -1090.0, better),
        ("", "p95", 4100.0, 26.2, -4300.0, -3900.0, better),
        ("", "p99", 5900.0, 41.5, -6100.0, -5700.0, better),
        ("", "throughput", 402.0, 499.6, 80.0, 112.0, better),
        ("", "failed", 0.118, 0.0, -0.13, -0.1, better),
        ("GET /search", "p95", 6300.0, 39.0, -6600.0, -6000.0, better),
        ("GET /", "p95", 12.2, 12.6, -0.6, 1.4, same),
        ("POST /checkout", "p95", 31.0, 48.0, 9.0, 24.0, worse),
        ("GET /gone", "p95", 31.0, None, None, None, same),
    )
    return RoundComparison(
        differences=tuple(
            RoundDifference(
                subject=subject, figure=name, before=before, after=after, low=low, high=high, verdict=verdict
            )
            for subject, name, before, after, low, high, verdict in rows
        ),
        confidence=0.99,
        noise_ratio=0.05,
        noise_measured=False,
        cautions=tuple(msg("{text}", text=each) for each in cautions),
    )
