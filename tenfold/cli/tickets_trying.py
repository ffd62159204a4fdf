"""`tenfold tickets try`: a message by one of the configured channels, before somebody has to be reached by it."""

from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Quiet, Terminal, Verbose, example, print_json, read_settings
from tenfold.exits import ExitCode
from tenfold.extras import demand
from tenfold.words import _


def register(group: typer.Typer) -> None:
    """Adds the command to the group."""
    group.command(
        "try",
        epilog=example("tenfold tickets try night-shift"),
        help=_("Send a message by a channel of [[notify]], to try it; it needs no service and opens no ticket."),
    )(tried)


def tried(
    channel: Annotated[
        str, typer.Argument(metavar="CHANNEL", help=_("Its name in the configuration."), show_default=False)
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="ACCOUNT",
            help=_("Whose contact, for a channel that writes to one person at a time."),
            show_default=False,
        ),
    ] = "",
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 delivered, 2 a mistake or no such channel, 3 not delivered, or the store does not answer."""
    demand("serve")
    from tenfold.ticketing.trying import print_tried, try_channel

    terminal = Terminal(quiet=quiet, verbose=verbose)
    found = try_channel(read_settings(config), channel, to)
    if as_json:
        print_json({**found, "answer": str(found["answer"])}, terminal.out)
    else:
        print_tried(found, terminal.out)
    return ExitCode.DONE if found["delivered"] else ExitCode.UNREACHABLE
