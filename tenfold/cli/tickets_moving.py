"""`tenfold tickets take|plan|pause|resume|resolve|close|reopen`: what is done with a ticket."""

from typing import Annotated, Literal

import typer

from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import At, Number, Server, begin
from tenfold.words import _

CauseWord = Literal["own_code", "third_party", "configuration", "capacity", "data"]


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "take", epilog=example("tenfold tickets take T-12"), help=_("Begin to work on a ticket: the first response.")
    )(take)
    group.command(
        "plan",
        epilog=example("tenfold tickets plan T-12 'Switch to the backup channel' --expected 2026-11-11T00:30"),
        help=_("Say what will be done."),
    )(plan)
    group.command(
        "pause",
        epilog=example("tenfold tickets pause T-12 third_party --note 'The bank looks into it'"),
        help=_("Stop the clocks while somebody else has to act."),
    )(pause)
    group.command("resume", epilog=example("tenfold tickets resume T-12"), help=_("Let the clocks run again."))(resume)
    group.command(
        "resolve",
        epilog=example(
            "tenfold tickets resolve T-12 --solution 'Backup channel' --steps 'Switched in the console' --cautions none"
        ),
        help=_("Say that it is solved, and how."),
    )(resolve)
    group.command("close", epilog=example("tenfold tickets close T-12"), help=_("Close a resolved ticket."))(close)
    group.command(
        "reopen",
        epilog=example("tenfold tickets reopen T-12 --reason 'Orders fail again'"),
        help=_("Reopen a resolved or closed ticket."),
    )(reopen)


def take(
    number: Number,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """You become its owner."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(number, "take")


def plan(
    number: Number,
    text: Annotated[str, typer.Argument(help=_("What will be done."), show_default=False)],
    expected: At = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """A later plan takes the place of the first."""
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    call.move(number, "plan", {"plan": text, "expected_at": call.moment(expected)})


def pause(
    number: Number,
    waiting_for: Annotated[
        Literal["reporter", "third_party"], typer.Argument(help=_("Who has to act."), show_default=False)
    ],
    note: Annotated[str, typer.Option("--note", help=_("What is waited for."), show_default=False)] = "",
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """They run again with resume."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(
        number, "pause", {"waiting_for": waiting_for, "note": note}
    )


def resume(
    number: Number,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Of a paused ticket."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(number, "resume")


def resolve(
    number: Number,
    solution: Annotated[str, typer.Option("--solution", help=_("What solved it."), show_default=False)],
    steps: Annotated[
        str, typer.Option("--steps", help=_("What was done, so that it can be done again."), show_default=False)
    ],
    cautions: Annotated[
        str, typer.Option("--cautions", help=_("What to beware of; `none` where there is nothing."), show_default=False)
    ],
    cause: Annotated[
        CauseWord | None, typer.Option("--cause", help=_("Where it came from."), show_default=False)
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """All three are required: the next one is solved by them."""
    from tenfold.ticketing.showing import unfinished

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    ticket = call.move(number, "resolve", {"solution": solution, "steps": steps, "cautions": cautions, "cause": cause})
    warning = unfinished(ticket)
    if warning:
        call.terminal.complain(warning)


def close(
    number: Number,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Nothing more is to be done."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(number, "close")


def reopen(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help=_("Why."), show_default=False)] = "",
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Its clocks go on where they stood."""
    begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose).move(number, "reopen", {"reason": reason})
