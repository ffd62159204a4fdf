"""What is known beforehand of the mall's alerts: how urgent each is, whose it is, and what it is recognized by.

Read from the configuration once. An alert that no route names is judged by its `severity` label.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Literal

from tickets.names import Urgency

By = Literal["group", "fingerprint"]
Resolve = Literal["propose", "auto"]

# What people write in `severity`, or `priority`: Prometheus' mixins, PagerDuty, Nightingale, Zabbix, and our own rules.
SEVERITIES: Mapping[str, Urgency] = {
    **dict.fromkeys(("urgent", "critical", "page", "p0", "p1", "emergency", "disaster", "fatal"), Urgency.URGENT),
    **dict.fromkeys(("important", "warning", "high", "p2", "major", "error", "warn"), Urgency.IMPORTANT),
    **dict.fromkeys(
        ("normal", "info", "low", "none", "p3", "p4", "p5", "minor", "notice", "information"), Urgency.NORMAL
    ),
}
PAYMENTS = "payments"
REGEX = "~"
_RANK = {Urgency.NORMAL: 0, Urgency.IMPORTANT: 1, Urgency.URGENT: 2}


def rank(urgency: Urgency) -> int:
    """Higher is more urgent."""
    return _RANK[urgency]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What the mall says of some of its alerts.

    Attributes:
        match: Labels that an alert has to have. A value is compared as it is; one that begins with `~` is a regular expression for the
            whole value; an empty one matches an absent label, as in Alertmanager.
        urgency: None leaves it to the `severity` label.
        area: Of the mall; None leaves it to the alert.
        owner: An account; None leaves it to the rotation.
        by: A ticket for each group of Alertmanager's, or for each alert.
        resolve: What happens when every alert has ended: a person is asked, or the ticket is resolved.

    Raises:
        ValueError: A regular expression that is none.
    """

    match: Mapping[str, str]
    urgency: Urgency | None = None
    area: str | None = None
    owner: str | None = None
    by: By = "group"
    resolve: Resolve = "propose"

    def __post_init__(self) -> None:
        """Finds out now what would stop every alert later."""
        for value in self.match.values():
            if value.startswith(REGEX):
                try:
                    re.compile(value.removeprefix(REGEX))
                except re.error as error:
                    raise ValueError(f"{value!r} is no regular expression: {error}") from None

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels goes this way."""
        return all(_fits(value, labels.get(name, "")) for name, value in self.match.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """Where an alert goes.

    Attributes:
        known: A route named it, or its severity is one that we know; else it was taken for normal.
    """

    urgency: Urgency
    area: str
    owner: str | None
    by: By
    resolve: Resolve
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchdog:
    """The alert that always fires, so that its silence tells of a broken chain.

    Attributes:
        name: Its `alertname`.
        silence: Without it for so long, an urgent ticket is opened.
        required: Silence counts from the start of the service; otherwise only once it was heard.
    """

    name: str = "Watchdog"
    silence: timedelta = timedelta(minutes=15)
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager:
    """The mall's Alertmanager, which is asked each minute for what it never delivered.

    Attributes:
        url: Without `/api/v2`.
        user: With `password`, for basic authentication.
        bearer: A token instead of them.
        grace: An alert is left to the webhook for so long: `group_interval` of Alertmanager is five minutes unless it was changed, and an
            alert that joins a group waits for it.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    grace: timedelta = timedelta(minutes=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Every route of the mall.

    Attributes:
        routes: The first that matches is taken.
        reopen_within: An alert that fires again so soon after its ticket was resolved or closed opens that ticket again.
    """

    routes: Sequence[Route] = ()
    reopen_within: timedelta = timedelta(minutes=30)

    def of(self, labels: Mapping[str, str]) -> Routed:
        """Where an alert with these labels goes."""
        route = next((each for each in self.routes if each.matches(labels)), None)
        severity = SEVERITIES.get((labels.get("severity") or labels.get("priority") or "").strip().casefold())
        known = severity is not None
        urgency, area = severity or Urgency.NORMAL, area_of(labels)
        if route is None:
            return Routed(urgency=urgency, area=area, owner=None, by="group", resolve="propose", known=known)
        return Routed(
            urgency=route.urgency or urgency,
            area=area if route.area is None else route.area,
            owner=route.owner,
            by=route.by,
            resolve=route.resolve,
            known=known or route.urgency is not None,
        )


def area_of(labels: Mapping[str, str]) -> str:
    """The area that an alert names itself; one that speaks of payments is the payments' without saying so."""
    stated = labels.get("area", "").strip().casefold()
    if stated:
        return stated[:100]
    return PAYMENTS if "payment" in labels.get("alertname", "").casefold() or "pay_channel" in labels else ""


def _fits(expected: str, value: str) -> bool:
    if expected.startswith(REGEX):
        return _compiled(expected.removeprefix(REGEX)).fullmatch(value) is not None
    return expected == value


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
