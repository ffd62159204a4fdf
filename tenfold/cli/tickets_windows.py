"""`tenfold tickets window`: times in which what happens is expected."""

from typing import Annotated, Literal

import typer

from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Server, begin, document_of
from tenfold.exits import CommandError
from tenfold.words import _

_EXAMPLE = "tenfold tickets window begin maintenance 'New switch' --for 2h --match instance=db-1"
_MINUTE = 60.0


def register(group: typer.Typer) -> None:
    """Adds the group within the group."""
    windows = typer.Typer(
        help=_("Rehearsals and maintenance: alerts that are expected open no tickets."),
        epilog=example(_EXAMPLE),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    windows.command("list", epilog=example("tenfold tickets window list"), help=_("List the newest windows."))(listed)
    windows.command("begin", epilog=example(_EXAMPLE), help=_("Begin a rehearsal or maintenance."))(begun)
    windows.command("end", epilog=example("tenfold tickets window end 3"), help=_("End one before its time."))(ended)
    group.add_typer(windows, name="window")


def listed(
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Over or not, the newest first."""
    from tenfold.ticketing.showing import print_windows

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    found = document_of(call.service.get("windows"))
    if not call.answered(found):
        print_windows(
            [each for each in found.get("items") or () if isinstance(each, dict)], call.terminal.out, call.zone
        )


def begun(
    kind: Annotated[Literal["rehearsal", "maintenance"], typer.Argument(help=_("What it is."), show_default=False)],
    reason: Annotated[
        str, typer.Argument(help=_("Why; it stands in the ledger beside each alert."), show_default=False)
    ],
    lasting: Annotated[
        str, typer.Option("--for", metavar="DURATION", help=_("How long it lasts, such as 30min or 2h."))
    ] = "1h",
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match",
            metavar="LABEL=VALUE",
            help=_("A label of the alerts that are expected, `*` for anything; may be repeated."),
            show_default=False,
        ),
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Payments go on opening tickets unless a matcher names them."""
    from tenfold.ticketing.showing import print_windows

    minutes = _minutes(lasting)
    matchers = dict(_matcher(each) for each in match or ())
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    body = {"kind": kind, "reason": reason, "minutes": minutes, "match": matchers}
    window = document_of(call.service.post("windows", body))
    if not call.answered(window):
        print_windows([window], call.terminal.out, call.zone)


def ended(
    window: Annotated[int, typer.Argument(metavar="WINDOW", min=1, help=_("Its number."), show_default=False)],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Alerts open tickets again from now on."""
    from tenfold.ticketing.showing import print_windows

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    over = document_of(call.service.post(f"windows/{window}/end"))
    if not call.answered(over):
        print_windows([over], call.terminal.out, call.zone)


def _minutes(lasting: str) -> int:
    from tenfold.settings.units import parse_duration

    try:
        seconds = parse_duration(lasting)
    except ValueError as error:
        raise CommandError(f"--for: {error}") from None
    return max(round(seconds / _MINUTE), 1)


def _matcher(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise CommandError(
            _("{text} is no label with a value.").format(text=repr(text)), _("Write for example --match instance=db-1")
        )
    return name.strip(), value
