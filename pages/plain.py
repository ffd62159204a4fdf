"""Text that came from outside, made harmless for a terminal or a plain-text file."""

import re
import unicodedata

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# These reorder what a reader sees: U+202A to U+202E and U+2066 to U+2069.
_REORDERING = frozenset(chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def harmless(text: str) -> str:
    """The text without terminal escape sequences, control characters and marks that reorder what is seen; tabs and newlines stay."""
    text = _ESCAPES.sub("", text)
    return "".join(
        each
        for each in text
        if each in "\n\t" or (unicodedata.category(each) not in {"Cc", "Cs"} and each not in _REORDERING)
    )
