"""Which move is legal when. Each is a pure function from the ticket to the events that it makes.

waiting 待分配 → in progress 处理中 → resolved 已解决 → closed 已关闭; a resolved or closed ticket can be reopened.
Who may make a move is `tickets.people.roles`' affair.
"""

from collections.abc import Sequence
from datetime import datetime

from facts.message import Message, msg
from tickets import events
from tickets.events import Event
from tickets.names import Cause, State, Urgency, Waiting
from tickets.ticket import Ticket


class IllegalMove(Exception):  # noqa: N818  (it is no error of ours but an answer: 409)
    """The ticket does not stand where the move could begin.

    Attributes:
        reason: For the person who tried.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


def take(ticket: Ticket, who: str) -> Sequence[Event]:
    """Somebody begins to work on it; taking one's own ticket twice does nothing."""
    _must_be_open(ticket)
    if ticket.state is State.IN_PROGRESS and ticket.owner == who:
        return ()
    return (events.Taken(owner=who),)


def assign(ticket: Ticket, owner: str, note: str = "") -> Sequence[Event]:
    """Somebody else becomes responsible; handing over is the same."""
    _must_be_open(ticket)
    if ticket.owner == owner:
        return ()
    return (events.Assigned(owner=owner, note=note),)


def plan(ticket: Ticket, text: str, expected_at: datetime | None = None) -> Sequence[Event]:
    """What will be done; a later plan takes the place of the first, whose time stays the one that was promised."""
    _must_be_in_progress(ticket)
    return (events.Planned(plan=text, expected_at=expected_at),)


def expect(ticket: Ticket, expected_at: datetime) -> Sequence[Event]:
    """When it will be solved."""
    _must_be_open(ticket)
    return (events.Expected(expected_at=expected_at),)


def pause(ticket: Ticket, waiting_for: Waiting, note: str = "") -> Sequence[Event]:
    """The clocks stand."""
    _must_be_in_progress(ticket)
    if ticket.waiting_for is not None:
        raise IllegalMove(msg("The ticket is paused already."))
    return (events.Paused(waiting_for=waiting_for, note=note),)


def resume(ticket: Ticket) -> Sequence[Event]:
    """The clocks run again."""
    if ticket.waiting_for is None:
        raise IllegalMove(msg("The ticket is not paused."))
    return (events.Resumed(),)


def change_urgency(ticket: Ticket, urgency: Urgency, reason: str = "") -> Sequence[Event]:
    """It matters more or less than was thought."""
    _must_be_open(ticket)
    return () if ticket.urgency is urgency else (events.UrgencyChanged(urgency=urgency, reason=reason),)


def change_area(ticket: Ticket, area: str) -> Sequence[Event]:
    """It belongs to another part of the mall."""
    _must_be_open(ticket)
    return () if ticket.area == area else (events.AreaChanged(area=area),)


def resolve(ticket: Ticket, solution: str, steps: str, cautions: str, cause: Cause | None = None) -> Sequence[Event]:
    """It is solved; solution, steps and cautions are required, so that the next one can be solved by them."""
    _must_be_in_progress(ticket)
    if not (solution.strip() and steps.strip() and cautions.strip()):
        raise IllegalMove(
            msg("A solution, the steps taken and the cautions are required; write 'none' where there is none.")
        )
    done = events.Resolved(solution=solution, steps=steps, cautions=cautions, cause=cause)
    return (done,) if ticket.waiting_for is None else (events.Resumed(), done)


def close(ticket: Ticket) -> Sequence[Event]:
    """Nothing more is to be done."""
    if ticket.state is not State.RESOLVED:
        raise IllegalMove(msg("Only a resolved ticket can be closed."))
    return (events.Closed(),)


def rate(ticket: Ticket, attitude: int, speed: int, result: int, comment: str = "") -> Sequence[Event]:
    """The reporter's word on it, once; it closes a resolved ticket."""
    if ticket.is_open or ticket.merged_into is not None:
        raise IllegalMove(msg("A ticket is rated once it is resolved."))
    if ticket.rating is not None:
        raise IllegalMove(msg("The ticket is rated already."))
    rated = events.Rated(attitude=attitude, speed=speed, result=result, comment=comment)
    return (rated, events.Closed()) if ticket.state is State.RESOLVED else (rated,)


def reopen(ticket: Ticket, reason: str = "") -> Sequence[Event]:
    """It was not solved after all."""
    if ticket.is_open:
        raise IllegalMove(msg("The ticket is open."))
    if ticket.merged_into is not None:
        raise IllegalMove(msg("The ticket goes on as {ticket}; reopen that one.", ticket=f"T-{ticket.merged_into}"))
    return (events.Reopened(reason=reason),)


def merge(ticket: Ticket, into: Ticket) -> tuple[Sequence[Event], Sequence[Event]]:
    """Two tickets of the same trouble become one: the events of the one that ends, and of the one that goes on."""
    _must_be_open(ticket)
    _must_be_open(into)
    if ticket.number == into.number:
        raise IllegalMove(msg("A ticket cannot be merged into itself."))
    gone_on = [events.Absorbed(ticket=ticket.number, keys=ticket.keys)]
    still = [
        events.Fired(fingerprint=fingerprint, name=ticket.title) for fingerprint in sorted(ticket.firing - into.firing)
    ]
    return (events.MergedInto(ticket=into.number),), (*gone_on, *still)


def comment(ticket: Ticket, text: str, *, internal: bool = False) -> Sequence[Event]:
    """Somebody says something; in any state."""
    del ticket
    return (events.Commented(text=text, internal=internal),)


def _must_be_open(ticket: Ticket) -> None:
    if ticket.merged_into is not None:
        raise IllegalMove(msg("The ticket goes on as {ticket}.", ticket=f"T-{ticket.merged_into}"))
    if not ticket.is_open:
        raise IllegalMove(msg("The ticket is not open; reopen it first."))


def _must_be_in_progress(ticket: Ticket) -> None:
    _must_be_open(ticket)
    if ticket.state is not State.IN_PROGRESS:
        raise IllegalMove(msg("Nobody has taken the ticket yet; take it first."))
