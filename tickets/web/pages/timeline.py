"""A ticket's log as rows that people read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from facts.message import Message, msg
from pages.tickets import words
from pages.tickets.ticket_records import Row
from tickets import events
from tickets.events import Entry

# What a reporter reads of their own ticket: who does what until when, not what the machines say to each other.
FOR_REPORTERS = frozenset({
    "opened", "assigned", "taken", "planned", "expected", "paused", "resumed", "urgency_changed", "area_changed",
    "resolved", "closed", "rated", "reopened", "merged_into", "commented", "attached",
})  # fmt: skip


def rows(log: Iterable[Entry], when: Callable[[Any], str], *, inside: bool) -> tuple[Row, ...]:
    """The rows, the newest first.

    Args:
        log: The oldest first.
        when: Writes a moment in the mall's time zone.
        inside: The reader works on tickets; else only what concerns a reporter.
    """
    made = [
        _row(entry, when)
        for entry in log
        if inside
        or (
            entry.event.kind in FOR_REPORTERS
            and not (isinstance(entry.event, events.Commented) and entry.event.internal)
        )
    ]
    return tuple(reversed(made))


def _row(entry: Entry, when: Callable[[Any], str]) -> Row:
    what, further = _said(entry.event, when)
    return Row(number=entry.number, at=entry.at, who=entry.actor, what=what, **further)


def _said(event: Any, when: Callable[[Any], str]) -> tuple[Message, Mapping[str, Any]]:  # noqa: PLR0911, PLR0912, C901  (one line a kind)
    match event:
        case events.Opened():
            return msg("Opened the ticket as {urgency}.", urgency=words.word(words.URGENCIES, event.urgency)), {}
        case events.Fired(again=True):
            return msg("The alert {name} fires again.", name=event.name), {"tone": "bad"}
        case events.Fired():
            return msg("The alert {name} fires.", name=event.name), {"tone": "bad"}
        case events.Subsided():
            return msg("An alert has ended."), {}
        case events.ResolutionProposed():
            return msg("Every alert has ended."), {"tone": "good"}
        case events.Assigned():
            return msg("Made {owner} responsible.", owner=event.owner), {"text": event.note}
        case events.Taken():
            return msg("{owner} has taken it.", owner=event.owner), {"tone": "good"}
        case events.Planned(expected_at=None):
            return msg("Gave the plan."), {"text": event.plan, "tone": "good"}
        case events.Planned():
            what = msg("Gave the plan; solved by {time}.", time=when(event.expected_at))
            return what, {"text": event.plan, "tone": "good"}
        case events.Expected():
            return msg("Expects it to be solved by {time}.", time=when(event.expected_at)), {}
        case events.Paused():
            whom = words.word(words.WAITING_FOR, event.waiting_for)
            return msg("Paused the clocks: it waits for {whom}.", whom=whom), {"text": event.note}
        case events.Resumed():
            return msg("The clocks run again."), {}
        case events.UrgencyChanged():
            what = msg("Changed the urgency to {urgency}.", urgency=words.word(words.URGENCIES, event.urgency))
            return what, {"text": event.reason}
        case events.AreaChanged():
            return msg("Moved it to the area {area}.", area=event.area or "–"), {}
        case events.Resolved():
            return msg("Resolved it."), {"text": event.solution, "tone": "good"}
        case events.Closed():
            return msg("Closed it."), {"tone": "good"}
        case events.Rated():
            what = msg(
                "Rated it: attitude {attitude}, speed {speed}, result {result} of 5.",
                attitude=event.attitude, speed=event.speed, result=event.result,
            )  # fmt: skip
            return what, {"text": event.comment}
        case events.Reopened():
            return msg("Opened it again."), {"text": event.reason, "tone": "bad"}
        case events.MergedInto():
            return msg("Merged it into another ticket:"), {"ticket": event.ticket}
        case events.Absorbed():
            return msg("Another ticket was merged into this one:"), {"ticket": event.ticket}
        case events.Linked():
            relation = words.word(words.RELATIONS, event.relation)
            return msg("Linked a ticket ({relation}):", relation=relation), {"ticket": event.ticket}
        case events.Commented():
            return msg("Commented:"), {"text": event.text, "tone": "talk", "internal": event.internal}
        case events.Attached():
            return msg("Attached {name}.", name=event.name), {"file": event.attachment}
        case events.Warned():
            return msg("Three quarters of the time are gone: {clock}.", clock=words.word(words.CLOCKS, event.clock)), {}
        case events.Breached():
            what = msg("The promised time is over: {clock}.", clock=words.word(words.CLOCKS, event.clock))
            return what, {"tone": "bad"}
        case events.Escalated():
            return msg("Escalated to {whom}.", whom=event.to), {"text": event.reason, "tone": "bad"}
        case events.Notified(delivered=True):
            return msg("A message went out by {channel}.", channel=event.channel), {"text": _to(event)}
        case events.Notified():
            what = msg("A message by {channel} did not come through.", channel=event.channel)
            return what, {"text": _to(event), "tone": "bad"}
        case events.EvidenceFrozen(failed=()):
            return msg("Evidence was frozen (E-{number}).", number=event.evidence), {}
        case events.EvidenceFrozen():
            what = msg(
                "Evidence was frozen (E-{number}); {count} could not be read.",
                number=event.evidence, count=len(event.failed),
            )  # fmt: skip
            return what, {"text": ", ".join(event.failed)}
        case events.CauseGiven():
            return msg("A first answer: {cause}.", cause=words.word(words.CAUSES, event.cause)), {}
        case events.AidProposed():
            return msg("First aid is proposed: {action}.", action=event.action), {"text": event.because}
        case events.AidCarriedOut(ok=True):
            return msg("First aid was carried out: {action}.", action=event.action), {
                "text": event.detail,
                "tone": "good",
            }
        case events.AidCarriedOut():
            what = msg("First aid did not work, or nobody knows: {action}.", action=event.action)
            return what, {"text": event.detail, "tone": "bad"}
        case events.AidUndone(ok=True):
            return msg("First aid was taken back: {action}.", action=event.action), {"text": event.detail}
        case events.AidUndone():
            what = msg("First aid could not be taken back: {action}.", action=event.action)
            return what, {"text": event.detail, "tone": "bad"}
        case _:
            return msg("Something happened: {kind}.", kind=str(event.kind)), {}


def _to(event: events.Notified) -> str:
    return ": ".join(part for part in (event.to, event.detail) if part)
