"""Sentences in the reader's language; English is the key and the fallback."""

import gettext
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from facts.message import Message

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

    def translate(text: Message | str) -> str:
        if isinstance(text, Message):
            template = catalogue.gettext(text.template)
            return template.format_map(text.values) if text.values else template
        return catalogue.gettext(text) if text else ""

    return translate
