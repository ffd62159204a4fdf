"""Findings: what the newest audit said, and what became of it."""

from dashboards.board import Board, Scope
from dashboards.rows import findings_now
from facts.message import msg

BOARD = Board(
    stem="findings",
    title=msg("Findings"),
    description=msg("What the newest audit found, by severity, each with the page that says what to do."),
    rows=(findings_now.ROW,),
    scope=Scope(seen=("tenfold_exporter_info",)),
    since="now-7d",
)
