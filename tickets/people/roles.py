"""Who may do what with a ticket: one table.

reporter < engineer < lead < admin: each person's role includes those before it. A machine's is its own: it brings in what it has seen
and reads, and moves nothing, since its token lies in some other program's configuration.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from tickets.names import Role
from tickets.people.refusals import NotAllowed
from tickets.store.log import NoSuchTicket
from tickets.ticket import Ticket

PEOPLE = (Role.REPORTER, Role.ENGINEER, Role.LEAD, Role.ADMIN)


class Deed(StrEnum):
    """What can be done with a ticket; the names are the last part of the API's addresses."""

    OPEN = "open"
    READ = "read"
    COMMENT = "comment"
    COMMENT_INTERNALLY = "comment_internally"
    ATTACH = "attach"
    TAKE = "take"
    ASSIGN = "assign"
    PLAN = "plan"
    EXPECT = "expect"
    PAUSE = "pause"
    RESUME = "resume"
    URGENCY = "urgency"
    AREA = "area"
    RESOLVE = "resolve"
    CLOSE = "close"
    RATE = "rate"
    REOPEN = "reopen"
    MERGE = "merge"
    AID = "aid"


# The least role that may do it; a reporter only with their own tickets.
LEAST: Mapping[Deed, Role] = {
    Deed.OPEN: Role.REPORTER,
    Deed.READ: Role.REPORTER,
    Deed.COMMENT: Role.REPORTER,
    Deed.COMMENT_INTERNALLY: Role.ENGINEER,
    Deed.ATTACH: Role.REPORTER,
    Deed.TAKE: Role.ENGINEER,
    Deed.ASSIGN: Role.ENGINEER,
    Deed.PLAN: Role.ENGINEER,
    Deed.EXPECT: Role.ENGINEER,
    Deed.PAUSE: Role.ENGINEER,
    Deed.RESUME: Role.ENGINEER,
    Deed.URGENCY: Role.ENGINEER,
    Deed.AREA: Role.ENGINEER,
    Deed.RESOLVE: Role.ENGINEER,
    Deed.CLOSE: Role.REPORTER,
    Deed.RATE: Role.REPORTER,
    Deed.REOPEN: Role.REPORTER,
    Deed.MERGE: Role.ENGINEER,
    Deed.AID: Role.ENGINEER,
}
MACHINES: Collection[Deed] = frozenset({Deed.OPEN, Deed.READ, Deed.COMMENT, Deed.ATTACH})


def includes(role: Role, least: Role) -> bool:
    """Whether a role reaches at least as far as another."""
    if Role.MACHINE in {role, least}:
        return role is least
    return PEOPLE.index(role) >= PEOPLE.index(least)


def may_ever(role: Role, deed: Deed) -> bool:
    """Whether the role may do it with some ticket."""
    return deed in MACHINES if role is Role.MACHINE else includes(role, LEAST[deed])


def may(name: str, role: Role, deed: Deed, ticket: Ticket) -> bool:
    """Whether somebody may do it with this ticket, wherever it stands.

    A rating is the reporter's word: nobody rates their own work for them. Where no person has reported the ticket, a lead may.
    """
    if not may_ever(role, deed):
        return False
    own = ticket.reporter == name
    if deed is Deed.RATE:
        return own or (ticket.reporter is None and includes(role, Role.LEAD))
    return own or role is not Role.REPORTER


def ensure(name: str, role: Role, deed: Deed, ticket: Ticket) -> None:
    """Lets those pass who may.

    Raises:
        NoSuchTicket: It is somebody else's, and a reporter need not know that it is there.
        NotAllowed: The role does not reach so far.
    """
    if role is Role.REPORTER and ticket.reporter != name:
        raise NoSuchTicket(ticket.number)
    if not may(name, role, deed, ticket):
        raise NotAllowed
