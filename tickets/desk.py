"""What every part of the room works with: the store, the mall's rules, the clock, and the hands that `tenfold` lends.

The rules are read from the configuration once; a part that needs more adds a field here, with a default.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tickets.notify.channels import Notifying
from tickets.routing import Alertmanager, Routing, Watchdog
from tickets.sla.calendar import Calendar
from tickets.sla.chain import Escalation
from tickets.sla.rotation import Rotation
from tickets.sla.tiers import Promises
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
        notifying: Who is told of what, and how.
        routing: How urgent the mall's alerts are, and whose.
        watchdog: The alert that must not fall silent.
        alertmanager: Asked for what it never delivered; None asks nobody.
        now: The clock; tests set it.
        promises: How soon, by urgency.
        calendar: When the mall's people work.
        escalation: Who is told next while a promise is about to be missed.
        rotations: Whose turn it is to be on call, by area.
        heartbeat_url: Fetched while the duties are done, so that somebody elsewhere notices when they are not; empty for none.
        heartbeat_every: Seconds between two times.
    """

    store: Store
    mall: str = "mall"
    timezone: str = "UTC"
    hands: Hands = Hands()
    notifying: Notifying = field(default_factory=Notifying)
    routing: Routing = field(default_factory=Routing)
    watchdog: Watchdog = field(default_factory=Watchdog)
    alertmanager: Alertmanager | None = None
    now: Now = now
    promises: Promises = field(default_factory=Promises)
    calendar: Calendar = field(default_factory=Calendar)
    escalation: Escalation = field(default_factory=Escalation)
    rotations: tuple[Rotation, ...] = ()
    heartbeat_url: str = ""
    heartbeat_every: float = 60.0
