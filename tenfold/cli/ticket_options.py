"""What the commands of the ticket room share: where the service is, which ticket, and how a command begins."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tenfold.cli.options import Terminal, print_json, read_settings
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.words import _

if TYPE_CHECKING:
    from tenfold.ticketing.client import Service

_NUMBER = re.compile(r"(?:T-)?([1-9]\d{0,17})", re.IGNORECASE)
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help=_("The ticket service; default $TENFOLD_SERVER, then where [serve] listen of the configuration is."),
        show_default=False,
    ),
]
Number = Annotated[str, typer.Argument(metavar="TICKET", help=_("Its number, such as 12 or T-12."), show_default=False)]
FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M"]
At = Annotated[
    datetime | None,
    typer.Option(
        "--expected",
        formats=FORMATS,
        metavar="TIME",
        help=_("When it will be solved, as 2026-11-11T02:30, on the mall's clock."),
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Call:
    """A command that has begun.

    Attributes:
        service: The API.
        terminal: Where to print.
        as_json: One document instead of words.
        zone: The mall's time zone.
    """

    service: "Service"
    terminal: Terminal
    as_json: bool
    zone: str

    def answered(self, document: Any) -> bool:
        """Prints the document when that was asked for."""
        if self.as_json:
            print_json(document, self.terminal.out)
        return self.as_json

    def move(self, number: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Makes a move and says how the ticket stands then; the ticket as the service answered it."""
        from tenfold.ticketing.showing import print_short

        ticket = document_of(self.service.post(f"tickets/{number_of(number)}/{what}", given(body or {})))
        if not self.answered(ticket):
            print_short(ticket, self.terminal.out)
        return ticket

    def moment(self, at: datetime | None) -> str | None:
        """A moment as the API takes it; without an offset it is on the mall's clock."""
        if at is None:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))).isoformat()


def begin(server: str | None, config: Path | None, *, as_json: bool, quiet: bool, verbose: bool) -> Call:
    """The service that is meant, with our token.

    Raises:
        CommandError: The configuration has a mistake, or there is no token.
    """
    from tenfold.ticketing.client import Service, server_of, token_of

    settings = read_settings(config)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    service = Service(server_of(server, settings), token_of(settings))
    return Call(service, terminal, as_json, (settings or Settings()).mall.timezone)


def number_of(text: str) -> int:
    """The number of a ticket.

    Raises:
        CommandError: It is none.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise CommandError(
            _("{text} is no ticket's number.").format(text=repr(text)), _("Write for example 12 or T-12.")
        )
    return int(match[1])


def given(body: dict[str, Any]) -> dict[str, Any]:
    """What was said, without what was not."""
    return {name: value for name, value in body.items() if value is not None}


def document_of(answer: Any) -> dict[str, Any]:
    """An answer that is an object.

    Raises:
        CommandError: It is not; the service is another one.
    """
    if not isinstance(answer, dict):
        raise CommandError(_("The ticket service answered something that this version does not know."))
    return answer
