"""Whom a step of the escalation means."""

from sqlalchemy import Connection

from tickets import events
from tickets.events import Event
from tickets.notify.channels import MOST_CALLED
from tickets.sla.chain import ROLE
from tickets.store.contacts import Person, of_role, people


def addressed(connection: Connection, event: Event) -> dict[str, Person]:
    """The accounts that an escalation goes to, by name: the one that it names, or a few of those who have the role that it names."""
    if not isinstance(event, events.Escalated):
        return {}
    if event.to.startswith(ROLE):
        return of_role(connection, event.to.removeprefix(ROLE), MOST_CALLED)
    return people(connection, [event.to])
