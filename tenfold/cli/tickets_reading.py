"""`tenfold tickets list|show|create|report`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from facts.system_errors import why
from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Number, Server, begin, document_of, given, number_of
from tenfold.exits import CommandError
from tenfold.settings.ticket_rules import UrgencyWord
from tenfold.words import _, say
from tickets.names import Urgency


class StateAsked(StrEnum):
    """A state, or `open` for both in which something has still to be done."""

    OPEN = "open"
    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "list",
        epilog=example("tenfold tickets list --state open --urgency urgent"),
        help=_("List tickets, the newest first."),
    )(list_tickets)
    group.command(
        "show", epilog=example("tenfold tickets show T-12"), help=_("Show a ticket: promises, plan, solution, log.")
    )(show)
    group.command(
        "create",
        epilog=example("tenfold tickets create 'Coupons are counted twice' --urgency important"),
        help=_("Open a ticket."),
    )(create)
    group.command(
        "report",
        epilog=example("tenfold tickets report T-12 -o incident.md"),
        help=_("Draft the incident report of a ticket."),
    )(report)


def list_tickets(
    state: Annotated[
        list[StateAsked] | None,
        typer.Option("--state", help=_("Only these; may be repeated."), show_default=False),
    ] = None,
    urgency: Annotated[
        list[Urgency] | None,
        typer.Option("--urgency", help=_("Only these; may be repeated."), show_default=False),
    ] = None,
    area: Annotated[str, typer.Option("--area", help=_("A part of the mall."), show_default=False)] = "",
    owner: Annotated[str, typer.Option("--owner", help=_("An account, `me`, or `nobody`."), show_default=False)] = "",
    words: Annotated[
        str, typer.Option("-s", "--search", help=_("Words of the ticket, or its number."), show_default=False)
    ] = "",
    page: Annotated[int, typer.Option("--page", min=1, max=100_000, help=_("Which page."))] = 1,
    per_page: Annotated[int, typer.Option("--per-page", min=1, max=200, help=_("Tickets on it."))] = 50,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Whoever may not see all of them sees their own."""
    from tenfold.ticketing.showing_list import print_list

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    asked: dict[str, str | int | list[str]] = {
        name: value
        for name, value in (
            ("state", [*(state or ())]), ("urgency", [*(urgency or ())]), ("area", area), ("owner", owner), ("q", words),
        )
        if value
    }  # fmt: skip
    found = document_of(call.service.get("tickets", {**asked, "page": page, "per_page": per_page}))
    if not call.answered(found):
        print_list(found, call.terminal.out, call.zone)


def show(
    number: Number,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """What the API tells of it."""
    from tenfold.ticketing.showing import print_ticket

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    ticket = document_of(call.service.get(f"tickets/{number_of(number)}"))
    if not call.answered(ticket):
        print_ticket(ticket, call.terminal.out, call.zone)


def create(
    title: Annotated[str, typer.Argument(help=_("What is the matter, in one line."), show_default=False)],
    summary: Annotated[str, typer.Option("--summary", help=_("More about it."), show_default=False)] = "",
    urgency: Annotated[UrgencyWord, typer.Option("--urgency", help=_("How soon it has to be dealt with."))] = "normal",
    area: Annotated[str, typer.Option("--area", help=_("A part of the mall."), show_default=False)] = "",
    owner: Annotated[
        str | None, typer.Option("--owner", help=_("Who is responsible from the start."), show_default=False)
    ] = None,
    reporter: Annotated[
        str | None, typer.Option("--reporter", help=_("In whose name; default your own."), show_default=False)
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Prints the new ticket."""
    from tenfold.ticketing.showing import print_short

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    body = {"title": title, "summary": summary, "urgency": urgency, "area": area, "owner": owner, "reporter": reporter}
    ticket = call.service.post("tickets", given(body))
    if not call.answered(ticket):
        print_short(document_of(ticket), call.terminal.out)


def report(
    number: Number,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help=_("A file, .md or .html; without it, Markdown on stdout."), show_default=False
        ),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option("--lang", help=_("Language of the report; default the terminal's."), show_default=False),
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """With --json, the Markdown is a member of the document."""
    from tenfold.words import terminal_language

    suffix = output.suffix.lower() if output else ".md"
    kind = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html"}.get(suffix)
    if kind is None:
        raise CommandError(
            _("{path} is neither Markdown nor HTML.").format(path=output), _("Name a file that ends in .md or .html.")
        )
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    ticket = number_of(number)
    text = call.service.text(f"tickets/{ticket}/report", {"format": kind, "lang": lang or terminal_language()})
    if output is None and call.answered({"id": ticket, "name": f"T-{ticket}", "markdown": text}):
        return
    if output is None:
        call.terminal.out.file.write(text if text.endswith("\n") else f"{text}\n")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            _("{path} cannot be written: {reason}.").format(path=output, reason=say(why(error)))
        ) from None
    call.terminal.remark(_("Report: {path}").format(path=output.absolute()))
