"""Asks all readers at once and waits for none of them too long; what failed is in the document with its reason.

A reader that hangs keeps its thread and nothing else: while it hangs it is not asked again, so that a dead server never costs more than
one thread a reader.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from facts.message import Message, msg, verbatim
from tickets.evidence.document import bounded, plain
from tickets.evidence.masking import mask, mask_text

# An alert's evidence has to be there within half a minute, and writing it down takes a moment too.
SECONDS_AT_MOST = 15.0
READERS_AT_MOST = 64
REASON_AT_MOST = 500
OK, FAILED, TIMED_OUT = "ok", "failed", "timed_out"
SCHEMA_VERSION = 1
Reader = Callable[[Mapping[str, str], datetime], Any]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    """One reader that is under way."""

    name: str
    started: float
    ended: threading.Event = field(default_factory=threading.Event)
    seconds: float = 0.0
    value: Any = None
    reason: Message | None = None


_hanging: dict[tuple[int, str], _Asked] = {}
_lock = threading.Lock()


def gather(
    readers: Mapping[str, Reader], labels: Mapping[str, str], fired_at: datetime, *, seconds: float = SECONDS_AT_MOST
) -> dict[str, Any]:
    """What each reader has to say, by its name: a status, how long it took, and a value or a reason.

    Args:
        readers: By name.
        labels: Of the alert.
        fired_at: When it fired.
        seconds: For all of them together, since they run side by side.
    """
    deadline = time.monotonic() + seconds
    found: dict[str, Any] = {}
    asked = []
    for number, (name, reader) in enumerate(readers.items()):
        if number >= READERS_AT_MOST:
            found[name] = _record(FAILED, 0.0, reason=msg("There are too many readers."))
        elif (under_way := _begin(name, reader, labels, fired_at)) is None:
            found[name] = _record(
                TIMED_OUT, 0.0, reason=msg("It still hangs since it was asked for an earlier ticket.")
            )
        else:
            asked.append(under_way)
    for each in asked:
        if each.ended.wait(max(deadline - time.monotonic(), 0.0)):
            found[each.name] = _ended(each)
        else:
            waited = time.monotonic() - each.started
            found[each.name] = _record(
                TIMED_OUT, waited, reason=msg("No answer within {seconds} s.", seconds=f"{seconds:g}")
            )
    return found


def failed(readings: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the readers that brought nothing, and of parts that a reader could not read."""
    names = [name for name, each in readings.items() if each["status"] != OK]
    for name, each in readings.items():
        parts = each.get("value", {}).get("failed") if isinstance(each.get("value"), dict) else None
        names += [f"{name}/{part}" for part in parts] if isinstance(parts, dict) else []
    return tuple(sorted(names))


def _begin(name: str, reader: Reader, labels: Mapping[str, str], fired_at: datetime) -> _Asked | None:
    key = (id(reader), name)
    asked = _Asked(name=name, started=time.monotonic())

    def read() -> None:
        try:
            asked.value = reader(labels, fired_at)
        except Exception as error:  # noqa: BLE001  (one reader must not cost another its result)
            _log.debug("evidence %s failed", name, exc_info=True)
            asked.reason = _reason(error)
        finally:
            asked.seconds = time.monotonic() - asked.started
            asked.ended.set()
            with _lock:
                if _hanging.get(key) is asked:
                    del _hanging[key]

    with _lock:
        before = _hanging.get(key)
        if before is not None and time.monotonic() - before.started > SECONDS_AT_MOST:
            return None
        _hanging.setdefault(key, asked)
    threading.Thread(target=read, name=f"evidence {name}", daemon=True).start()
    return asked


def _ended(asked: _Asked) -> dict[str, Any]:
    if asked.reason is not None:
        return _record(FAILED, asked.seconds, reason=asked.reason)
    try:
        value, masked = mask(plain(asked.value))
        value, cut = bounded(value)
    except Exception as error:  # noqa: BLE001  (a value that cannot be kept is a failure of its reader)
        return _record(FAILED, asked.seconds, reason=_reason(error))
    record = _record(OK, asked.seconds)
    record["value"] = value
    if masked:
        record["masked"] = masked
    if cut:
        record["cut"] = True
    return record


def _record(status: str, seconds: float, reason: Message | None = None) -> dict[str, Any]:
    record: dict[str, Any] = {"status": status, "seconds": round(seconds, 3)}
    if reason is not None:
        record["reason"] = _told(reason)
    return record


def _told(reason: Message) -> Any:
    """The sentence without secrets, as it is kept; what is to be hidden across its places leaves nothing but masked text."""
    shown = _masked(reason)
    text = str(shown)
    return plain(shown) if mask_text(text) == text else mask_text(plain(str(reason)))[:REASON_AT_MOST]


def _masked(reason: Message) -> Message:
    return Message(
        reason.template,
        {
            name: _masked(value) if isinstance(value, Message)
            else mask_text(plain(value))[:REASON_AT_MOST] if isinstance(value, str)
            else value
            for name, value in reason.values.items()
        },
    )  # fmt: skip


def _reason(error: Exception) -> Message:
    """What a collector understood, else the exception as it is."""
    detail = getattr(error, "detail", None)
    return detail if isinstance(detail, Message) else verbatim(f"{type(error).__name__}: {error}".strip())
