"""Sentences in the reader's language; English is the key and the fallback."""

import gettext
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from facts.message import Counted, Message

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "tenfold"

Translate = Callable[[Message | str], str]


@lru_cache(maxsize=4)
def translator(language: Language) -> Translate:
    """What turns a message, or a template without values, into a sentence.

    Args:
        language: `en` or `zh`; without a compiled catalogue everything stays English.
    """
    catalogue = gettext.translation(DOMAIN, LOCALE, languages=[language], fallback=True)

    def sentence(template: str) -> str:
        # The empty text is the key of the catalogue's own header.
        return catalogue.gettext(template) if template else ""

    def translate(text: Message | str) -> str:
        if not isinstance(text, Message):
            return sentence(text)
        template = (
            catalogue.ngettext(text.one, text.template, text.number)
            if isinstance(text, Counted)
            else sentence(text.template)
        )
        return template.format_map(
            {name: translate(value) if isinstance(value, Message) else value for name, value in text.values.items()}
        )

    return translate
