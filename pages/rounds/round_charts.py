"""The charts of a round: which figures go into which chart, with which words."""

from dataclasses import dataclass

from facts.message import Message, msg
from facts.rounds import Round
from pages.rounds.charts import Chart, Plan, Series, chart
from pages.rounds.rehearsal import LatencySlo, latency_slos
from pages.rounds.words import milliseconds, rate
from pages.translation import Translate

# A cause's words are too long for a line in a chart; its second is enough there.
_PERCENTILES = (("p99_ms", "p99"), ("p95_ms", "p95"), ("p50_ms", "p50"))


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a chart's legend."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with what it is called and what its colours mean."""

    title: Message
    chart: Chart
    keys: tuple[Key, ...]


def figures(one: Round, say: Translate) -> list[Figure]:
    """The charts that the round has figures for."""
    found = (_latency_by_rate(one, say), _latency_over_time(one, say), _throughput(one, say))
    return [each for each in found if each is not None]


def _latency_by_rate(one: Round, say: Translate) -> Figure | None:
    steps = sorted((each for each in one.steps if each.p99_ms is not None), key=lambda each: each.per_second)
    means: dict[float, list[float]] = {}
    for step in steps:
        means.setdefault(step.per_second, []).append(step.p99_ms or 0.0)
    dots = [
        Series(
            kind=kind,
            dots=True,
            points=tuple((each.per_second, each.p99_ms) for each in steps if each.held is held),
            titles=tuple(
                f"{rate(each.per_second)} · p99 {milliseconds(each.p99_ms)}" for each in steps if each.held is held
            ),
        )
        for kind, held in (("held", True), ("broken", False))
    ]
    line = Series(kind="plain", points=tuple((each, sum(times) / len(times)) for each, times in means.items()))
    knee = one.knee
    drawn = chart(
        Plan(
            series=(line, *dots),
            x_words=_number,
            y_words=milliseconds,
            x_title=say("Journeys a second"),
            y_title="p99",
            level=_level(one, "99"),
            mark=(knee.per_second, say("knee {rate}").format(rate=rate(knee.per_second))) if knee else None,
            band=(knee.low, knee.high) if knee and knee.high is not None else None,
        )
    )
    if drawn is None:
        return None
    keys = [Key("held", say("held")), Key("broken", say("did not hold"))]
    if knee and knee.high is not None:
        keys.append(Key("range", say("range of the knee")))
    return Figure(msg("Latency against arrival rate"), drawn, tuple(keys))


def _latency_over_time(one: Round, say: Translate) -> Figure | None:
    run = one.recording
    # What a backlog brought in after the schedule's end is part of the picture, an empty second is not.
    moments = [each for each in run.moments if each.second < run.seconds or each.p99_ms is not None]
    drawn = chart(
        Plan(
            series=tuple(
                Series(kind=kind, points=tuple((each.second, getattr(each, name)) for each in moments))
                for name, kind in _PERCENTILES
            ),
            x_words=_time,
            y_words=milliseconds,
            x_title=say("Time since the round began"),
            y_title=say("Latency"),
            level=_level(one),
            mark=_cause_mark(one, say),
        )
    )
    keys = tuple(Key(kind, kind) for _name, kind in _PERCENTILES)
    return Figure(msg("Latency over time, second by second"), drawn, keys) if drawn else None


def _throughput(one: Round, say: Translate) -> Figure | None:
    # While the schedule runs: that nothing is offered after its end would look like a collapse.
    moments = [each for each in one.recording.moments if each.second < one.recording.seconds]
    lines = [
        Series(kind="offered", points=tuple((each.second, float(each.offered)) for each in moments)),
        Series(kind="achieved", points=tuple((each.second, float(each.completed)) for each in moments)),
    ]
    keys = [Key("offered", say("offered")), Key("achieved", say("achieved"))]
    if any(each.failed for each in moments):
        lines.append(Series(kind="failed", points=tuple((each.second, float(each.failed)) for each in moments)))
        keys.append(Key("failed", say("failed")))
    drawn = chart(
        Plan(
            series=tuple(lines),
            x_words=_time,
            y_words=_number,
            x_title=say("Time since the round began"),
            y_title=say("Requests a second"),
            mark=_cause_mark(one, say),
        )
    )
    return Figure(msg("Offered and achieved"), drawn, tuple(keys)) if drawn else None


def _level(one: Round, percentile: str = "") -> tuple[float, str] | None:
    """The tightest objective, of the highest percentile where none is asked for."""
    slos = [each for each in latency_slos(one) if percentile in {"", each.percentile}]
    if not slos:
        return None
    chosen: LatencySlo = min(slos, key=lambda each: (-float(each.percentile), each.milliseconds))
    return chosen.milliseconds, f"SLO p{chosen.percentile} {milliseconds(chosen.milliseconds)}"


def _cause_mark(one: Round, say: Translate) -> tuple[float, str] | None:
    """When the likeliest cause began, where it lies within the round."""
    second = next((each.second for each in one.causes if each.second is not None), None)
    if second is None or not 0 <= second <= len(one.recording.moments):
        return None
    return float(second), say("first cause begins")


def _number(value: float) -> str:
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"  # noqa: PLR2004  (thousands are separated)


def _time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds == 0 or seconds % 60 else f"{seconds / 60:g} min"
