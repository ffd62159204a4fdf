"""Alertmanager's webhook, version "4", as sent by Alertmanager 0.16 to 0.30.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config and `template.Data` in its code: `version, groupKey,
truncatedAlerts, status, receiver, groupLabels, commonLabels, commonAnnotations, externalURL, alerts[]`; fields that we do not know are
accepted. `endsAt` is `0001-01-01T00:00:00Z` while an alert fires.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facts.message import Message, msg
from pages.validation import refused
from tickets.intake.plain import fingerprint_of, plain, plain_key, plain_labels
from tickets.intake.signal import NAMESPACE, Malformed, Parsed, Signal, Unreadable, moment
from tickets.routing import Routing

SOURCE = "alertmanager"
TITLE_AT_MOST = 300
SUMMARY_AT_MOST = 4_000
RUNBOOK_AT_MOST = 1_000


class WebhookAlert(BaseModel):
    """One alert of the webhook."""

    model_config = ConfigDict(extra="ignore")

    status: Literal["firing", "resolved"]
    labels: dict[str, Any]
    annotations: dict[str, Any] = {}
    starts_at: Any = Field(None, alias="startsAt")
    ends_at: Any = Field(None, alias="endsAt")
    fingerprint: str = ""


class Webhook(BaseModel):
    """The webhook. Each alert is looked at on its own, so that a broken one costs no other its ticket."""

    model_config = ConfigDict(extra="allow")

    version: str | None = None
    group_key: str = Field("", alias="groupKey")
    truncated: int = Field(0, alias="truncatedAlerts", ge=0)
    alerts: list[Any]


def parse(document: Any, routing: Routing, source: str = SOURCE) -> Parsed:
    """What the webhook holds.

    Args:
        document: The body as JSON gives it.
        routing: Of the mall.
        source: Who sent it: Alertmanager, or what reads its API.

    Raises:
        Unreadable: It is no such webhook.
    """
    try:
        webhook = Webhook.model_validate(document)
    except ValidationError as error:
        raise Unreadable(msg("This is no webhook of Alertmanager: {error}.", error=first(error))) from None
    alerts = {ordinal: _alert(each, webhook.group_key, routing, source) for ordinal, each in enumerate(webhook.alerts)}
    return Parsed(alerts=alerts, truncated=min(webhook.truncated, 1_000_000))


def _alert(document: Any, group_key: str, routing: Routing, source: str) -> Signal | Malformed:
    try:
        alert = WebhookAlert.model_validate(document)
    except ValidationError as error:
        return Malformed(first(error))
    labels, annotations = plain_labels(alert.labels), plain_labels(alert.annotations)
    name = labels.get("alertname", "")
    fingerprint = plain_key(alert.fingerprint.replace(NAMESPACE, "_")) or fingerprint_of(labels)
    routed = routing.of(labels)
    return Signal(
        keys=_keys(group_key, fingerprint, routed.by),
        fingerprint=fingerprint,
        status=alert.status,
        name=plain(name, TITLE_AT_MOST),
        title=title_of(name, labels, annotations),
        summary=plain(annotations.get("description") or annotations.get("message") or "", SUMMARY_AT_MOST),
        labels=labels,
        annotations=annotations,
        starts_at=moment(alert.starts_at),
        ends_at=None if alert.status == "firing" else moment(alert.ends_at),
        source=source,
        runbook=plain(annotations.get("runbook_url") or annotations.get("runbook") or "", RUNBOOK_AT_MOST),
        routed=routed,
    )


def key_of(fingerprint: str) -> str:
    """The key of an alert that has a ticket of its own."""
    return f"fingerprint{NAMESPACE}{fingerprint}"


def _keys(group_key: str, fingerprint: str, by: str) -> tuple[str, ...]:
    alone = key_of(fingerprint)
    if not group_key:
        return (alone,)
    group = plain_key(group_key)
    return (group, alone) if by == "group" else (alone, group)


def title_of(name: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """One line for people: the rule's own summary, else its name and what it is about."""
    stated = (annotations.get("summary") or annotations.get("title") or "").strip()
    if stated:
        return plain(" ".join(stated.split()), TITLE_AT_MOST)
    about = [labels[each] for each in ("mall", "target", "instance", "job", "service") if labels.get(each)]
    return plain(" · ".join([name or "alert", *about[:3]]), TITLE_AT_MOST)


def first(error: ValidationError) -> Message:
    """The first of what is wrong, with its place, as a part of a sentence."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(each) for each in found["loc"])[:100]
    reason = refused(plain(found["msg"], 300))
    return msg("{subject}: {reason}", subject=plain(place, 100), reason=reason) if place else reason
