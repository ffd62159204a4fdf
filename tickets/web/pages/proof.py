"""Frozen evidence and first answers as the page of a ticket shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from facts.message import Message
from pages.tickets.readable import readable
from pages.tickets.ticket_records import CauseGiven, Evidence, Ground, Reading
from tickets import events
from tickets.events import Entry
from tickets.web.pages.parts import Frozen

READINGS_AT_MOST, LINES_AT_MOST = 40, 30


def evidence(frozen: Frozen) -> Evidence:
    """One part.

    Args:
        frozen: Its document holds `readings` by the names of their readers, each with `status`, `seconds`, and a `value` or a `reason`
            (`tickets.evidence.gathering`).
    """
    document = frozen.document if isinstance(frozen.document, Mapping) else {}
    found = document.get("readings")
    readings, failed = [], []
    for name, record in list(found.items())[:READINGS_AT_MOST] if isinstance(found, Mapping) else ():
        if not isinstance(record, Mapping) or record.get("status", "ok") != "ok":
            failed.append((str(name), _reason(record)))
            continue
        value = record.get("value")
        readings.append(_reading(str(name), record, value))
        missing = value.get("failed") if isinstance(value, Mapping) else None
        if isinstance(missing, Mapping):
            failed += [(f"{name}/{part}", str(reason)) for part, reason in missing.items()]
    return Evidence(
        number=frozen.id,
        part=frozen.part,
        at=frozen.at,
        sha256=frozen.sha256,
        verified=frozen.verified,
        readings=tuple(readings),
        failed=tuple(failed[:READINGS_AT_MOST]),
    )


def _reading(name: str, record: Mapping[str, Any], value: Any) -> Reading:
    seconds = record.get("seconds")
    return Reading(
        name=name,
        blocks=readable(value),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        cut=record.get("cut") is True,
    )


def _reason(record: Any) -> str:
    return str(record.get("reason", record.get("status", ""))) if isinstance(record, Mapping) else ""


def causes(log: Sequence[Entry]) -> tuple[CauseGiven, ...]:
    """Every first answer, the newest first."""
    given = [
        CauseGiven(
            cause=entry.event.cause.value,
            confidence=entry.event.confidence,
            at=entry.at,
            speaks_for=_lines(entry.event.document, "for"),
            against=_lines(entry.event.document, "against"),
            unavailable=_lines(entry.event.document, "unavailable"),
        )
        for entry in log
        if isinstance(entry.event, events.CauseGiven)
    ]
    return tuple(reversed(given))


def _lines(document: Mapping[str, Any], name: str) -> tuple[Ground, ...]:
    """The votes of an answer, or what was not available to it (`tickets.cause.answer.document`)."""
    found = document.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return tuple(_line(each) for each in found[:LINES_AT_MOST])


def _line(each: Any) -> Ground:
    if not isinstance(each, Mapping):
        return Ground(says=str(each))
    says, reading = each.get("says", each.get("reason", "")), str(each.get("reading", ""))
    sentence = message(says)
    return Ground(says=str(says) if sentence is None else sentence, reading=reading)


def message(stored: Any) -> Message | None:
    """A sentence as it is stored in a document; None where it is none, or one that cannot be filled in safely."""
    if not (isinstance(stored, Mapping) and isinstance(stored.get("template"), str)):
        return None
    values = stored.get("values", {})
    if not isinstance(values, Mapping):
        return None
    filled: dict[str, str | int | float | Message] = {}
    for name, value in values.items():
        inner = message(value)
        filled[str(name)] = inner if inner is not None else value if isinstance(value, int | float) else str(value)
    try:
        return Message(stored["template"], filled)
    except ValueError:
        return None
