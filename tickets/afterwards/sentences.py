"""What happened to a ticket, as a line of the report's timeline says it."""

from collections.abc import Mapping

from facts.message import Message, from_document, msg
from pages.tickets.words import CAUSES, CLOCKS, URGENCIES, WAITING_FOR, word
from tickets import events
from tickets.events import Event

TEXT_AT_MOST = 600
VOTES_AT_MOST = 20


def told(event: Event) -> tuple[Message, str | Message] | None:  # noqa: C901, PLR0911, PLR0912  (one line a kind)
    """A sentence, and what was written; None for what a report does not tell."""
    match event:
        case events.Opened(source="person"):
            return msg("Reported by a person"), cut(event.summary)
        case events.Opened():
            return msg("Ticket opened by {source}", source=event.source), cut(event.summary)
        case events.Fired(again=True):
            return msg("The alert {name} fires again", name=event.name), ""
        case events.Fired():
            return msg("The alert {name} fires", name=event.name), ""
        case events.Subsided():
            return msg("An alert has ended"), ""
        case events.ResolutionProposed():
            return msg("Every alert has ended"), ""
        case events.Assigned():
            return msg("Assigned to {owner}", owner=event.owner), cut(event.note)
        case events.Taken():
            return msg("{owner} begins to work on it", owner=event.owner), ""
        case events.Planned():
            return msg("Plan"), cut(event.plan)
        case events.Expected():
            return msg("A new expected time of resolution"), ""
        case events.Paused():
            return msg("Waits for {whom}", whom=word(WAITING_FOR, event.waiting_for)), cut(event.note)
        case events.Resumed():
            return msg("Goes on"), ""
        case events.UrgencyChanged():
            return msg("The urgency is {urgency} from now on", urgency=word(URGENCIES, event.urgency)), cut(
                event.reason
            )
        case events.AreaChanged():
            return msg("It belongs to {area} from now on", area=event.area), ""
        case events.Resolved():
            return msg("Solved"), cut(event.solution)
        case events.Closed():
            return msg("Closed"), ""
        case events.Rated():
            rating = msg(
                "Rated: attitude {attitude}, speed {speed}, result {result} of 5",
                attitude=event.attitude,
                speed=event.speed,
                result=event.result,
            )
            return rating, cut(event.comment)
        case events.Reopened():
            return msg("Reopened"), cut(event.reason)
        case events.MergedInto():
            return msg("Goes on as {ticket}", ticket=f"T-{event.ticket}"), ""
        case events.Absorbed():
            return msg("{ticket} is the same trouble", ticket=f"T-{event.ticket}"), ""
        case events.Commented(internal=False):
            return msg("Comment"), cut(event.text)
        case events.Attached():
            return msg("A file is attached: {name}", name=event.name), ""
        case events.Warned():
            return msg("Three quarters of a promised time are gone: {clock}", clock=word(CLOCKS, event.clock)), ""
        case events.Breached():
            return msg("A promised time is over: {clock}", clock=word(CLOCKS, event.clock)), ""
        case events.Escalated():
            return msg("Escalated to {whom}", whom=event.to), cut(event.reason)
        case events.Notified(delivered=False):
            return msg("A message by {channel} did not come through", channel=event.channel), cut(event.detail)
        case events.EvidenceFrozen():
            return msg("Evidence is frozen"), ""
        case events.CauseGiven():
            answer = msg(
                "First answer to the cause: {cause}, confidence {share}",
                cause=word(CAUSES, event.cause),
                share=f"{event.confidence:.0%}",
            )
            return answer, ""
        case events.AidProposed():
            return msg("First aid is proposed: {action}", action=event.action), cut(event.because)
        case events.AidCarriedOut(ok=True):
            return msg("First aid was carried out: {action}", action=event.action), cut(event.detail)
        case events.AidCarriedOut():
            return msg("First aid failed: {action}", action=event.action), cut(event.detail)
        case events.AidUndone(ok=True):
            return msg("First aid was taken back: {action}", action=event.action), cut(event.detail)
        case events.AidUndone():
            return msg("First aid could not be taken back: {action}", action=event.action), cut(event.detail)
        case _:
            return None


def cut(text: str | Message) -> str | Message:
    """As much of a text as stands in a table; a sentence of ours stands there whole."""
    if isinstance(text, Message):
        return text
    return text if len(text) <= TEXT_AT_MOST else f"{text[:TEXT_AT_MOST]}…"


def spoken_for(votes: object) -> tuple[Message | str, ...]:
    """What speaks for or against a cause, or could not be looked at, as `tickets.cause` keeps it: sentences, or a name and a reason."""
    if not isinstance(votes, list | tuple):
        return ()
    return tuple(_vote(each) for each in votes[:VOTES_AT_MOST])


def _vote(vote: object) -> Message | str:
    if not isinstance(vote, Mapping):
        return cut(str(vote))
    says, reason = vote.get("says"), from_document(vote.get("reason"))
    if isinstance(says, Mapping):
        return from_document(says) or cut(str(says.get("template", "")))
    if reason is not None:
        return msg("{subject}: {reason}", subject=str(vote.get("reading", "")), reason=reason)
    return cut(": ".join(str(vote[name]) for name in ("reading", "reason") if vote.get(name)))
