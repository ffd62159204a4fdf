"""Statements and waits: where the database's time goes, and what it is lost to."""

from dashboards.board import Board, Scope
from dashboards.rows import statements_families, statements_waits
from facts.message import msg

BOARD = Board(
    stem="statements",
    title=msg("Statements and waits"),
    description=msg("Which statements the database's time goes to, and what its sessions wait for."),
    rows=(statements_waits.ROW, statements_families.ROW),
    scope=Scope(seen=("tenfold_exporter_info",), target="tenfold_postgres_up"),
)
