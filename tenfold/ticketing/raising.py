"""`--raise`: what an audit or a rehearsal has found becomes tickets, over the API."""

from collections.abc import Mapping, Sequence
from typing import Any

from facts.system_errors import why
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.reporting import RUNS
from tenfold.settings import Settings
from tenfold.ticketing import raised
from tenfold.ticketing.client import Service, server_of, token_of
from tenfold.words import _, say

# A post is one transaction of the store.
ALERTS_A_POST = 100


def service_for_raising(settings: Settings | None, server: str | None = None) -> Service:
    """The service that will be told; asked for before the work begins, so that nothing is found out at its end.

    Raises:
        CommandError: There is no token, or the address is none.
    """
    return Service(server_of(server, settings), token_of(settings))


def raise_findings(
    document: Mapping[str, Any], at_least: str | None, service: Service, terminal: Terminal, *, complete: bool
) -> None:
    """Opens a ticket for each finding that is severe enough, or adds to the one that is open; says which of before are over.

    Args:
        document: `findings.json`.
        at_least: The least severity; None for the usual one.
        service: Who is told.
        terminal: For a remark.
        complete: The audit was not cut short, so what it does not find is over.

    Raises:
        CommandError: It could not be told.
    """
    from tickets.intake.findings import AT_LEAST, deserving, of_audit, of_gone

    least = at_least or AT_LEAST
    before = raised.load(RUNS)
    gone = raised.over(before, service.url, document) if complete else []
    ended = of_gone([each.model_dump() for each in gone], str(document["mall"]))
    _send([*of_audit(document, least), *ended], service, terminal)
    if gone:
        terminal.remark(_("No longer found, and told as over: {count}").format(count=len(gone)))
    try:
        raised.save(RUNS, raised.after(before, service.url, document, deserving(document, least), gone))
    except OSError as error:
        terminal.complain(
            _("{path} cannot be written: {reason}.").format(path=RUNS / raised.FILE, reason=say(why(error)))
        )


def raise_rounds(rounds: Sequence[Mapping[str, Any]], mall: str, service: Service, terminal: Terminal) -> None:
    """Opens a ticket for each round that ended with NO-GO, or adds to the one that is open.

    Args:
        rounds: As `round.json` has them.
        mall: Its name.
        service: Who is told.
        terminal: For a remark.

    Raises:
        CommandError: It could not be told.
    """
    from tickets.intake.findings import of_rounds

    _send(of_rounds(rounds, mall), service, terminal)


def _send(alerts: Sequence[Mapping[str, Any]], service: Service, terminal: Terminal) -> None:
    if not alerts:
        terminal.remark(_("Nothing was found that deserves a ticket."))
        return
    tickets: list[int] = []
    for begin in range(0, len(alerts), ALERTS_A_POST):
        receipt = service.post("alerts", list(alerts[begin : begin + ALERTS_A_POST]))
        if not isinstance(receipt, dict) or receipt.get("problem"):
            reason = receipt.get("problem") if isinstance(receipt, dict) else _("it answered something unknown")
            raise CommandError(_("The ticket service did not understand it: {reason}.").format(reason=reason))
        tickets += [each for each in receipt.get("tickets") or () if isinstance(each, int)]
    names = ", ".join(f"T-{each}" for each in dict.fromkeys(tickets)) or "–"
    terminal.remark(_("Told the ticket service of {count}: {tickets}").format(count=len(alerts), tickets=names))
