"""What messages say."""

from datetime import datetime
from zoneinfo import ZoneInfo

from facts.message import Message, msg, verbatim
from pages.tickets.words import ROLES
from tickets import events
from tickets.events import Event
from tickets.names import ClockName, State
from tickets.notify.occasions import Occasion
from tickets.sla.chain import ROLE

STATES = {
    State.WAITING: msg("not taken yet"),
    State.IN_PROGRESS: msg("in progress"),
    State.RESOLVED: msg("resolved"),
    State.CLOSED: msg("closed"),
}
_NEARLY_OVER = {
    ClockName.RESPONSE: msg("Three quarters of the time for a first response are gone."),
    ClockName.PLAN: msg("Three quarters of the time for a plan are gone."),
    ClockName.FIX: msg("Three quarters of the time for the solution are gone."),
}
_OVER = {
    ClockName.RESPONSE: msg("The time for a first response is over."),
    ClockName.PLAN: msg("The time for a plan is over."),
    ClockName.FIX: msg("The time for the solution is over."),
}
OPEN_IT = msg("Open the ticket")
TRIED = msg("Tenfold tries this channel; there is nothing to do.")


def what_happened(occasion: Occasion, event: Event) -> Message:  # noqa: PLR0911  (one line a kind)
    """The sentence that stands for an event in a message."""
    if occasion is Occasion.UNCLAIMED:
        return msg("Nobody has taken it yet.")
    match event:
        case events.Reopened():
            return msg("It was not solved: reopened.")
        case events.Assigned(owner=owner):
            return msg("Assigned to {who}.", who=owner)
        case events.UrgencyChanged():
            return msg("It is urgent now.")
        case events.Warned(clock=clock):
            return _NEARLY_OVER[clock]
        case events.Breached(clock=clock):
            return _OVER[clock]
        case events.Escalated(to=to):
            return _escalated(to)
        case events.Taken(owner=owner):
            return msg("{who} works on it.", who=owner)
        case events.Paused():
            return msg("Your answer is waited for.")
        case events.ResolutionProposed():
            return msg("Every alert of it has ended. Is it solved?")
        case events.Resolved():
            return msg("It is solved.")
        case _:
            return msg("A new ticket.")


def _escalated(to: str) -> Message:
    if to.startswith(ROLE):
        return msg("Escalated to whoever is {role}.", role=ROLES.get(to.removeprefix(ROLE), verbatim(to)))
    return msg("Escalated to {who}.", who=to)


def claim_it(account: str) -> Message:
    """What stands on a claim link."""
    return msg("Claim it as {who}", who=account)


def headline(urgency: Message, name: str, title: str) -> Message:
    """A ticket in one line."""
    return msg("{urgency} {ticket}: {title}", urgency=urgency, ticket=name, title=title)


def standing(state: Message, owner: str | None, area: str) -> Message:
    """How a ticket stands."""
    area = area or "–"
    if owner is None:
        return msg("State: {state}. Area: {area}. Nobody owns it.", state=state, area=area)
    return msg("State: {state}. Area: {area}. Owner: {owner}.", state=state, area=area, owner=owner)


def times(opened: datetime, expected: datetime | None, timezone: str) -> Message:
    """Since when, and until when, in the mall's time."""
    since = opened.astimezone(ZoneInfo(timezone)).strftime("%m-%d %H:%M")
    if expected is None:
        return msg("Since {since}.", since=since)
    until = expected.astimezone(ZoneInfo(timezone)).strftime("%m-%d %H:%M")
    return msg("Since {since}; to be solved by {until}.", since=since, until=until)


def several(mall: str, count: int) -> Message:
    """The subject of a message about several tickets."""
    return msg("{mall}: {count} tickets", mall=mall, count=count)


def also(names: str) -> Message:
    """The numbers of further tickets."""
    return msg("Also: {tickets}", tickets=names)


def spoken(mall: str, urgency: Message, number: int, title: str) -> Message:
    """What a voice says about a ticket."""
    return msg(
        "{mall}: {urgency} ticket number {number} has not been taken by anybody. {title}",
        mall=mall,
        urgency=urgency,
        number=number,
        title=title,
    )
