"""What a rule says, and what all of them come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facts.message import Message, as_document
from tickets.names import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One rule's word on one class.

    Attributes:
        weight: How surely what was seen means that class (or, `against`, rules it out) when it is seen alone; between 0 and 1.
        says: What was seen, with its figures.
        reading: The reader of the evidence that showed it.
    """

    cause: Cause
    weight: float
    says: Message
    reading: str
    against: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where the fault came from, as far as the evidence goes.

    Attributes:
        cause: A class, or `insufficient_evidence`.
        confidence: Between 0 and 1; of the likeliest class also when it is not enough to name it.
        likeliest: That class; None where nothing spoke for any.
        evidence_for, evidence_against: Votes on the likeliest class, and those for other classes.
        unavailable: Readers that brought nothing, with the reason.
    """

    cause: Cause
    confidence: float
    likeliest: Cause | None
    evidence_for: tuple[Vote, ...]
    evidence_against: tuple[Vote, ...]
    unavailable: tuple[tuple[str, Message | str], ...]


def document(answer: Answer) -> Mapping[str, Any]:
    """The answer as it is kept with the ticket: sentences stay templates with their values, so that they can be read in any language."""
    return {
        "cause": answer.cause.value,
        "confidence": answer.confidence,
        "likeliest": None if answer.likeliest is None else answer.likeliest.value,
        "for": [_vote(each) for each in answer.evidence_for],
        "against": [_vote(each) for each in answer.evidence_against],
        "unavailable": [
            {"reading": name, "reason": as_document(reason) if isinstance(reason, Message) else reason}
            for name, reason in answer.unavailable
        ],
    }


def _vote(vote: Vote) -> dict[str, Any]:
    return {
        "rule": vote.rule,
        "cause": vote.cause.value,
        "against": vote.against,
        "weight": vote.weight,
        "reading": vote.reading,
        "says": as_document(vote.says),
    }
