"""The fixed words of round pages, and the sentences that say a verdict."""

from facts import quantities
from facts.message import Message, msg, verbatim
from facts.round_comparison import DifferenceVerdict, RoundComparison
from facts.rounds import Purchase, RoundKind

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
