"""`tenfold explain`: a rule's manual page, or why the last audit did or did not report a subject."""

from pathlib import Path
from typing import Annotated

import typer

from pages.plain import harmless
from tenfold.cli.options import Quiet, Terminal, Verbose, example
from tenfold.extras import demand
from tenfold.words import _

_EXAMPLE = "tenfold explain IDX001 'public.orders(user_id, created_at)'"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "explain",
        epilog=example(_EXAMPLE),
        help=_("Show a rule's manual page; with a subject, why the last audit did or did not report it."),
    )(explain)


def explain(
    code: Annotated[
        str | None,
        typer.Argument(help=_("A rule's code, such as IDX001; without it, all rules are listed."), show_default=False),
    ] = None,
    subject: Annotated[
        str | None, typer.Argument(help=_("A subject as reports name it, or a part of one."), show_default=False)
    ] = None,
    run: Annotated[Path, typer.Option("--run", help=_("The run to ask."))] = Path("tenfold-runs/latest"),
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Answers from the rules' own docstrings and from the run's findings.json."""
    demand("audit")
    from tenfold.explaining import about_subject, manual_page, rule_list

    terminal = Terminal(quiet=quiet, verbose=verbose)
    if code is None:
        lines = rule_list()
    elif subject is None:
        lines = [manual_page(code)]
    else:
        lines = about_subject(code, subject, run)
    for line in lines:
        terminal.out.print(harmless(line), markup=False, soft_wrap=True)
