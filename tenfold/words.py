"""The language that the terminal speaks before any configuration has been read."""

import os

from pages.translation import Language, translator


def terminal_language() -> Language:
    """`zh` when the locale of the terminal is Chinese, else `en`; TENFOLD_LANG overrules it."""
    for name in ("TENFOLD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


_ = translator(terminal_language())
# The same, for sentences that were made elsewhere: what `_` is given is taken for the catalogue and has to be literal text.
say = _
