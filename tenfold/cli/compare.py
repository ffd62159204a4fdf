"""`tenfold compare`: two audits or two rehearsals side by side."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.options import Json, Lang, Quiet, Terminal, Verbose, example, report_language
from tenfold.words import _

_EXAMPLE = "tenfold compare tenfold-runs/20261110T020000Z-audit tenfold-runs/latest"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "compare",
        epilog=example(_EXAMPLE),
        help=_(
            "Compare two audits (what is gone, new, better or worse) or two rehearsals (what differs by more than noise)."
        ),
    )(compare)


def compare(
    before: Annotated[
        Path, typer.Argument(help=_("The earlier run folder, its findings.json or a round.json."), show_default=False)
    ],
    after: Annotated[
        Path, typer.Argument(help=_("The later run folder, its findings.json or a round.json."), show_default=False)
    ],
    lang: Lang = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Reads both runs and connects to nothing."""
    from tenfold.comparing import show_comparison
    from tenfold.comparing_rounds import refuse_mixed

    refuse_mixed(before, after)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    show_comparison(before, after, terminal.out, report_language(lang, None), as_json=as_json)
