"""`tenfold snapshot show`: what a snapshot holds, before it leaves the bastion."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.options import Json, Quiet, Terminal, Verbose, example
from tenfold.words import _

_EXAMPLE = "tenfold snapshot show mall.tfz"


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        help=_("Look into snapshot files."), epilog=example(_EXAMPLE), no_args_is_help=True, rich_markup_mode=None
    )
    group.command(
        "show",
        epilog=example(_EXAMPLE),
        help=_("Say in plain words what is inside a snapshot, before it leaves the bastion."),
    )(show)
    app.add_typer(group, name="snapshot")


def show(
    file: Annotated[Path, typer.Argument(help=_("A snapshot that `tenfold collect` wrote."), show_default=False)],
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Reads the file and connects to nothing."""
    from tenfold.snapshots import read_snapshot, show_snapshot

    show_snapshot(read_snapshot(file), Terminal(quiet=quiet, verbose=verbose).out, as_json=as_json)
