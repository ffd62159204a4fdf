"""Which event is worth a message, and who is told."""

from enum import StrEnum

from tickets import events
from tickets.events import Event
from tickets.names import Urgency, Waiting


class Occasion(StrEnum):
    """Why there is a message."""

    OPENED = "opened"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    RAISED = "raised"
    WARNED = "warned"
    BREACHED = "breached"
    ESCALATED = "escalated"
    UNCLAIMED = "unclaimed"
    TAKEN = "taken"
    WAITING = "waiting"
    SUBSIDED = "subsided"
    RESOLVED = "resolved"


class Audience(StrEnum):
    """Who is told."""

    TEAM = "team"
    OWNER = "owner"
    REPORTER = "reporter"
    CHAIN = "chain"


AUDIENCES: dict[Occasion, frozenset[Audience]] = {
    Occasion.OPENED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.REOPENED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.ASSIGNED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.RAISED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.WARNED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.BREACHED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.ESCALATED: frozenset({Audience.TEAM, Audience.CHAIN}),
    Occasion.UNCLAIMED: frozenset({Audience.TEAM, Audience.OWNER}),
    Occasion.TAKEN: frozenset({Audience.REPORTER}),
    Occasion.WAITING: frozenset({Audience.REPORTER}),
    Occasion.SUBSIDED: frozenset({Audience.OWNER}),
    Occasion.RESOLVED: frozenset({Audience.TEAM, Audience.REPORTER}),
}
# Somebody has to act: people are called by their names. Whatever else there is to say disturbs nobody's night.
CALLING = frozenset(
    {
        Occasion.OPENED,
        Occasion.REOPENED,
        Occasion.ASSIGNED,
        Occasion.RAISED,
        Occasion.WARNED,
        Occasion.BREACHED,
        Occasion.ESCALATED,
        Occasion.UNCLAIMED,
    }
)
# From here on the clock of an urgent ticket that nobody has taken runs anew.
BEGINNING = frozenset({Occasion.OPENED, Occasion.REOPENED, Occasion.RAISED})


def occasion_of(event: Event) -> Occasion | None:  # noqa: PLR0911  (one line a kind)
    """Why the event is worth a message; None where it is not."""
    match event:
        case events.Opened():
            return Occasion.OPENED
        case events.Reopened():
            return Occasion.REOPENED
        case events.Assigned():
            return Occasion.ASSIGNED
        case events.UrgencyChanged(urgency=Urgency.URGENT):
            return Occasion.RAISED
        case events.Warned():
            return Occasion.WARNED
        case events.Breached():
            return Occasion.BREACHED
        case events.Escalated():
            return Occasion.ESCALATED
        case events.Taken():
            return Occasion.TAKEN
        case events.Paused(waiting_for=Waiting.REPORTER):
            return Occasion.WAITING
        case events.ResolutionProposed():
            return Occasion.SUBSIDED
        case events.Resolved():
            return Occasion.RESOLVED
        case _:
            return None
