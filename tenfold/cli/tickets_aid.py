"""`tenfold tickets aid|follow-up`: what may be done at once, and what is left to be done."""

from typing import Annotated, Literal
from urllib.parse import quote

import typer

from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Number, Server, begin, document_of, number_of
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _

# The mall's own address may take half a minute to answer the service.
SECONDS = 60.0
WELL = frozenset({"done", "undone"})
Run = Annotated[
    int | None, typer.Option("--undo", metavar="RUN", min=1, help=_("Take this run back."), show_default=False)
]


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "aid",
        epilog=example("tenfold tickets aid T-12 backup-channel"),
        help=_("List the first aid that fits a ticket, carry an action out, or take it back."),
    )(aid)
    group.command(
        "follow-up",
        epilog=example("tenfold tickets follow-up T-12 runbook"),
        help=_("Open the ticket of an improvement that the incident report proposes."),
    )(follow_up)


def aid(
    number: Number,
    action: Annotated[
        str | None, typer.Argument(metavar="ACTION", help=_("Carry this one out."), show_default=False)
    ] = None,
    undo: Run = None,
    settle: Annotated[
        int | None,
        typer.Option(
            "--settle",
            metavar="RUN",
            min=1,
            help=_("Say how this run ended, of which nobody knew; with --happened or --not-happened."),
            show_default=False,
        ),
    ] = None,
    happened: Annotated[
        bool | None,
        typer.Option("--happened/--not-happened", help=_("Whether the action is in force now."), show_default=False),
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 it is as was asked for, 1 it did not work or nobody knows, 2 a mistake, 3 the service refused or did not answer."""
    from dataclasses import replace

    from tenfold.ticketing.showing_further import print_aid, print_run

    if sum(each is not None for each in (action, undo, settle)) > 1:
        raise CommandError(_("Give one of ACTION, --undo and --settle."))
    if (settle is None) != (happened is None):
        raise CommandError(
            _("--settle goes with --happened or --not-happened."),
            _("Look whether it happened; the service could not find out."),
        )
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    path = f"tickets/{number_of(number)}/aid"
    if action is None and undo is None and settle is None:
        found = document_of(call.service.get(path))
        if not call.answered(found):
            print_aid(found, call.terminal.out, call.zone)
        return ExitCode.DONE
    service = replace(call.service, seconds=SECONDS)
    if settle is not None:
        run = document_of(service.post(f"{path}/runs/{settle}/settle", {"happened": happened}))
    elif undo is not None:
        run = document_of(service.post(f"{path}/runs/{undo}/undo"))
    else:
        run = document_of(service.post(f"{path}/{quote(str(action), safe='')}"))
    if not call.answered(run):
        print_run(run, number_of(number), call.terminal.out)
    return ExitCode.DONE if settle is not None or run.get("state") in WELL else ExitCode.FINDINGS


def follow_up(
    number: Number,
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE", help=_("The word beside the improvement in `tenfold tickets report`."), show_default=False
        ),
    ],
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option("--lang", help=_("Language of its title; default the terminal's."), show_default=False),
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The same ticket again where it is open already."""
    from tenfold.ticketing.showing import print_short
    from tenfold.words import terminal_language

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    path = f"tickets/{number_of(number)}/follow-ups/{quote(code, safe='')}?lang={lang or terminal_language()}"
    new = document_of(call.service.post(path))
    if not call.answered(new):
        print_short({**new, "name": f"T-{new.get('number')}"}, call.terminal.out)
