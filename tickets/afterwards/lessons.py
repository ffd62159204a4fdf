"""What went well and what went badly, as the log tells it.

Each line follows from something that was recorded; nothing is made up, so a short log makes a short list.
"""

from collections.abc import Iterator

from facts.message import Message, msg
from pages.tickets.incident import kept
from pages.tickets.times import spoken
from pages.tickets.words import CAUSES, CLOCKS, word
from tickets import events
from tickets.afterwards.case import ALERTS, FLAPS_TO_TELL, PERSON, Case

POOR_STARS, GOOD_STARS = 2, 4


def well(case: Case) -> tuple[Message, ...]:
    """What went well."""
    return tuple(_well(case))


def badly(case: Case) -> tuple[Message, ...]:
    """What went badly: while it was dealt with, then with the fault itself."""
    return (*_badly_served(case), *_badly_behaved(case))


def _well(case: Case) -> Iterator[Message]:
    if case.ticket.source in ALERTS:
        yield msg("An alert told of it before any person did.")
    for clock in case.clocks:
        if kept(clock):
            yield msg(
                "{clock} within the promised time: {spent} of {target}.",
                clock=word(CLOCKS, clock.name),
                spent=spoken(clock.spent),
                target=spoken(clock.target),
            )
    frozen = case.happened(events.EvidenceFrozen)
    if frozen and not frozen[0][1].failed:
        yield msg("All of the evidence was frozen {time} after the opening.", time=case.after_opening(frozen[0][0]))
    first = case.first_answer
    if first is not None and first is case.persons_word:
        yield msg("The first answer to the cause was right: {cause}.", cause=word(CAUSES, first))
    for entry, event in case.happened(events.AidCarriedOut):
        if event.ok:
            yield msg(
                "First aid worked {time} after the opening: {action}.",
                time=case.after_opening(entry),
                action=event.action,
            )
    rating = case.ticket.rating
    if rating is not None and min(rating.attitude, rating.speed, rating.result) >= GOOD_STARS:
        yield msg("The reporter is content.")


def _badly_served(case: Case) -> Iterator[Message]:
    for clock in case.clocks:
        if kept(clock) is False:
            yield msg(
                "{clock} took longer than promised: {spent} in place of {target}.",
                clock=word(CLOCKS, clock.name),
                spent=spoken(clock.spent),
                target=spoken(clock.target),
            )
    if case.ticket.source == PERSON:
        yield msg("A person had to tell of it: no alert did.")
    for reader in case.blind:
        yield msg("The evidence lacks {reader}: it could not be read.", reader=reader)
    if any(each.verified is False for each in case.exhibits):
        yield msg("Evidence was changed after it was frozen.")
    for channel, count in case.undelivered.items():
        yield msg("Messages by {channel} that did not come through: {count}.", channel=channel, count=count)
    for _, event in case.happened(events.Escalated):
        yield msg("It had to be escalated to {whom}.", whom=event.to)
    first, person = case.first_answer, case.persons_word
    if first is not None and person is not None and first is not person:
        yield msg(
            "The first answer to the cause was {first}; it was {cause}.",
            first=word(CAUSES, first),
            cause=word(CAUSES, person),
        )
    for action in [run.action for _, run in case.happened(events.AidCarriedOut) if not run.ok]:
        yield msg("First aid failed: {action}.", action=action)
    rating = case.ticket.rating
    if rating is not None and min(rating.attitude, rating.speed, rating.result) <= POOR_STARS:
        yield msg("The reporter is not content.")


def _badly_behaved(case: Case) -> Iterator[Message]:
    if case.ticket.reopenings:
        yield msg("It came back after it had been called solved: {count}.", count=case.ticket.reopenings)
    if case.ticket.flaps >= FLAPS_TO_TELL:
        yield msg("The alerts came and went while it was open: {count}.", count=case.ticket.flaps)
    if case.ticket.previous is not None:
        yield msg("The same alert had a ticket before: {ticket}.", ticket=f"T-{case.ticket.previous}")
