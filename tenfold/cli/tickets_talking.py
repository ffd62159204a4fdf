"""`tenfold tickets rate|assign|comment|merge`: what people tell each other."""

from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Number, Server, begin, number_of
from tenfold.words import _


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "rate",
        epilog=example("tenfold tickets rate T-12 --attitude 5 --speed 4 --result 5"),
        help=_("Rate a ticket that you have reported; it closes a resolved one."),
    )(rate)
    group.command(
        "assign",
        epilog=example("tenfold tickets assign T-12 zhang --note 'Night shift'"),
        help=_("Make somebody responsible, or hand over."),
    )(assign)
    group.command(
        "comment",
        epilog=example("tenfold tickets comment T-12 'Refunds run since 00:20' --internal"),
        help=_("Say something on a ticket."),
    )(comment)
    group.command(
        "merge",
        epilog=example("tenfold tickets merge T-13 T-12"),
        help=_("End a ticket in another one of the same trouble, which goes on."),
    )(merge)


def rate(
    number: Number,
    attitude: Annotated[int, typer.Option("--attitude", min=1, max=5, help=_("1 to 5."), show_default=False)],
    speed: Annotated[int, typer.Option("--speed", min=1, max=5, help=_("1 to 5."), show_default=False)],
    result: Annotated[int, typer.Option("--result", min=1, max=5, help=_("1 to 5."), show_default=False)],
    text: Annotated[str, typer.Option("--comment", help=_("In words."), show_default=False)] = "",
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Once, and by its reporter."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "rate", {"attitude": attitude, "speed": speed, "result": result, "comment": text}
    )


def assign(
    number: Number,
    owner: Annotated[str, typer.Argument(help=_("An account."), show_default=False)],
    note: Annotated[str, typer.Option("--note", help=_("For them."), show_default=False)] = "",
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The ticket waits on until they take it."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "assign", {"owner": owner, "note": note}
    )


def comment(
    number: Number,
    text: Annotated[str, typer.Argument(help=_("What."), show_default=False)],
    internal: Annotated[bool, typer.Option("--internal", help=_("The reporter does not see it."))] = False,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """In any state."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "comment", {"text": text, "internal": internal}
    )


def merge(
    number: Number,
    into: Annotated[str, typer.Argument(metavar="INTO", help=_("The ticket that goes on."), show_default=False)],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Alerts of both come to the one that goes on."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "merge", {"into": number_of(into)}
    )
