"""Frozen evidence and first answers as the page of a ticket shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from facts.message import Message, from_document
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
    readings: list[Reading] = []
    failed: list[tuple[str, Message | str]] = []
    for name, record in list(found.items())[:READINGS_AT_MOST] if isinstance(found, Mapping) else ():
        if not isinstance(record, Mapping) or record.get("status", "ok") != "ok":
            failed.append((str(name), _reason(record)))
            continue
        value = record.get("value")
        readings.append(_reading(str(name), record, value))
        missing = value.get("failed") if isinstance(value, Mapping) else None
        if isinstance(missing, Mapping):
            failed += [(f"{name}/{part}", _sentence(reason)) for part, reason in missing.items()]
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


def _reason(record: Any) -> Message | str:
    return _sentence(record.get("reason", record.get("status", ""))) if isinstance(record, Mapping) else ""


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
    return Ground(says=_sentence(each.get("says", each.get("reason", ""))), reading=str(each.get("reading", "")))


def _sentence(stored: Any) -> Message | str:
    """As it was kept; what is no sentence is shown as it is."""
    return from_document(stored) or str(stored)
