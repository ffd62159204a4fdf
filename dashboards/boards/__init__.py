"""Every board, and the documents that Grafana reads."""

from typing import Any

from dashboards.assembly import document
from dashboards.board import Board, Source
from dashboards.boards import findings, hosts, mall, postgres, redis, rehearsal, statements, tickets
from pages.translation import Language, translator

# In the order in which one looks: from the whole to the cause, then to what was found and rehearsed.
BOARDS: tuple[Board, ...] = (
    mall.BOARD,
    postgres.BOARD,
    statements.BOARD,
    redis.BOARD,
    hosts.BOARD,
    rehearsal.BOARD,
    findings.BOARD,
    tickets.BOARD,
)
# Leads nowhere, until somebody says where the documentation is read.
DOCS = "https://tenfold.example/docs"


def documents(language: Language, docs: str = DOCS) -> dict[str, dict[str, Any]]:
    """Every board's JSON by the stem of its file.

    Args:
        language: Of titles, descriptions and legends.
        docs: Where the documentation is read, which links lead to.
    """
    say = translator(language)
    theirs = {board.stem: board.theirs[0] for board in BOARDS if board.theirs is not None}
    found = {}
    for board in BOARDS:
        found[board.stem] = document(board, Source.TENFOLD, {each.stem: each.stem for each in BOARDS}, say, docs)
        if board.stem in theirs:
            found[theirs[board.stem]] = document(board, Source.EXPORTERS, theirs, say, docs)
    return found
