"""Who asks for a page, and in which language."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request

from facts.message import Message
from pages.tickets.records import Around, Person
from pages.translation import LANGUAGES, Language
from tickets.desk import Desk
from tickets.names import Role
from tickets.people.refusals import NotAllowed
from tickets.people.roles import includes
from tickets.web.caller import AnyCaller, Caller, TheDesk
from tickets.web.pages.lent import PARTS
from tickets.web.pages.parts import Parts

LANGUAGE_COOKIE = "tenfold_lang"
# Which pages each role finds in the menu.
SEES = (
    ("board", Role.REPORTER),
    ("new", Role.REPORTER),
    ("search", Role.REPORTER),
    ("figures", Role.LEAD),
    ("ledger", Role.LEAD),
    ("quarantine", Role.LEAD),
    ("windows", Role.ENGINEER),
    ("accounts", Role.ADMIN),
    ("audit", Role.ADMIN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request for a page by somebody who is logged in.

    Attributes:
        parts: What the pages may show of other parts of the room.
    """

    request: Request
    desk: Desk
    who: Caller
    language: Language
    parts: Parts

    def ensure(self, least: Role) -> None:
        """Lets those pass who may do as much.

        Raises:
            NotAllowed: They may not.
        """
        if not includes(self.who.role, least):
            raise NotAllowed

    def around(self, active: str = "", here: str = "", said: Message | None = None) -> Around:
        """What surrounds a page.

        Args:
            active: Name of the page in the menu.
            here: Its address where that is not the one that was asked for.
            said: A line on what has just been done.
        """
        lent = {
            "figures": self.parts.figures is not None,
            "ledger": self.parts.ledger is not None,
            "quarantine": self.parts.quarantine is not None,
        }
        sees = tuple(name for name, least in SEES if includes(self.who.role, least) and lent.get(name, True))
        return Around(
            mall=self.desk.mall,
            zone=self.desk.timezone,
            language=self.language,
            now=self.desk.now(),
            here=here or here_of(self.request),
            active=active,
            said=said,
            person=Person(name=self.who.name, role=self.who.role.value, csrf=self.who.csrf, sees=sees),
        )


def visit(request: Request, desk: TheDesk, who: AnyCaller) -> Visit:
    """The visit; also kept with the request, for whoever has to say what went wrong.

    Raises:
        HTTPException: 401: nobody that we know. 503: the store is not open yet.
    """
    parts: Parts = getattr(request.app.state, "parts", PARTS)
    found = Visit(request=request, desk=desk, who=who, language=language_of(request, who.lang), parts=parts)
    request.state.visit = found
    return found


AnyVisit = Annotated[Visit, Depends(visit)]


def language_of(request: Request, chosen: str = "") -> Language:
    """The language of a page: the address says it, else what was said before, else the account, else the browser.

    Args:
        request: For a page.
        chosen: Of the account.
    """
    for said in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), chosen):
        for language in LANGUAGES:
            if said == language:
                return language
    return _preferred(request.headers.get("Accept-Language", ""))


def _preferred(header: str) -> Language:
    """The first of ours in the order of their weights (RFC 9110, 12.5.4); English where none is named."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, given = part.strip().partition(";q=")
        try:
            wanted.append((float(given or 1), name.strip().lower()))
        except ValueError:
            continue
    for weight, name in sorted(wanted, key=lambda each: -each[0]):
        for language in LANGUAGES:
            if weight > 0 and (name == language or name.startswith(f"{language}-")):
                return language
    return "en"


def here_of(request: Request) -> str:
    """Path and query of a page, without what is said once only."""
    asked = parse_qsl(request.url.query, max_num_fields=50) if len(request.url.query) < 2000 else []  # noqa: PLR2004  (longer is none of ours)
    kept = urlencode([(name, value) for name, value in asked if name not in {"lang", "said"}])
    path = request.url.path
    return f"{path}?{kept}" if kept else path
