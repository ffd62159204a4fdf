"""`tenfold tickets expect|urgency|area`: what is said of a ticket while it is worked on."""

from datetime import datetime
from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import FORMATS, Number, Server, begin
from tenfold.settings.ticket_rules import UrgencyWord
from tenfold.words import _


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "expect",
        epilog=example("tenfold tickets expect T-12 2026-11-11T02:30"),
        help=_("Say when it will be solved."),
    )(expect)
    group.command(
        "urgency",
        epilog=example("tenfold tickets urgency T-12 important --reason 'Only one shop is concerned'"),
        help=_("Say that it matters more, or less, than was thought."),
    )(urgency)
    group.command(
        "area",
        epilog=example("tenfold tickets area T-12 search"),
        help=_("Say to which part of the mall it belongs."),
    )(area)


def expect(
    number: Number,
    at: Annotated[
        datetime,
        typer.Argument(
            formats=FORMATS,
            metavar="TIME",
            help=_("When it will be solved, as 2026-11-11T02:30, on the mall's clock."),
            show_default=False,
        ),
    ],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The reporter sees it."""
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    call.move(number, "expect", {"expected_at": call.moment(at)})


def urgency(
    number: Number,
    to: Annotated[
        UrgencyWord, typer.Argument(metavar="URGENCY", help=_("How soon it has to be dealt with."), show_default=False)
    ],
    reason: Annotated[str, typer.Option("--reason", help=_("Why."), show_default=False)] = "",
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Its clocks keep what was spent."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "urgency", {"urgency": to, "reason": reason}
    )


def area(
    number: Number,
    to: Annotated[str, typer.Argument(metavar="AREA", help=_("A part of the mall."), show_default=False)],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Whoever is responsible stays so."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(number, "area", {"area": to})
