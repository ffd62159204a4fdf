"""What a browser sends with a form: text of a bounded length, moments in the mall's time zone, one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from facts.message import msg
from pages.tickets.times import from_input
from tickets.events import TEXT_AT_MOST
from tickets.people.refusals import Refused
from tickets.web.texts import in_one_line, in_utc, storable

STARS = ("1", "2", "3", "4", "5")
_HIDDEN = frozenset({"csrf", "password"})
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields by name, and the files."""

    texts: Mapping[str, str]
    files: Mapping[str, UploadFile]

    @property
    def kept(self) -> dict[str, str]:
        """What is shown again when the form cannot be accepted."""
        return {name: value for name, value in self.texts.items() if name not in _HIDDEN}

    def text(self, name: str, most: int = TEXT_AT_MOST) -> str:
        """Some lines.

        Raises:
            Refused: They are too many, or no text.
        """
        found = self.texts.get(name, "").replace("\r\n", "\n")
        try:
            kept = storable(found).strip()
        except ValueError:
            raise Refused(msg("That is no Unicode text.")) from None
        if len(kept) > most:
            raise Refused(
                msg("A text has at most {count} characters; this one has {there}.", count=most, there=len(kept))
            )
        return kept

    def needed(self, name: str, most: int = TEXT_AT_MOST) -> str:
        """Some lines that must be there.

        Raises:
            Refused: They are not.
        """
        found = self.text(name, most)
        if not found:
            raise Refused(msg("A field that is needed is empty."))
        return found

    def line(self, name: str, most: int) -> str:
        """One line."""
        return in_one_line(self.text(name, most))

    def needed_line(self, name: str, most: int) -> str:
        """One line that must be there."""
        return in_one_line(self.needed(name, most))

    def word(self, name: str, words: type[Word]) -> Word:
        """One of our words.

        Raises:
            Refused: It is none.
        """
        try:
            return words(self.texts.get(name, ""))
        except ValueError:
            raise Refused(msg("Choose one of those that are offered.")) from None

    def stars(self, name: str) -> int:
        """1 to 5.

        Raises:
            Refused: It is none of these.
        """
        found = self.texts.get(name, "")
        if found not in STARS:
            raise Refused(msg("Rate attitude, speed and result with 1 to 5 each."))
        return int(found)

    def number(self, name: str) -> int:
        """A whole number, also as a ticket is written.

        Raises:
            Refused: It is none.
        """
        found = self.texts.get(name, "").strip().upper().removeprefix("T-")
        if not (found.isascii() and found.isdecimal() and len(found) <= 18):  # noqa: PLR2004  (digits of int64)
            raise Refused(msg("That is no number of a ticket; write it like T-12."))
        return int(found)

    def moment(self, name: str, zone: str) -> datetime | None:
        """A moment; None where the field is empty.

        Raises:
            Refused: It is no moment.
        """
        found = self.texts.get(name, "").strip()
        if not found:
            return None
        try:
            return in_utc(from_input(found[:40], zone))
        except (ValueError, OverflowError):
            raise Refused(msg("That is no time; write it like 2026-11-11 02:00.")) from None

    def needed_moment(self, name: str, zone: str) -> datetime:
        """A moment that must be there."""
        found = self.moment(name, zone)
        if found is None:
            raise Refused(msg("A field that is needed is empty."))
        return found


async def form_of(request: Request) -> Form:
    """The form; its size was bounded before (`tickets.web.bodies`)."""
    given = await request.form()
    texts = {name: value for name, value in given.multi_items() if isinstance(value, str)}
    files = {name: value for name, value in given.multi_items() if isinstance(value, UploadFile)}
    return Form(texts, files)


AnyForm = Annotated[Form, Depends(form_of)]
