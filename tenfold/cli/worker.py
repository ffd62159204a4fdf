"""`tenfold worker`: lend this machine to a rehearsal that another one leads."""

from typing import Annotated

import typer

from tenfold.cli.options import Config, Quiet, Terminal, Verbose, example, read_settings
from tenfold.extras import demand
from tenfold.words import _

_EXAMPLE = "tenfold worker 10.0.0.5:5557"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "worker",
        epilog=example(_EXAMPLE),
        help=_("Send a share of the load of a rehearsal that another machine leads with --workers."),
    )(worker)


def worker(
    rehearsal: Annotated[str, typer.Argument(metavar="HOST:PORT", help=_("Where the rehearsal waits for workers."))],
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Joins every round until it is ended with Ctrl-C; load goes only to targets that this machine's own tenfold.toml allows."""
    demand("loadtest")
    from tenfold.stressing.helping import help_out, networks, place

    host, port = place(rehearsal)
    help_out(host, port, networks(read_settings(config), host), Terminal(quiet=quiet, verbose=verbose))
