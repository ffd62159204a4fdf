"""The service's front page: what is watched, whether it answers, and what to do where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facts.message import Message, msg
from pages.html.frame import FOLDER as SHARED
from pages.html.frame import render
from pages.translation import Language, translator

STYLES = (SHARED / "report.css", Path(__file__).parent / "landing.css")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One target.

    Attributes:
        up: Whether its last reading came; None before the first.
        detail: What happened where it did not.
        failing: Collectors that read nothing: name, what happened, what to do.
    """

    name: str
    kind: str
    database: str = ""
    up: bool | None
    detail: Message | None = None
    remedy: Message | None = None
    collectors: int = 0
    series: int = 0
    seconds: float = 0.0
    failing: tuple[tuple[str, Message | None, Message | None], ...] = ()


KINDS = {
    "postgres": msg("PostgreSQL"),
    "redis": msg("Redis"),
    "host": msg("machine"),
    "front": msg("storefront"),
    "runs": msg("audits and rehearsals"),
    "tickets": msg("tickets"),
}


def landing_page(mall: str, rows: Sequence[Row], language: Language, *, tickets: bool = False) -> str:
    """The page as HTML, complete in itself.

    Args:
        mall: Its name.
        rows: Everything that is watched.
        language: Of the page.
        tickets: The service has a ticket room.
    """
    return render(
        "serving/landing.html.j2",
        language,
        translator(language),
        styles=STYLES,
        scripts=(),
        mall=mall,
        rows=rows,
        kinds=KINDS,
        tickets=tickets,
    )
