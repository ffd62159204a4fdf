"""The mall's own rule files, and what the configuration's routes would make of their alerts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from facts.system_errors import why
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.ticketing.showing import styled, table
from tenfold.words import _, say

BYTES_AT_MOST = 10 * 2**20


def dry_run(files: Sequence[Path], settings: Settings) -> list[dict[str, Any]]:
    """Each alert with what it would get, in the order of the files.

    Raises:
        CommandError: A file cannot be read, or is no rule file.
    """
    from tenfold.ticketing.routes import routing
    from tickets.routing_dry_run import UnreadableRules, plan

    routes = routing(settings)
    found = []
    for path in files:
        try:
            planned = plan(_text(path), routes)
        except UnreadableRules as error:
            raise CommandError(_("{path}: {reason}").format(path=path, reason=say(error.reason))) from None
        found += [
            {
                "file": str(path),
                "group": each.group,
                "alert": each.alert,
                "labels": dict(each.labels),
                "urgency": each.routed.urgency.value,
                "area": each.routed.area,
                "owner": each.routed.owner,
                "mapped": each.routed.known,
            }
            for each in planned
        ]
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(BYTES_AT_MOST + 1)
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error)))) from None
    if len(text) > BYTES_AT_MOST:
        raise CommandError(_("{path} is larger than any rule file.").format(path=path))
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(
            _("{path} is not UTF-8 text (byte {position}).").format(path=path, position=error.start)
        ) from None


def print_routes(shown: Sequence[dict[str, Any]], alerts: int, unmapped: int, console: Console) -> None:
    """A table, and how many are unmapped."""
    rows = [
        (
            each["alert"], styled(each["urgency"]), each["area"] or "–", each["owner"] or "–",
            "" if each["mapped"] else _("unmapped"), each["file"],
        )
        for each in shown
    ]  # fmt: skip
    if rows:
        console.print(table((_("Alert"), _("Urgency"), _("Area"), _("Owner"), "", _("File")), rows))
    console.print(_("{alerts} alerts, {unmapped} of them unmapped.").format(alerts=alerts, unmapped=unmapped))
    if unmapped:
        console.print(
            _("An unmapped alert becomes a normal ticket; give it a [[route]], or a label severity that is known."),
            markup=False,
            soft_wrap=True,
        )
