"""The rehearsal window: while a rehearsal provokes the mall, what the ticket service hears of it opens no tickets."""

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tenfold.cli.options import Terminal
from tenfold.cli.ticket_options import document_of
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.ticketing.client import SERVER, TOKEN, Service, server_of, token_of
from tenfold.ticketing.showing import moment
from tenfold.words import _

# A service that does not answer holds the rehearsal up for no longer.
SECONDS = 5.0
# What a rehearsal takes beyond its rounds: the canary, watching, judging, and whoever starts the workers.
BEYOND_SECONDS = 900.0
# What the service takes at most.
LONGEST_MINUTES = 7 * 24 * 60
_REASON_AT_MOST = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a window is to expect.

    Attributes:
        match: Labels of the alerts; none for those that carry the mark of a rehearsal alone.
        reason: Stands in the ledger beside each alert.
        seconds: That the rounds take at most.
        zone: The mall's, for what is told.
    """

    match: Mapping[str, str]
    reason: str
    seconds: float
    zone: str


def service_for_window(settings: Settings | None, server: str | None, terminal: Terminal) -> Service | None:
    """The service that is asked for a window; None where none is meant.

    Args:
        settings: The configuration; a ticket room in it is one reason to ask.
        server: As named on the command line, the other one, like `$TENFOLD_SERVER`.
        terminal: Told of a mistake in the environment, which does not stop a rehearsal.

    Raises:
        CommandError: A service is named and cannot be asked.
    """
    if not server:
        room = settings is not None and settings.ticketing is not None
        if not os.environ.get(TOKEN, "").strip() or not (room or os.environ.get(SERVER)):
            return None
    try:
        return replace(Service(server_of(server, settings), token_of(settings)), seconds=SECONDS)
    except CommandError as error:
        if server:
            raise
        _complain_of_none(error, terminal)
        return None


@contextmanager
def rehearsal_window(service: Service | None, expected: Expected, terminal: Terminal) -> Iterator[None]:
    """A window for the length of the block, however it ends; it has an end of its own, for a process that is killed."""
    window = None if service is None else _begin(service, expected, terminal)
    try:
        yield
    finally:
        if service is not None and window is not None:
            _end(service, window, terminal)


@dataclass(frozen=True, slots=True)
class _Window:
    number: str
    until: str


def _begin(service: Service, expected: Expected, terminal: Terminal) -> _Window | None:
    minutes = min(math.ceil((expected.seconds + BEYOND_SECONDS) / 60), LONGEST_MINUTES)
    body = {
        "kind": "rehearsal",
        "reason": expected.reason[:_REASON_AT_MOST],
        "minutes": minutes,
        "match": dict(expected.match),
    }
    try:
        answer = document_of(service.post("windows", body))
    except CommandError as error:
        _complain_of_none(error, terminal)
        return None
    window = _Window(str(answer.get("id")), moment(answer.get("ends_at"), expected.zone))
    labels = ", ".join(f"{name}={value}" for name, value in expected.match.items()) or "rehearsal"
    terminal.remark(
        _("Rehearsal window {number}, until {time} at the latest: alerts with {labels} open no tickets, those of payments do.").format(
            number=window.number, time=window.until, labels=labels
        )
    )  # fmt: skip
    return window


def _end(service: Service, window: _Window, terminal: Terminal) -> None:
    try:
        service.post(f"windows/{window.number}/end")
    except CommandError as error:
        terminal.complain(
            _("The rehearsal window {number} was not ended and lasts until {time}: {reason}").format(
                number=window.number, time=window.until, reason=error.message
            )
        )


def _complain_of_none(error: CommandError, terminal: Terminal) -> None:
    terminal.complain(
        _("There is no rehearsal window, so alerts may open tickets: {reason}").format(reason=error.message)
    )
