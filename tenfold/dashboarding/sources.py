"""Which dashboards: Tenfold's own, some of them by name, or files of Grafana's JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facts.boards import Board
from facts.system_errors import why
from pages.translation import Language
from tenfold.dashboarding.document import DocumentError, read_board
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.words import _, say

BYTES_AT_MOST = 20 * 2**20


@dataclass(frozen=True, slots=True)
class Source:
    """One dashboard.

    Attributes:
        name: Its stem, or the file that it came from.
        document: Grafana's JSON.
    """

    name: str
    document: Mapping[str, Any]
    board: Board


def chosen_boards(names: Sequence[str], language: Language, docs: str = "") -> list[Source]:
    """The boards that are named, or all of Tenfold's own.

    Args:
        names: Stems of our own boards, or files.
        language: Of our own boards.
        docs: Where the documentation is read that they link to; empty leads nowhere.

    Raises:
        CommandError: There is no such board, or a file is none.
    """
    own: Mapping[str, Mapping[str, Any]] = {}
    if not names or any(not _is_file(each) for each in names):
        own = own_boards(language, docs)
    found = []
    for name in names or own:
        if _is_file(name):
            found.append(_from_file(Path(name)))
        elif name in own:
            found.append(Source(name, own[name], read_board(own[name])))
        else:
            raise CommandError(
                _("There is no dashboard {name}.").format(name=repr(name)),
                _("There are: {names}. Or name a file: FILE.json").format(names=", ".join(own)),
            )
    return found


def own_boards(language: Language, docs: str = "") -> Mapping[str, Mapping[str, Any]]:
    """Tenfold's own dashboards by their stem."""
    demand("dashboards")
    from dashboards.boards import DOCS, documents

    return documents(language, docs.rstrip("/") or DOCS)


def _is_file(name: str) -> bool:
    return name.endswith(".json") or "/" in name


def _from_file(path: Path) -> Source:
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            raise CommandError(_("{path} is too large for a dashboard.").format(path=path))
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error)))) from None
    except (ValueError, RecursionError):
        raise CommandError(
            _("{path} is no JSON.").format(path=path),
            _("Export the dashboard from Grafana: Share, Export, Save to file."),
        ) from None
    try:
        board = read_board(document)
    except DocumentError as error:
        raise CommandError(_("{path}: {reason}.").format(path=path, reason=say(error.said))) from None
    inner = document.get("dashboard")
    return Source(path.stem, inner if isinstance(inner, dict) and "panels" not in document else document, board)
