"""The fixed words of round pages, and the sentences that say a verdict."""

from collections.abc import Sequence

from facts import quantities
from facts.message import Message, msg, verbatim
from facts.round_comparison import DifferenceVerdict, RoundComparison
from facts.rounds import Purchase, Round, RoundKind, RoundVerdict
from pages.rounds.endings import FINISHED, ending
from pages.rounds.rehearsal import Rehearsal, confirmed, has_slo, overall_verdict
from pages.rounds.rule_words import listed, unjudged

KINDS: dict[RoundKind, Message] = {
    RoundKind.BASELINE: msg("Baseline"),
    RoundKind.CAPACITY: msg("Capacity"),
    RoundKind.CONFIRM: msg("Confirmation"),
    RoundKind.SINGLE: msg("Single round"),
}
RESOURCES: dict[str, Message] = {
    "database-pool": msg("Database connection pool"),
    "pool-size": msg("Database connection pool"),
    "row-locks": msg("Row locks"),
    "missing-index": msg("Missing index"),
    "database-cpu": msg("Database processor"),
    "application-cpu": msg("Application processor"),
    "application-workers": msg("Application workers"),
    "third-party": msg("A third party other than payment"),
    "machine-contention": msg("Processor taken by others on the machine"),
    "redis-cpu": msg("Redis processor"),
    "payment-channel": msg("Payment channel (third party)"),
    "redis-eviction": msg("Redis eviction"),
    "redis-memory": msg("Redis memory"),
    "network": msg("Network"),
    "database-connections": msg("Database connections"),
    "disk": msg("Disk"),
    "memory": msg("Memory"),
    "generator": msg("Load generator"),
    "cores": msg("Processor cores"),
    "bandwidth": msg("Bandwidth"),
    "replicas": msg("Replicas"),
    "unknown": msg("Unknown: the evidence is not enough"),
}
DIFFERENCES: dict[DifferenceVerdict, Message] = {
    DifferenceVerdict.BETTER: msg("better"),
    DifferenceVerdict.WORSE: msg("worse"),
    DifferenceVerdict.NOT_TOLD_APART: msg("not told apart"),
}
FIGURES: dict[str, Message] = {
    "p50": verbatim("p50"),
    "p95": verbatim("p95"),
    "p99": verbatim("p99"),
    "throughput": msg("Answers/s"),
    "failed": msg("Failed"),
}
UNITS = msg("Offered and achieved are requests a second, the knee is journeys a second.")
CLOSED_LOOP = msg(
    "Closed loop: each simulated user waited for an answer before it sent the next request, so a slow mall was sent less. All rates, "
    "latencies, percentiles and errors of this round are closed-loop figures and look better than what shoppers would feel."
)
_WITHOUT_SLO = msg(
    "Nothing was asked of this round (no SLO), so it can be relied on as a measurement and says nothing about readiness."
)


def headline(rehearsal: Rehearsal) -> Message:
    """What the overall verdict means, in words; it never promises more than the rounds have shown."""
    rounds = rehearsal.rounds
    verdict = overall_verdict(rounds)
    if not rounds:
        return msg("no round was run")
    if verdict is RoundVerdict.INVALID:
        return msg("the measurement cannot be relied on")
    if verdict is RoundVerdict.NO_GO:
        return msg("the mall does not hold what was asked of it")
    if confirmed(rounds) and rehearsal.multiplier is not None:
        return msg("the mall holds {multiplier} times the everyday peak", multiplier=f"{rehearsal.multiplier:g}")
    if rehearsal.multiplier is None and any(has_slo(each) for each in rounds):
        return msg("what was asked of the round held")
    if any(has_slo(each) for each in rounds):
        return msg("what was asked of the rounds held; the multiplier is not confirmed")
    return msg("a valid measurement; nothing was asked of the mall")


def lead(rehearsal: Rehearsal) -> Message:
    """The first sentence: of the round that decided, what broke, or what it carried."""
    if not rehearsal.rounds:
        return msg("Run a round first.")
    verdict = overall_verdict(rehearsal.rounds)
    deciding = [each for each in rehearsal.rounds if each.verdict is verdict][-1]
    broken = broken_rules(deciding)
    if not broken:
        return carried(deciding)
    open_questions = [each.rule for each in deciding.reasons if unjudged(each)]
    certain = [each for each in broken if each not in open_questions]
    if not certain:
        return msg("{round}: {rules} could not be judged.", round=KINDS[deciding.kind], rules=listed(broken))
    return msg("{round}: {rules} did not hold.", round=KINDS[deciding.kind], rules=listed(certain))


def broken_rules(one: Round) -> list[str]:
    """The rules that decided its verdict: what made it invalid first, else the objectives that were missed."""
    invalid = [each.rule for each in one.reasons if not each.ok and each.invalidates]
    missed = [each.rule for each in one.reasons if not each.ok and not each.invalidates]
    return invalid if one.verdict is RoundVerdict.INVALID and invalid else missed or invalid


def carried(one: Round) -> Message:
    """How much was sent and how it was answered."""
    run = one.recording
    whole = run.overall
    failed = quantities.percent(whole.failed / whole.scheduled) if whole.scheduled else "–"
    return msg(
        "{round}: {offered} offered, {achieved} achieved, p99 {p99}, {failed} failed.",
        round=KINDS[one.kind],
        offered=requests(run.offered_per_second),
        achieved=rate(run.achieved_per_second),
        p99=milliseconds(whole.latency_ms.p99 if whole.latency_ms else None),
        failed=failed,
    )


def knee_sentence(one: Round) -> Message | None:
    """The knee with its range; None for a round that did not look for one."""
    knee = one.knee
    if knee is None:
        return None
    if knee.high is None:
        return msg("Knee: at least {rate}; no rate that was tried failed.", rate=journeys(knee.per_second))
    return msg(
        "Knee: {rate}, between {low} and {high}.",
        rate=journeys(knee.per_second),
        low=rate(knee.low),
        high=rate(knee.high),
    )


def ended_sentence(one: Round) -> Message | None:
    """Why the round ended before its time; None where it ran to its end."""
    if one.recording.ended == FINISHED:
        return None
    return msg("This round did not run to its end: {reason}.", reason=ending(one.recording.ended))


def warnings(one: Round) -> Sequence[Message]:
    """What a reader must know before believing any figure of the round."""
    found = [ended_sentence(one)]
    if one.recording.loop == "closed":
        found.append(CLOSED_LOOP)
    if one.verdict is RoundVerdict.GO and not has_slo(one):
        found.append(_WITHOUT_SLO)
    return [each for each in found if each is not None]


def milliseconds(value: float | None) -> str:
    """A time that was recorded in milliseconds; seconds stay seconds, so that a latency of minutes is not rounded to them."""
    if value is not None and abs(value) >= 2 * quantities.MINUTE * 1000:
        return f"{value / 1000:,.0f} s"
    return "–" if value is None else quantities.seconds(value / 1000)


def requests(per_second: float) -> Message:
    """A rate of requests."""
    return msg("{number} requests/s", number=_number(per_second))


def journeys(per_second: float) -> Message:
    """A rate of journeys, in which everyday peak, ceiling and knee are told; of a single URL a journey is one request."""
    return msg("{number} journeys/s", number=_number(per_second))


def rate(per_second: float) -> str:
    """A rate whose unit is said elsewhere: `0.5/s`, `262/s`, `2,000/s`."""
    return f"{_number(per_second)}/s"


def _number(per_second: float) -> str:
    """Three figures, in whole ones from a thousand on."""
    return f"{per_second:,.0f}" if per_second >= 1000 else f"{per_second:.3g}"  # noqa: PLR2004  (three figures say enough below)


def amount(value: float | None, unit: str) -> Message:
    """A line's quantity in the unit of the shopping list."""
    if value is None:
        return msg("not known")
    if unit == "bytes":
        return verbatim(quantities.size(value))
    if unit == "bits/s":
        return verbatim(_bits(value))
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"
    if unit == "cores":
        return msg("{count} cores", count=number)
    if unit == "connections":
        return msg("{count} connections", count=number)
    if unit == "servers":
        return msg("{count} servers", count=number)
    return verbatim(f"{number} {unit}")


def _bits(per_second: float) -> str:
    for unit, size in (("Gbit/s", 1e9), ("Mbit/s", 1e6)):
        if per_second >= size:
            return f"{per_second / size:,.3g} {unit}"
    return f"{per_second / 1e3:,.3g} kbit/s"


def resource(word: str) -> Message:
    """A resource's name; a word that is not known yet stands for itself."""
    return RESOURCES.get(word) or verbatim(word)


def source(name: str) -> Message:
    """What was watched, by its name in the configuration, or the machine on which the program runs."""
    return msg("this machine") if name == "this machine" else verbatim(name)


def generator(name: str) -> Message:
    """A process of the load generator; where there is only one, its name tells nobody anything."""
    return msg("the generator") if name == "local" else verbatim(name)


def bought(line: Purchase) -> tuple[Message, Message, Message]:
    """Resource, today and needed of a line of the shopping list."""
    return resource(line.resource), amount(line.today, line.unit), amount(line.needed, line.unit)


def purchase(line: Purchase) -> Message | None:
    """A line of the shopping list as a sentence; None where nothing of it is needed."""
    if line.needed <= 0:
        return None
    name, today, needed = bought(line)
    if line.today is not None and line.today >= line.needed:
        return msg("Enough: {resource}, {today} today, {needed} needed", resource=name, today=today, needed=needed)
    return msg("To buy: {resource}, {today} today, {needed} needed", resource=name, today=today, needed=needed)


def difference_value(name: str, value: float | None, *, signed: bool = False) -> str:
    """A compared figure in its own unit."""
    if value is None:
        return "–"
    sign = "+" if signed and value > 0 else ""
    if name == "failed":
        return sign + quantities.percent(value)
    return sign + (rate(value) if name == "throughput" else milliseconds(value))


def further_findings(count: int) -> Message:
    """How many findings a short list leaves out."""
    return msg("and 1 more, in findings.html") if count == 1 else msg("and {count} more, in findings.html", count=count)


def sureness(comparison: RoundComparison) -> Message:
    """How sure the intervals are, and where the noise band comes from."""
    confidence, noise = quantities.percent(comparison.confidence), quantities.percent(comparison.noise_ratio)
    if comparison.noise_measured:
        return msg(
            "Intervals of {confidence} confidence; repeated rounds differed by {noise} by themselves, and less is not told apart.",
            confidence=confidence,
            noise=noise,
        )
    return msg(
        "Intervals of {confidence} confidence; no rounds were repeated, so {noise} is assumed as noise, and less is not told apart.",
        confidence=confidence,
        noise=noise,
    )


def outcome(comparison: RoundComparison) -> Message:
    """How many figures changed, and which way."""
    found = [each.verdict for each in comparison.differences]
    better, worse = found.count(DifferenceVerdict.BETTER), found.count(DifferenceVerdict.WORSE)
    if not better and not worse:
        return msg("No difference can be told apart from noise.")
    return msg(
        "{better} figures better, {worse} worse, {same} not told apart.",
        better=better,
        worse=worse,
        same=len(found) - better - worse,
    )
