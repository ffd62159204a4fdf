"""What the votes come to: a class that is named only when it is sure enough and clearly ahead of the others.

Votes of one class add up as independent witnesses do (noisy-or, Pearl 1988): what is left of the doubt is the product of each one's own.
Several votes of one rule count once, by its strongest: they are the same witness. Votes against a class take their share away again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from facts.message import Message, msg
from tickets.cause.answer import Answer, Vote
from tickets.cause.rules import RULES
from tickets.cause.seen import Seen
from tickets.names import Cause

CLASSES = tuple(each for each in Cause if each is not Cause.INSUFFICIENT_EVIDENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a class is named.

    Attributes:
        least: Its confidence, at least.
        ahead: What it has to be ahead of the next class. A wrong answer sends engineers the wrong way; none does not.
    """

    least: float = 0.6
    ahead: float = 0.15


THRESHOLDS = Thresholds()


def answer(document: Mapping[str, Any], thresholds: Thresholds = THRESHOLDS) -> Answer:
    """The first answer.

    Args:
        document: Of evidence, as it was frozen.
        thresholds: When a class is named.
    """
    seen = Seen(document)
    unavailable = list(seen.unavailable())
    votes: list[Vote] = []
    for name, rule in RULES:
        try:
            votes += [replace(vote, rule=name) for vote in rule(seen)]
        except Exception as error:  # noqa: BLE001  (one rule that stumbles over strange evidence must not silence the others)
            reason = msg(
                "The rule {name} could not judge this evidence: {error}.", name=name, error=type(error).__name__
            )
            unavailable.append((f"rule {name}", reason))
    return _combined(votes, tuple(unavailable), thresholds)


def _combined(
    votes: Sequence[Vote], unavailable: tuple[tuple[str, Message | str], ...], thresholds: Thresholds
) -> Answer:
    support = {cause: _support([each for each in votes if each.cause is cause]) for cause in CLASSES}
    ranked = sorted(CLASSES, key=lambda cause: -support[cause])
    best, second = ranked[0], ranked[1]
    if not support[best]:
        return Answer(
            cause=Cause.INSUFFICIENT_EVIDENCE, confidence=0.0, likeliest=None, evidence_for=(),
            evidence_against=tuple(votes), unavailable=unavailable,
        )  # fmt: skip
    sure = support[best] >= thresholds.least and support[best] - support[second] >= thresholds.ahead
    spoken = sorted(votes, key=lambda each: -each.weight)
    return Answer(
        cause=best if sure else Cause.INSUFFICIENT_EVIDENCE,
        confidence=round(support[best], 3),
        likeliest=best,
        evidence_for=tuple(each for each in spoken if each.cause is best and not each.against),
        evidence_against=tuple(each for each in spoken if (each.cause is best) == each.against),
        unavailable=unavailable,
    )


def _support(votes: Sequence[Vote]) -> float:
    doubt, kept = 1.0, 1.0
    for against in (False, True):
        strongest: dict[str, float] = {}
        for each in votes:
            if each.against is against:
                strongest[each.rule] = max(strongest.get(each.rule, 0.0), min(max(each.weight, 0.0), 0.99))
        for weight in strongest.values():
            if against:
                kept *= 1.0 - weight
            else:
                doubt *= 1.0 - weight
    return (1.0 - doubt) * kept
