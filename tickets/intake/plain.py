"""Hostile text made plain: bounded, without what a database refuses, and nothing else changed; escaping is for those who show it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

CUT = "…[cut]"
NO_TEXT = "[no text]"
LABELS_AT_MOST = 64
NAME_AT_MOST = 100
VALUE_AT_MOST = 1_000
# All labels of an alert together, in characters; the raw body has the rest.
ALL_AT_MOST = 8_000
KEY_AT_MOST = 500
# NUL is refused by PostgreSQL, half of a surrogate pair by every encoder; other control characters would only confuse a terminal.
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def plain(text: str, at_most: int) -> str:
    """The text, cut with a mark where it is longer.

    Args:
        text: Of a stranger.
        at_most: Characters, the mark among them.
    """
    if len(text) > at_most:
        text = text[: at_most - len(CUT)] + CUT
    return _REFUSED.sub(_REPLACEMENT, text) if not text.isprintable() else text


def plain_key(text: str) -> str:
    """A key that stays itself when it is cut: two long ones that differ at the end stay two."""
    if len(text) <= KEY_AT_MOST:
        return plain(text, KEY_AT_MOST)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return plain(text[: KEY_AT_MOST - len(digest) - 1] + "…" + digest, KEY_AT_MOST)


def plain_labels(labels: Mapping[str, Any]) -> dict[str, str]:
    """Labels or annotations with their sizes bounded; what is no text is written as JSON would write it."""
    kept: dict[str, str] = {}
    left = ALL_AT_MOST
    for name, value in labels.items():
        if len(kept) >= LABELS_AT_MOST or left <= 0:
            kept["…"] = f"{len(labels) - len(kept)} more"
            break
        short = plain(str(name), NAME_AT_MOST)
        kept[short] = plain(_written(value), max(min(VALUE_AT_MOST, left), len(CUT)))
        left -= len(short) + len(kept[short])
    return kept


def fingerprint_of(labels: Mapping[str, str]) -> str:
    """What an alert is recognized by when its sender gives nothing: a digest of its labels."""
    text = "\xff".join(f"{name}\xff{labels[name]}" for name in sorted(labels))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # A list or an object has no place here; written out it might be without end.
    return str(value) if isinstance(value, int | float) else NO_TEXT
