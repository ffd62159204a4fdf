"""Tickets and SLA: who has to come, whether promises are kept, and whether every alert reaches somebody."""

from dashboards.board import Board, Scope
from dashboards.rows import tickets_now, tickets_promises, tickets_service
from facts.message import msg

BOARD = Board(
    stem="tickets",
    title=msg("Tickets and SLA"),
    description=msg("Who has to come, whether promises are kept, and whether every alert reaches somebody."),
    rows=(tickets_now.ROW, tickets_promises.ROW, tickets_service.ALERTS, tickets_service.SENDING),
    scope=Scope(seen=("tenfold_tickets_up",)),
    since="now-24h",
)
