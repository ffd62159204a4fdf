"""Rehearsal: the round that is running, the verdict of the last ones, what became better."""

from dashboards.board import Board, Scope
from dashboards.rows import rehearsal_live, rehearsal_recorded
from facts.message import msg

BOARD = Board(
    stem="rehearsal",
    title=msg("Rehearsal"),
    description=msg(
        "The round that is running, the verdict of the newest rehearsal, and how it compares with those before."
    ),
    rows=(rehearsal_live.ROW, rehearsal_recorded.RECORDED, rehearsal_recorded.BEFORE_AND_AFTER),
    scope=Scope(seen=("tenfold_exporter_info", "tenfold_round_info")),
    since="now-6h",
)
