"""Redis keys, commands and addresses without the values in them: what varies becomes a placeholder."""

import re

_VARIABLE = (
    (re.compile(r"[^\s:@/|]+@[^\s:@/|]+\.\w+"), "{email}"),
    (re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "{uuid}"),
    (re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"), "{ip}"),
    (re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}(?![A-Za-z0-9])"), "{hex}"),
    (re.compile(r"(?<![A-Za-z])\d+"), "{number}"),
    (re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z_-]*\d)(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,}(?![A-Za-z0-9])"), "{token}"),
)
_SEPARATORS = re.compile(r"([:/|.])")
# The part before the first separator names what the key is for; later words may be anybody's.
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,31}\Z")


def key_pattern(key: str) -> str:
    """The key with its variable parts replaced: `session:{hex}`, `product:{number}`, `search:{text}`."""
    for pattern, placeholder in _VARIABLE:
        key = pattern.sub(placeholder, key)
    parts = _SEPARATORS.split(key)
    return "".join(part if _is_constant(part) else "{text}" for part in parts)


def _is_constant(part: str) -> bool:
    return not part or _SEPARATORS.fullmatch(part) is not None or "{" in part or _PLAIN_WORD.match(part) is not None


def refine(patterns: dict[str, int], keys: dict[str, str]) -> dict[str, str]:
    """Patterns by key, with words that vary too much replaced as well.

    A last word that takes many values among keys of the same beginning is somebody's input, not a name.

    Args:
        patterns: How many keys each first pattern has.
        keys: First pattern by key.
    """
    heads: dict[str, set[str]] = {}
    for pattern in patterns:
        head, separator, tail = pattern.rpartition(":")
        if separator and "{" not in tail:
            heads.setdefault(head, set()).add(tail)
    crowded = {head for head, tails in heads.items() if len(tails) > WORDS_AT_MOST}
    return {
        key: f"{pattern.rpartition(':')[0]}:{{text}}" if pattern.rpartition(":")[0] in crowded else pattern
        for key, pattern in keys.items()
    }


WORDS_AT_MOST = 8
