"""`tenfold check`: what an audit could read, what will be missing, and the command that mends it."""

from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Quiet, Terminal, Verbose, example, read_settings
from tenfold.exits import ExitCode
from tenfold.words import _

_EXAMPLE = "tenfold check --print-sql"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "check",
        epilog=example(_EXAMPLE),
        help=_(
            "Connect to everything and say what an audit could read, how the ticket store stands, and what will be missing."
        ),
    )(check)


def check(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(help=_("Addresses to check instead of the configuration's."), show_default=False),
    ] = None,
    print_sql: Annotated[
        bool,
        typer.Option(
            "--print-sql", help=_("Connect to nothing; print every statement and command that an audit would send.")
        ),
    ] = False,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit code 3 when a target or the ticket store could not be reached or refused us."""
    from tenfold.checking import check_targets, show_checks, show_sent
    from tenfold.collecting import names_a_target, targets_of
    from tenfold.ticketing.checking import check_tickets

    terminal = Terminal(quiet=quiet, verbose=verbose)
    if print_sql:
        show_sent(terminal.out, as_json=as_json)
        return ExitCode.DONE
    settings = read_settings(config)
    tickets = check_tickets(settings) if settings is not None and not addresses else []
    if settings is None or addresses or names_a_target(settings) or not tickets:
        lines = [*check_targets(targets_of(settings, addresses or ())), *tickets]
    else:
        lines = tickets
    show_checks(lines, terminal.out, as_json=as_json)
    return ExitCode.UNREACHABLE if any(line.unreachable for line in lines) else ExitCode.DONE
