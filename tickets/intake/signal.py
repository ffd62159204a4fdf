"""One alert as every source tells it, and what a post that arrived was found to hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from facts.message import Message
from tickets.names import Urgency
from tickets.routing import Routed

Status = Literal["firing", "resolved"]
# The ordinal of a post that could not be read at all.
THE_POST_ITSELF = -1
NAMESPACE = ":"
_MOMENT: TypeAdapter[datetime] = TypeAdapter(datetime)
_EARLIEST, _LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_FRACTION = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """An alert that fires, or has ended.

    Attributes:
        keys: What its ticket is recognized by: a new one gets the first; the others find a ticket that has seen this alert under them.
        fingerprint: Of this alert; one that did not come from Alertmanager has its source and a colon before it.
        name: Of the rule.
        title: For people.
        summary: More of it.
        starts_at: None where the sender does not say.
        ends_at: None while it fires.
        source: `alertmanager`, `alerts`, `audit`, `stress`, `watchdog`, `reconciliation`.
        runbook: An address, or empty.
        routed: Where it goes.
    """

    keys: tuple[str, ...]
    fingerprint: str
    status: Status
    name: str
    title: str
    summary: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime | None
    ends_at: datetime | None
    source: str
    runbook: str
    routed: Routed

    @property
    def key(self) -> str:
        """What a new ticket of it would be recognized by."""
        return self.keys[0]

    @property
    def urgency(self) -> Urgency:
        """How soon it has to be dealt with."""
        return self.routed.urgency

    @property
    def fires(self) -> bool:
        """It has not ended."""
        return self.status == "firing"


@dataclass(frozen=True, slots=True)
class Malformed:
    """An alert that could not be understood, though others of its post could."""

    problem: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a post holds.

    Attributes:
        alerts: By their place in the post.
        truncated: How many more its sender left out, and says so.
    """

    alerts: Mapping[int, Signal | Malformed]
    truncated: int = 0


class Unreadable(Exception):  # noqa: N818  (an answer: the post is quarantined)
    """The post is not what its address takes.

    Attributes:
        reason: What was the matter.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


def moment(value: Any) -> datetime | None:
    """A time as machines write it; None for none, for the year 1 that Go writes for none, and for what cannot be read.

    A time that cannot be read is no reason to lose the alert that carries it.
    """
    if not isinstance(value, str) or not value:
        return None
    try:
        read = _MOMENT.validate_python(_FRACTION.sub(r"\1", value))
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValidationError, OverflowError, ValueError):
        return None
    return at if _EARLIEST <= at <= _LATEST else None
