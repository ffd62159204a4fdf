"""`tenfold tickets attach|attachments|attachment`: the files of a ticket."""

from pathlib import Path
from typing import Annotated, Any

import typer

from facts.system_errors import why
from tenfold.cli.options import Config, Json, Quiet, Verbose, example
from tenfold.cli.ticket_options import Number, Server, begin, document_of, number_of
from tenfold.exits import CommandError
from tenfold.words import _, say

# What the service takes; a file that is larger is not even read.
MB_AT_MOST = 10


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    group.command(
        "attach",
        epilog=example("tenfold tickets attach T-12 error.log screen.png"),
        help=_("Attach files to a ticket."),
    )(attach)
    group.command(
        "attachments", epilog=example("tenfold tickets attachments T-12"), help=_("List the files of a ticket.")
    )(attachments)
    group.command(
        "attachment",
        epilog=example("tenfold tickets attachment T-12 error.log -o /tmp/error.log"),
        help=_("Save a file of a ticket."),
    )(attachment)


def attach(
    number: Number,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=_("At most 10 MB each."), show_default=False)],
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """The reporter sees them."""
    from tenfold.ticketing.showing_further import print_files

    bodies = [(each, _body(each)) for each in files]
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    ticket: dict[str, Any] = {}
    for path, body in bodies:
        try:
            ticket = document_of(call.service.attach(f"tickets/{number_of(number)}/attachments", path.name, body))
        except CommandError as error:
            error.message = _("{path}: {problem}").format(path=path, problem=error.message)
            raise
    if not call.answered(ticket):
        print_files(_files(ticket)[-len(bodies) :], call.terminal.out)


def attachments(
    number: Number,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """In the order in which they came."""
    from tenfold.ticketing.showing_further import print_files

    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    found = _files(document_of(call.service.get(f"tickets/{number_of(number)}")))
    if not call.answered({"attachments": found}):
        print_files(found, call.terminal.out)


def attachment(
    number: Number,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Its name, or its number."), show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=_("Where to; default its own name, in this folder."), show_default=False),
    ] = None,
    server: Server = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Without -o, a file that is here already is left alone."""
    call = begin(server, config, as_json=as_json, quiet=quiet, verbose=verbose)
    ticket = number_of(number)
    found = _files(document_of(call.service.get(f"tickets/{ticket}")))
    file = _named(found, name)
    # The service cleans names, and yet: whatever it says, the file ends up in this folder.
    path = output or Path(Path(str(file["name"])).name or "attachment")
    if output is None and path.exists():
        raise CommandError(
            _("{path} is here already.").format(path=path), _("Name another file with -o, or the same to replace it.")
        )
    body = call.service.file(f"tickets/{ticket}/attachments/{file['id']}")
    try:
        path.write_bytes(body)
    except OSError as error:
        raise CommandError(_("{path} cannot be written: {reason}.").format(path=path, reason=say(why(error)))) from None
    if not call.answered({**file, "path": str(path.absolute())}):
        call.terminal.remark(_("Saved: {path}").format(path=path.absolute()))


def _body(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            body = file.read(MB_AT_MOST * 2**20 + 1)
    except OSError as error:
        raise CommandError(_("{path} cannot be read: {reason}.").format(path=path, reason=say(why(error)))) from None
    if len(body) > MB_AT_MOST * 2**20:
        raise CommandError(_("{path} has more than {count} MB.").format(path=path, count=MB_AT_MOST))
    return body


def _files(ticket: dict[str, Any]) -> list[dict[str, Any]]:
    found = ticket.get("attachments")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _named(found: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The file of that name; of several the number is asked for."""
    meant = [each for each in found if each.get("name") == name] or [
        each for each in found if str(each.get("id")) == name
    ]
    if not meant:
        raise CommandError(
            _("The ticket has no file {name}.").format(name=repr(name)),
            _("See them with: {command}").format(command="tenfold tickets attachments"),
        )
    if len(meant) > 1:
        raise CommandError(
            _("Several files of the ticket have the name {name}.").format(name=repr(name)),
            _("Give the number of one: {numbers}").format(numbers=", ".join(str(each.get("id")) for each in meant)),
        )
    return meant[0]
