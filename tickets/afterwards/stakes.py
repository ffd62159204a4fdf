"""What a ticket's frozen evidence says of orders and money."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tickets.afterwards.impact import Stake
from tickets.cause.payments import impact
from tickets.cause.seen import Seen
from tickets.cause.values import records
from tickets.events import Entry
from tickets.store.evidence import parts
from tickets.ticket import Ticket

READER = "payments"


def stake(connection: Connection, ticket: Ticket, _log: Sequence[Entry]) -> Stake:
    """The orders affected by the newest part of the evidence that names any; nothing where none does.

    Args:
        connection: That reads.
        ticket: Whose evidence.
    """
    for frozen in reversed(parts(connection, ticket.number)):
        value = Seen(frozen.document or {}).value(READER)
        if isinstance(value, dict) and isinstance(value.get("orders"), list):
            found = impact(records(value["orders"]), more=bool(value.get("more_orders")))
            return Stake(
                orders=len(found.orders),
                order_numbers=found.orders,
                money=None if found.amount is None else f"{found.amount:,.2f}",
                rests_on=f"E-{frozen.id}",
            )
    return Stake()
