"""What every part of the room works with: the store, the mall's rules, the clock, and the hands that `tenfold` lends.

The rules are read from the configuration once; a part that needs more adds a field here, with a default.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tickets.aid.action import Aid
from tickets.store.opening import Store

Now = Callable[[], datetime]


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A deployment or a change of the configuration that somebody has told of."""

    kind: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the room may call outside of it; each is handed in by `tenfold`, may take seconds, and may raise.

    Attributes:
        evidence: Readers by name, each from the labels of the alert to a JSON document (see `tickets.evidence`).
        findings: The findings of the newest audit, as `findings.json` has them.
        changes: Deployments and configuration changes since a moment.
        record_change: Keeps another one.
    """

    evidence: Mapping[str, Callable[[Mapping[str, str], datetime], Any]] = field(default_factory=dict)
    findings: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    changes: Callable[[datetime], Sequence[Change]] = lambda _since: ()
    record_change: Callable[[Change], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a request or a background task needs.

    Attributes:
        store: Of tickets.
        mall: Its name, for messages.
        timezone: IANA name, for what people read and for working hours.
        hands: What may be called outside.
        now: The clock; tests set it.
        aid: The actions that the mall has configured for first aid.
        similar: Solved tickets like one of ours, for its evidence; None where nobody looks for them.
    """

    store: Store
    mall: str = "mall"
    timezone: str = "UTC"
    hands: Hands = Hands()
    now: Now = now
    aid: Aid = field(default_factory=Aid)
    similar: "Callable[[Desk, int], Sequence[Mapping[str, Any]]] | None" = None
