"""Reads `round.json`, and whatever else holds rounds, back into records."""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from facts.message import Message, msg
from facts.rounds import Figures, Round
from pages.rounds.round_json import SCHEMA_VERSION

_RECORDING = (
    "loop started_at seconds ended seed arrivals arrivals_per_second offered_per_second achieved_per_second "
    "journeys_scheduled journeys_started journeys_dropped endpoints journeys moments generators"
).split()
_FIGURES = (
    "scheduled sent dropped failed not_the_malls errors latency_ms service_ms lag_ms received_bytes histograms"
).split()
_ROUND = "verdict manifest steps knee bandwidth_bits_per_second fidelity".split()
_OUTSIDE = {"round": "kind", "cause": "causes"}


class RoundFileError(Exception):
    """A file holds no round that can be read.

    Attributes:
        reason: Why, as a sentence that can be translated.
    """

    def __init__(self, reason: Message) -> None:
        """Takes the reason, and its English as the exception's own text."""
        super().__init__(str(reason))
        self.reason = reason


def read_rounds(text: str) -> tuple[Round, ...]:
    """The rounds of a `round.json`, of what `tenfold stress --json` printed, or of a `findings.json`.

    Sentences come back as the words that the file holds, in its language.

    Args:
        text: Of the file.

    Raises:
        RoundFileError: It is no JSON, holds no round, is damaged, or was written by a newer version.
    """
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise RoundFileError(msg("the file is damaged: it is no JSON")) from None
    if not isinstance(document, dict):
        raise RoundFileError(msg("the file holds no round"))
    if "round" in document:
        return (_round(document),)
    rounds = document.get("rounds")
    if not isinstance(rounds, list) or not rounds:
        raise RoundFileError(msg("the file holds no round"))
    return tuple(_round(each) for each in rounds)


def _no_number(word: str) -> float:
    raise ValueError(word)


def _round(document: Any) -> Round:
    if not isinstance(document, dict):
        raise RoundFileError(msg("the file is damaged: {place}: {problem}", place="rounds", problem="not an object"))
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise RoundFileError(
            msg(
                "the round was written by a newer Tenfold (version {version} of the file, this one reads {known}); install that one",
                version=version,
                known=SCHEMA_VERSION,
            )
        )
    if version != SCHEMA_VERSION:
        raise RoundFileError(msg("the file is damaged: {place}: {problem}", place="schema_version", problem="missing"))
    try:
        one = TypeAdapter(Round).validate_json(json.dumps(_record(document)), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RoundFileError(
            msg("the file is damaged: {place}: {problem}", place=_place(first["loc"]), problem=first["msg"])
        ) from None
    run = one.recording
    for figures in (run.overall, *run.endpoints, *run.journeys):
        _consistent(figures)
    return one


def _record(document: dict[str, Any]) -> dict[str, Any]:
    """The document in the record's own nesting; what is missing stays missing."""
    recording = _chosen(document, _RECORDING)
    recording["overall"] = {"name": "", **_chosen(document, _FIGURES)}
    return {
        **_chosen(document, _ROUND),
        "kind": document.get("round"),
        "recording": recording,
        "reasons": _with_messages(document.get("reasons"), "evidence"),
        "causes": _with_messages(document.get("cause"), "evidence"),
        "shopping": _with_messages(document.get("shopping"), "method"),
        "not_examined": [_message(each) for each in _listed(document.get("not_examined"))],
    }


def _chosen(document: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _with_messages(rows: Any, name: str) -> Any:
    if not isinstance(rows, list):
        return rows
    return [{**row, name: _message(row.get(name))} if isinstance(row, dict) else row for row in rows]


def _message(text: Any) -> Any:
    """As words that are the same in every language, so that nothing in a file is ever used as a template."""
    return {"template": "{text}", "values": {"text": text}} if isinstance(text, str) else text


def _place(steps: tuple[int | str, ...]) -> str:
    """Where it is in the file, whose nesting differs from the record's."""
    outside = {inside: name for name, inside in _OUTSIDE.items()}
    shown = [outside.get(str(each), str(each)) for each in steps if each not in {"recording", "overall"}]
    return ".".join(shown)


def _consistent(figures: Figures) -> None:
    """Refuses counts that no generator can have recorded, since a comparison of them would be believed.

    Raises:
        RoundFileError: They contradict each other.
    """
    counts = (figures.scheduled, figures.sent, figures.dropped, figures.failed)
    if (
        min(counts) < 0
        or figures.scheduled != figures.sent + figures.dropped
        or not figures.dropped <= figures.failed <= figures.scheduled
    ):
        raise RoundFileError(
            msg(
                "the file is damaged: {place}: {problem}",
                place=figures.name or "scheduled",
                problem=f"scheduled {counts[0]}, sent {counts[1]}, dropped {counts[2]}, failed {counts[3]}",
            )
        )
