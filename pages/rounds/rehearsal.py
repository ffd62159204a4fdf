"""What a page about rounds is made of, and what can be read from the rounds without judging anew."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from facts.findings import Report
from facts.round_comparison import RoundComparison
from facts.rounds import Figures, Loop, Reason, Round, RoundKind, RoundVerdict
from facts.watch import Watch

# Measuring the generator instead of the mall makes every other verdict worthless, so it is named first.
_WORST_FIRST = (RoundVerdict.INVALID, RoundVerdict.NO_GO, RoundVerdict.GO)
_LATENCY_SLO = re.compile(r"slo p(50|95|99|99\.9)\s*<=?\s*(\d+(?:\.\d+)?)\s*(ms|s)")
# An endpoint's or a journey's name would stand between the two words.
_WHOLE_ROUND = re.compile(r"slo \S+(?: over \S+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The rounds of one run, in the order in which they were run.

    Attributes:
        mall: Its name, or the URL of a single round.
        multiplier: How many times the everyday peak was rehearsed for; None for a single round.
        watches: What was seen during each round, in the order of `rounds`; may be shorter, None where nobody watched.
        before: The rounds of an earlier run, to be shown beside these.
        findings: What the advisors say of the window of the round that failed, or of the last one; None where nobody asked.
        comparison: Of the last of `before` with the last of `rounds`, where it was made.
    """

    mall: str
    multiplier: float | None
    tool_version: str
    rounds: tuple[Round, ...]
    watches: tuple[Watch | None, ...] = ()
    before: tuple[Round, ...] = ()
    comparison: RoundComparison | None = None
    findings: Report | None = None

    def watch_of(self, position: int) -> Watch | None:
        """What was seen during the round at this position."""
        return self.watches[position] if position < len(self.watches) else None


@dataclass(frozen=True, slots=True)
class LatencySlo:
    """An objective for a latency percentile of the whole round."""

    percentile: str  # 50, 95, 99, 99.9
    milliseconds: float


def overall_verdict(rounds: Iterable[Round]) -> RoundVerdict:
    """INVALID over NO-GO over GO; without any round there is nothing to rely on, so INVALID."""
    verdicts = {each.verdict for each in rounds}
    return next((each for each in _WORST_FIRST if each in verdicts), RoundVerdict.INVALID)


def latency_slos(one: Round) -> tuple[LatencySlo, ...]:
    """The latency objectives that the verdict's reasons name for the whole round."""
    found = (_LATENCY_SLO.fullmatch(each.rule) for each in one.reasons)
    return tuple(
        dict.fromkeys(
            LatencySlo(match[1], float(match[2]) * (1000 if match[3] == "s" else 1)) for match in found if match
        )
    )


def told_and_folded(one: Round) -> tuple[list[Reason], list[Reason]]:
    """The rules that a reader must see, and those that can be folded: what held of single endpoints and journeys, and of the generator.

    What did not hold and every objective of the whole round are always told; one rule alone is not worth folding.
    """
    folded = [each for each in one.reasons if each.ok and not _WHOLE_ROUND.fullmatch(each.rule)]
    if len(folded) <= 1:
        return list(one.reasons), []
    return [each for each in one.reasons if not each.ok or _WHOLE_ROUND.fullmatch(each.rule)], folded


def has_slo(one: Round) -> bool:
    """Whether anything was asked of the mall; without, GO says only that the measurement can be relied on."""
    return any(each.rule.startswith("slo ") for each in one.reasons)


def confirmed(rounds: Iterable[Round]) -> bool:
    """Whether a confirmation at the multiplier ran and held."""
    return any(each.kind is RoundKind.CONFIRM and each.verdict is RoundVerdict.GO and has_slo(each) for each in rounds)


def is_closed(one: Round) -> bool:
    """Whether its arrivals waited for answers."""
    return one.recording.loop is Loop.CLOSED


def succeeded(one: Round) -> int:
    """Requests that the mall itself answered well."""
    whole = one.recording.overall
    return whole.scheduled - whole.failed - sum(whole.not_the_malls.values())


def further_journeys(one: Round) -> tuple[Figures, ...]:
    """The journeys that are not merely an endpoint under its own name: of a single URL its one journey says nothing more."""
    endpoints = {each.name for each in one.recording.endpoints}
    return tuple(each for each in one.recording.journeys if each.name not in endpoints)
