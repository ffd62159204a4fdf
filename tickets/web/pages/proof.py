"""Frozen evidence and first answers as the page of a ticket shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from facts.message import Message
from pages.tickets.readable import readable
from pages.tickets.ticket_records import CauseGiven, Evidence, Reading
from tickets import events
from tickets.events import Entry
from tickets.web.pages.parts import Frozen

READINGS_AT_MOST, LINES_AT_MOST = 40, 30


def evidence(frozen: Frozen) -> Evidence:
    """One part; a document that has not the form that is known is shown as it is."""
    document = frozen.document if isinstance(frozen.document, Mapping) else {}
    found = document.get("readings", document.get("results"))
    if isinstance(found, Mapping):
        named = list(found.items())
    elif isinstance(found, Sequence) and not isinstance(found, str):
        named = [(str(each.get("name", each.get("reader", ""))), each) for each in found if isinstance(each, Mapping)]
    else:
        named = [(str(name), value) for name, value in document.items() if name not in _ABOUT]
    failed = list(_failures(document.get("failed")))
    readings = []
    for name, value in named[:READINGS_AT_MOST]:
        if isinstance(value, Mapping) and value.get("error") and not value.get("result"):
            failed.append((str(name), str(value["error"])))
        else:
            readings.append(_reading(str(name), value))
    return Evidence(
        number=frozen.id,
        part=frozen.part,
        at=frozen.at,
        sha256=frozen.sha256,
        verified=frozen.verified,
        readings=tuple(readings),
        failed=tuple(failed),
    )


_ABOUT = frozenset({"failed", "schema", "schema_version", "version", "part", "ticket", "taken_at", "at"})
_RESULTS = ("result", "data", "value", "found")


def _reading(name: str, value: Any) -> Reading:
    seconds = value.get("seconds") if isinstance(value, Mapping) else None
    inner = value
    if isinstance(value, Mapping):
        held = next((key for key in _RESULTS if key in value), None)
        inner = value[held] if held is not None else value
    taken = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    return Reading(name=name, blocks=readable(inner), seconds=taken)


def _failures(failed: Any) -> Sequence[tuple[str, str]]:
    if isinstance(failed, Mapping):
        return [(str(name), str(reason)) for name, reason in failed.items()]
    if isinstance(failed, Sequence) and not isinstance(failed, str):
        return [
            (str(each.get("name", each.get("reader", ""))), str(each.get("reason", each.get("error", ""))))
            if isinstance(each, Mapping)
            else (str(each), "")
            for each in failed
        ]
    return []


def causes(log: Sequence[Entry]) -> tuple[CauseGiven, ...]:
    """Every first answer, the newest first."""
    given = [
        CauseGiven(
            cause=entry.event.cause.value,
            confidence=entry.event.confidence,
            at=entry.at,
            speaks_for=_lines(entry.event.document, "evidence_for", "for"),
            against=_lines(entry.event.document, "evidence_against", "against"),
            unavailable=_lines(entry.event.document, "unavailable"),
        )
        for entry in log
        if isinstance(entry.event, events.CauseGiven)
    ]
    return tuple(reversed(given))


def _lines(document: Mapping[str, Any], *names: str) -> tuple[str | Message, ...]:
    found = next((document[name] for name in names if isinstance(document.get(name), Sequence)), ())
    return tuple(_line(each) for each in list(found)[:LINES_AT_MOST])


def _line(each: Any) -> str | Message:
    """A line of an answer: a sentence that can be put into the reader's language, or plain text."""
    if isinstance(each, Mapping):
        inner = each.get("message", each.get("text", each))
        sentence = message(inner)
        if sentence is not None:
            return sentence
        return str(inner) if isinstance(inner, str) else ", ".join(f"{name}: {value}" for name, value in each.items())
    return str(each)


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
