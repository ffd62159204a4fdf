"""The page behind a claim link, for a telephone at night: what it is about, and one button."""

from dataclasses import dataclass
from pathlib import Path

from facts.message import Message, msg
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.translation import Language, translator

STYLES = (SHARED / "report.css", Path(__file__).parent / "claim.css")
URGENCIES = {"urgent": msg("urgent"), "important": msg("important"), "normal": msg("normal")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """What the page shows.

    Attributes:
        standing: `good`, `claimed`, `forged`, `expired`, `used`, `taken`, `ended` or `not_allowed`.
        account: Whom the link names; empty for a forged one.
        ticket: As people write it; empty for a forged link.
        owner: Who has it now; empty for nobody.
        page: The address of the ticket's own page; empty when it is not known.
    """

    mall: str
    standing: str
    account: str = ""
    ticket: str = ""
    title: str = ""
    urgency: str = ""
    owner: str = ""
    page: str = ""


def claim_page(view: ClaimView, language: Language) -> str:
    """The page as HTML, complete in itself.

    Args:
        view: What it shows.
        language: Of the page.
    """
    return render(
        "tickets/claim.html.j2",
        language,
        translator(language),
        styles=STYLES,
        scripts=(),
        view=view,
        urgency=URGENCIES.get(view.urgency),
        told=_told(view),
    )


def _told(view: ClaimView) -> tuple[Message, Message]:
    """What has happened, and what can be done."""
    open_it = msg("Log in and open the ticket to see how it stands.")
    match view.standing:
        case "good":
            return (
                msg("Nobody has taken {ticket} yet.", ticket=view.ticket),
                msg("Claimed as {account}, it is yours from now on.", account=view.account),
            )
        case "claimed":
            return (
                msg("{ticket} is yours, {account}.", ticket=view.ticket, account=view.account),
                msg("The first response is noted. Say next what you are going to do."),
            )
        case "expired":
            return (
                msg("This link has expired; {ticket} is still not taken.", ticket=view.ticket),
                msg("Log in and take the ticket there, or use the link of a newer message."),
            )
        case "used":
            return msg("This link has been used already, and it works once."), open_it
        case "taken":
            return msg("{owner} has taken {ticket} meanwhile.", owner=view.owner, ticket=view.ticket), open_it
        case "ended":
            return msg("{ticket} is no longer open; there is nothing to claim.", ticket=view.ticket), open_it
        case "not_allowed":
            return (
                msg("The account {account} may not take tickets.", account=view.account),
                msg("Ask somebody who leads the team for the engineer's role."),
            )
        case _:
            return (
                msg("This link is not one of ours, or it was not copied whole."),
                msg("Open it from the message itself, or log in and look for the ticket."),
            )
