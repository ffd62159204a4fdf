"""The generic intake: what any program can send with a title alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from facts.message import msg
from tickets.intake.alertmanager import RUNBOOK_AT_MOST, SUMMARY_AT_MOST, TITLE_AT_MOST, first
from tickets.intake.plain import fingerprint_of, plain, plain_key, plain_labels
from tickets.intake.signal import NAMESPACE, Malformed, Parsed, Signal, Unreadable, moment
from tickets.routing import Routing

SOURCE = "alerts"
# What so many alerts of one source share that they cannot each have a ticket.
TOGETHER = "::together"
# Who may say so in `source`; anybody else is `alerts`.
SOURCES = frozenset({SOURCE, "audit", "stress", "watchdog"})


class Alert(BaseModel):
    """An alert of any program. Fields that we do not know are accepted.

    Attributes:
        title: What is the matter, in one line.
        key: What further alerts of the same trouble are recognized by; the same title and labels without it.
        status: A `resolved` one ends what the same key (and fingerprint) has reported.
        fingerprint: Tells several alerts of the same key apart.
        severity: As in the label `severity`, which it takes the place of.
        urgency: Said outright; a route's word still comes first.
        labels: What routes and windows look at.
    """

    model_config = ConfigDict(extra="ignore")

    title: str = Field(min_length=1)
    key: str | None = None
    fingerprint: str | None = None
    status: Literal["firing", "resolved"] = "firing"
    severity: str | None = None
    urgency: Literal["urgent", "important", "normal"] | None = None
    summary: str = ""
    labels: dict[str, Any] = {}
    annotations: dict[str, Any] = {}
    starts_at: Any = None
    ends_at: Any = None
    runbook: str = ""
    source: str = SOURCE

    @field_validator("title")
    @classmethod
    def _says_something(cls, title: str) -> str:
        if not title.strip():
            raise ValueError("is empty")
        return " ".join(title.split())


def parse(document: Any, routing: Routing, source: str = SOURCE) -> Parsed:
    """What was sent: one alert, or a list of them.

    Args:
        document: The body as JSON gives it.
        routing: Of the mall.
        source: For those that do not say it themselves.

    Raises:
        Unreadable: It is neither.
    """
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list):
        raise Unreadable(msg("One alert is expected, an object with a title, or a list of them."))
    return Parsed(alerts={ordinal: _alert(each, routing, source) for ordinal, each in enumerate(document)})


def _alert(document: Any, routing: Routing, source: str) -> Signal | Malformed:
    try:
        alert = Alert.model_validate(document)
    except ValidationError as error:
        return Malformed(first(error))
    said = alert.urgency or alert.severity
    stated = {"severity": str(said)} if said else {}
    name = str(alert.labels.get("alertname") or alert.title)
    labels = plain_labels({**alert.labels, **stated})
    own = alert.source if alert.source in SOURCES else source
    key = fingerprint_of({**labels, "title": alert.title}) if alert.key is None else alert.key
    return Signal(
        # The second is for a post that would open tickets without end, see `taking_in.TICKETS_AT_MOST`.
        keys=(plain_key(f"{own}{NAMESPACE}{key}"), f"{own}{TOGETHER}"),
        fingerprint=plain_key(f"{own}{NAMESPACE}{alert.fingerprint or key}"),
        status=alert.status,
        name=plain(name, TITLE_AT_MOST),
        title=plain(alert.title, TITLE_AT_MOST),
        summary=plain(alert.summary, SUMMARY_AT_MOST),
        labels=labels,
        annotations=plain_labels(alert.annotations),
        starts_at=moment(alert.starts_at),
        ends_at=None if alert.status == "firing" else moment(alert.ends_at),
        source=own,
        runbook=plain(alert.runbook, RUNBOOK_AT_MOST),
        routed=routing.of(labels),
    )
