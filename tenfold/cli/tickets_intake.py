"""`tenfold tickets ledger|quarantine|replay`: what became of the alerts."""

from typing import Annotated

import typer

from pages.plain import harmless
from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Server, begin, document_of
from tenfold.exits import ExitCode
from tenfold.words import _


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "ledger",
        epilog=example("tenfold tickets ledger --json"),
        help=_("Say what became of every alert: received = ticketed + merged + suppressed + quarantined."),
    )(ledger)
    group.command(
        "quarantine", epilog=example("tenfold tickets quarantine"), help=_("List what arrived and was not understood.")
    )(quarantine)
    group.command(
        "replay", epilog=example("tenfold tickets replay 7"), help=_("Take a post of the quarantine in again.")
    )(replay)


def ledger(
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 it balances, 1 it does not."""
    from tenfold.ticketing.showing import print_ledger

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    found = document_of(call.service.get("ledger"))
    if not call.answered(found):
        print_ledger(found, call.terminal.out)
    return ExitCode.DONE if found.get("balanced") is True else ExitCode.FINDINGS


def quarantine(
    per_page: Annotated[int, typer.Option("--per-page", min=1, max=200, help=_("At most so many."))] = 50,
    before: Annotated[
        int | None, typer.Option("--before", min=1, help=_("Only posts before this one."), show_default=False)
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The newest first."""
    from tenfold.ticketing.showing import print_quarantine

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    asked = {"per_page": per_page} if before is None else {"per_page": per_page, "before": before}
    found = document_of(call.service.get("quarantine", asked))
    if not call.answered(found):
        print_quarantine(found, call.terminal.out, call.zone)


def replay(
    post: Annotated[
        int, typer.Argument(metavar="POST", min=1, help=_("Its number in the quarantine."), show_default=False)
    ],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 it was understood, 1 it is in quarantine again."""
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    receipt = document_of(call.service.post(f"quarantine/{post}/replay"))
    refused = receipt.get("problem")
    if not call.answered(receipt):
        tickets = ", ".join(f"T-{each}" for each in receipt.get("tickets") or ()) or "–"
        call.terminal.out.print(
            _("Still not understood: {reason}").format(reason=harmless(str(refused)))
            if refused
            else _("Taken in: {count} alerts, tickets {tickets}.").format(
                count=receipt.get("received"), tickets=tickets
            ),
            markup=False,
            soft_wrap=True,
        )
    return ExitCode.FINDINGS if refused else ExitCode.DONE
