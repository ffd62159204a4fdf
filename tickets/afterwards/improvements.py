"""What could be done so that it does not come again, or hurts less: each can become a follow-up ticket."""

from collections.abc import Iterator

from facts.message import msg
from pages.tickets.incident import Improvement, kept
from pages.tickets.words import CAUSES, CLOCKS, word
from tickets import events
from tickets.afterwards.case import ALERTS, FLAPS_TO_TELL, PERSON, Case
from tickets.names import Urgency


def improvements(case: Case) -> tuple[Improvement, ...]:
    """What is proposed."""
    return (*_of_the_service(case), *_of_the_alert(case), *_of_cause_and_aid(case))


def _of_the_service(case: Case) -> Iterator[Improvement]:
    ticket = case.ticket
    for clock in case.clocks:
        if kept(clock) is False:
            title = msg(
                "{clock} in time: find out what held up {ticket}", clock=word(CLOCKS, clock.name), ticket=ticket.name
            )
            yield Improvement(code=f"promise-{clock.name}", title=title, because=msg("The promised time was over."))
    if case.blind:
        yield Improvement(
            code="evidence",
            title=msg("Make the evidence complete: {readers}", readers=", ".join(case.blind)),
            because=msg("It could not be read when it was needed."),
        )
    if case.undelivered:
        yield Improvement(
            code="delivery",
            title=msg("Mend the way of messages: {channels}", channels=", ".join(case.undelivered)),
            because=msg("Messages did not come through."),
        )


def _of_the_alert(case: Case) -> Iterator[Improvement]:
    ticket = case.ticket
    if ticket.source == PERSON:
        yield Improvement(
            code="alert",
            title=msg("An alert for what {ticket} was about", ticket=ticket.name),
            because=msg("A person had to tell of it: no alert did."),
        )
    elif ticket.source in ALERTS and not ticket.runbook:
        yield Improvement(
            code="runbook",
            title=msg("A runbook for the alert of {ticket}", ticket=ticket.name),
            because=msg("The alert names none."),
        )
    if ticket.previous is not None or ticket.reopenings:
        yield Improvement(
            code="repeat",
            title=msg("Remove the cause of {ticket} for good", ticket=ticket.name),
            because=msg("It came back."),
        )
    if ticket.flaps >= FLAPS_TO_TELL:
        yield Improvement(
            code="flapping",
            title=msg("Calm the alert of {ticket}", ticket=ticket.name),
            because=msg("It came and went {count} times while the ticket was open.", count=ticket.flaps),
        )


def _of_cause_and_aid(case: Case) -> Iterator[Improvement]:
    ticket = case.ticket
    first, person = case.first_answer, case.persons_word
    if first is not None and person is not None and first is not person:
        yield Improvement(
            code="cause",
            title=msg(
                "Let the cause of {ticket} be recognized: {cause}", ticket=ticket.name, cause=word(CAUSES, person)
            ),
            because=msg("The first answer was {first}.", first=word(CAUSES, first)),
        )
    by_hand = [event.action for _, event in case.happened(events.AidCarriedOut) if event.ok and not event.automatic]
    if by_hand:
        yield Improvement(
            code="automatic",
            title=msg("Decide whether this first aid may be automatic: {action}", action=by_hand[0]),
            because=msg("It worked, and waited for a person's click."),
        )
    elif ticket.urgency is Urgency.URGENT and not case.happened(events.AidProposed):
        yield Improvement(
            code="aid",
            title=msg("First aid for what {ticket} was about", ticket=ticket.name),
            because=msg("None is configured for an urgent fault of this kind."),
        )
