"""`tenfold mark`: tell the dashboards what was deployed or configured."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from facts.system_errors import why
from tenfold.cli.options import Config, Quiet, Terminal, Verbose, example, read_settings
from tenfold.exits import CommandError
from tenfold.words import _, say


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "mark",
        epilog=example("tenfold mark deployment 'shop 2026.11.2'"),
        help=_(
            "Record a deployment or a change of the configuration, which every dashboard then shows beside its curves."
        ),
    )(mark)


def mark(
    kind: Annotated[
        Literal["deployment", "configuration"], typer.Argument(help=_("What was changed."), show_default=False)
    ],
    what: Annotated[str, typer.Argument(help=_("Its name, as people know it."), show_default=False)],
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"],
            metavar="TIME",
            help=_("When, as 2026-11-10T23:30+08:00; default now."),
            show_default=False,
        ),
    ] = None,
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help=_("The folder of runs; default [serve] runs of the configuration."), show_default=False
        ),
    ] = None,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Appends one line to the folder's marks."""
    from tenfold.serving.marks import Mark, append
    from tenfold.settings.serving import ServeSection

    terminal = Terminal(quiet=quiet, verbose=verbose)
    if not what.strip():
        raise CommandError(_("A mark needs a name."), _("Such as: tenfold mark deployment 'shop 2026.11.2'"))
    settings = read_settings(config)
    folder = runs or (settings.serve if settings else ServeSection()).runs
    moment = (at or datetime.now().astimezone()).timestamp()
    try:
        append(folder, Mark(kind, what.strip(), moment))
    except OSError as error:
        raise CommandError(
            _("The mark cannot be written to {folder}: {reason}.").format(folder=folder, reason=say(why(error))),
            _("Name a folder that can be written with --runs DIR."),
        ) from None
    terminal.remark(_("Recorded in {folder}: {what}").format(folder=folder, what=what.strip()))
