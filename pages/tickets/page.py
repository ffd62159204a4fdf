"""The pages of the ticket room as HTML, each complete in itself."""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from facts.message import Message, msg
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.plain import harmless
from pages.tickets import times, words
from pages.tickets.office_records import Accounts, Audit, Figures, Ledger, Quarantine, Windows
from pages.tickets.records import Around, Board, Filters, Listing, Typed
from pages.tickets.ticket_records import TicketPage
from pages.translation import translator

HERE = Path(__file__).parent
STYLES = (SHARED / "report.css", HERE / "tickets.css")
SCRIPTS = (HERE / "tickets.js",)
# Name, address and word of every page in the menu.
MENU = (
    ("board", "/tickets", msg("Board")),
    ("new", "/tickets/new", msg("New ticket")),
    ("search", "/tickets/list", msg("Search")),
    ("figures", "/tickets/figures", msg("Figures")),
    ("ledger", "/tickets/ledger", msg("Ledger")),
    ("quarantine", "/tickets/quarantine", msg("Quarantine")),
    ("windows", "/tickets/windows", msg("Windows")),
    ("accounts", "/tickets/accounts", msg("Accounts")),
    ("audit", "/tickets/audit", msg("Who did what")),
)


def login_page(around: Around, *, name: str = "", following: str = "", csrf: str = "", problem: Message | None) -> str:
    """Where somebody says who they are.

    Args:
        around: The page's surroundings, without a person.
        name: That was typed before.
        following: The address that they wanted.
        csrf: Of the form.
        problem: Why the last attempt failed.
    """
    return _page("login", around, name=name, next=following, csrf=csrf, problem=problem)


def board_page(around: Around, board: Board) -> str:
    """Every open ticket, by state."""
    return _page("board", around, board=board, further=_further(board.filters, without="state"))


def listing_page(around: Around, listing: Listing) -> str:
    """What a search has found."""
    return _page("listing", around, listing=listing, further=_further(listing.filters))


def ticket_page(around: Around, ticket: TicketPage, may: frozenset[str], typed: Typed | None = None) -> str:
    """One ticket.

    Args:
        around: The page's surroundings.
        ticket: What the reader may see of it.
        may: `comment`, `internal` and `attach`, as the reader may.
        typed: A form that could not be accepted.
    """
    return _page("ticket", around, ticket=ticket, may=may, typed=typed)


def new_page(around: Around, areas: tuple[str, ...], typed: Typed | None = None) -> str:
    """Where a person reports something."""
    return _page("new", around, areas=areas, typed=typed)


def problem_page(
    around: Around, status: int, title: Message, detail: Message, back: str, kept: tuple[tuple[str, str], ...] = ()
) -> str:
    """What went wrong, and what to do.

    Args:
        around: The page's surroundings.
        status: Of HTTP.
        title: In a word.
        detail: What happened, and what to do.
        back: Where to go from here.
        kept: What was written in a form that could not be accepted: name and text.
    """
    return _page("problem", around, status=status, title=title, detail=detail, back=back, kept=kept)


def figures_page(around: Around, figures: Figures) -> str:
    """How it went, month by month."""
    return _page("figures", around, figures=figures)


def ledger_page(around: Around, ledger: Ledger) -> str:
    """What became of every alert."""
    return _page("ledger", around, ledger=ledger)


def quarantine_page(around: Around, quarantine: Quarantine) -> str:
    """What could not be understood, and can be tried again."""
    return _page("quarantine", around, quarantine=quarantine)


def windows_page(around: Around, windows: Windows, typed: Typed | None = None) -> str:
    """Times in which what happens is expected."""
    return _page("windows", around, windows=windows, typed=typed)


def audit_page(around: Around, audit: Audit) -> str:
    """Who did what, and when."""
    return _page("audit", around, audit=audit)


def accounts_page(around: Around, accounts: Accounts, typed: Typed | None = None) -> str:
    """People and machines, and what they may."""
    return _page("accounts", around, accounts=accounts, typed=typed)


def me_page(around: Around, problem: Message | None) -> str:
    """One's own account.

    Args:
        around: The page's surroundings.
        problem: Why the password could not be changed.
    """
    return _page("me", around, problem=problem)


def _page(template: str, around: Around, **values: Any) -> str:
    say = translator(around.language)

    def say_or_clean(text: Message | str) -> str:
        return harmless(say(text) if isinstance(text, Message) else text)

    return render(
        f"tickets/{template}.html.j2",
        around.language,
        say,
        styles=STYLES,
        scripts=SCRIPTS,
        around=around,
        menu=MENU,
        words=words,
        local=lambda at, exact=False: times.local(at, around.zone, exact=exact),
        brief=lambda at: times.brief(at, around.now, around.zone),
        on_its_day=lambda at: _on_its_day(at, around),
        for_input=lambda at: times.for_input(at, around.zone),
        counted=times.counted,
        spoken=times.spoken,
        milliseconds=times.milliseconds,
        in_language=lambda language: f"{around.here}{'&' if '?' in around.here else '?'}lang={language}",
        say_or_clean=say_or_clean,
        **values,
    )


def _on_its_day(at: datetime, around: Around) -> str:
    """A moment to come, briefly, with its weekday unless that is today."""
    text, day = times.brief(at, around.now, around.zone), at.astimezone(times.zone(around.zone))
    if day.date() == around.now.astimezone(times.zone(around.zone)).date():
        return text
    return f"{translator(around.language)(words.WEEKDAYS[day.weekday()])} {text}"


def _further(filters: Filters, without: str = "") -> str:
    """The filters for the end of an address that has a query already."""
    chosen = {
        "q": filters.text,
        "mine": "1" if filters.mine else "",
        "urgency": filters.urgency,
        "area": filters.area,
        "state": filters.state,
    }
    query = urlencode({name: value for name, value in chosen.items() if value and name != without})
    return f"&{query}" if query else ""
