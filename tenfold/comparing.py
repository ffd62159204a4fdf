"""Shows what changed between two audits, or between two rehearsals."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from facts import quantities
from pages.comparison import Change, compare
from pages.plain import harmless
from pages.translation import Language, translator
from tenfold.cli.options import print_json
from tenfold.comparing_rounds import is_rehearsal, show_rounds
from tenfold.runs import read_run
from tenfold.words import _

_STYLES = {
    "gone": "green",
    "better": "green",
    "new": "bold red",
    "worse": "bold red",
    "not examined": "yellow",
    "unchanged": "",
}


def show_comparison(before: Path, after: Path, console: Console, language: Language, *, as_json: bool) -> None:
    """Prints one line for each finding of either audit; of two rehearsals, one for each figure.

    Raises:
        CommandError: One of them is no run, or they are of different kinds.
    """
    if is_rehearsal(before) and is_rehearsal(after):
        show_rounds(before, after, console, language, as_json=as_json)
        return
    remedy = _("Make one with: tenfold audit")
    changes = compare(read_run(before, remedy), read_run(after, remedy))
    if as_json:
        print_json({"changes": [asdict(change) for change in changes]}, console)
        return
    print_changes(changes, console, language)


def print_changes(changes: list[Change], console: Console, language: Language) -> None:
    """The comparison as a table."""
    say = translator(language)
    if not changes:
        console.print(say("Neither audit has a finding."))
        return
    words = {
        "gone": say("gone"), "better": say("better"), "new": say("new"), "worse": say("worse"),
        "not examined": say("not examined"), "unchanged": say("still there"),
    }  # fmt: skip
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in (say("Change"), say("Code"), say("Cores before"), say("Cores after"), say("Subject")):
        table.add_column(title, overflow="fold")
    for change in changes:
        table.add_row(
            Text(words[change.what], style=_STYLES[change.what]),
            change.code,
            "–" if change.loss_before is None else quantities.cores(change.loss_before),
            "–" if change.loss_after is None else quantities.cores(change.loss_after),
            Text(harmless(change.subject), overflow="fold"),
        )
    console.print(table)
