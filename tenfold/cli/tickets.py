"""`tenfold tickets`: the tickets of a running service, over its API."""

import typer

from tenfold.cli import (
    tickets_aid,
    tickets_changing,
    tickets_files,
    tickets_intake,
    tickets_moving,
    tickets_reading,
    tickets_routes,
    tickets_talking,
    tickets_trying,
    tickets_windows,
)
from tenfold.cli.options import example
from tenfold.words import _


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        help=_("Tickets of a running `tenfold serve`."),
        epilog=example("tenfold tickets list --state open"),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for each in (
        tickets_reading,
        tickets_moving,
        tickets_changing,
        tickets_talking,
        tickets_files,
        tickets_aid,
        tickets_intake,
        tickets_windows,
        tickets_routes,
        tickets_trying,
    ):
        each.register(group)
    app.add_typer(group, name="tickets")
