"""What people may write into fields: bounded, and storable on every database."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from tickets.events import TEXT_AT_MOST, TITLE_AT_MOST

LINE_AT_MOST = 200
# Control characters but tab and line ends: they would reach people's terminals by the command line. PostgreSQL stores no NUL at all.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_END = re.compile("[\t\r\n\u2028\u2029]+")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def storable(text: str) -> str:
    """The text without what no database, terminal or page should get.

    Raises:
        ValueError: It is no Unicode text (a lone surrogate).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("this is no Unicode text") from None
    return without_controls(text)


def without_controls(text: str) -> str:
    """The text without control characters; tabs and line ends stay."""
    return _CONTROL.sub("", text)


def in_one_line(text: str) -> str:
    """The same in one line."""
    return _LINE_END.sub(" ", storable(text)).strip()


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC.

    Raises:
        ValueError: It is no time in which a mall is run.
    """
    if not EARLIEST.replace(tzinfo=None) < moment.replace(tzinfo=None) < LATEST.replace(tzinfo=None):
        raise ValueError("the time lies outside of the years 2000 to 2199")
    return moment.astimezone(UTC)


def _something(text: str) -> str:
    if not text.strip():
        raise ValueError("this must not be empty")
    return text


Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TITLE_AT_MOST),
    AfterValidator(in_one_line),
    AfterValidator(_something),
]
Line = Annotated[str, StringConstraints(max_length=LINE_AT_MOST), AfterValidator(in_one_line)]
Prose = Annotated[str, StringConstraints(max_length=TEXT_AT_MOST), AfterValidator(storable)]
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=TEXT_AT_MOST), AfterValidator(storable), AfterValidator(_something)
]
Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
# What SQLite and PostgreSQL count with.
TicketNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]
