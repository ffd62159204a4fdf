"""Grafana's references to variables within a query, a title or a legend, replaced by their values."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_REFERENCE = re.compile(
    r"\$\{(?P<braced>\w+)(?:\.[^:}]+)?(?::(?P<form>[^}]+))?\}|\$(?P<plain>\w+)|\[\[(?P<old>\w+)(?::(?P<old_form>\w+))?\]\]"
)
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable stands for.

    Attributes:
        texts: The chosen values.
        several: Whether it may have more than one, and then goes into a query as a regular expression.
        verbatim: Goes in as it is: the board's own "All".
    """

    texts: tuple[str, ...]
    several: bool = False
    verbatim: str = ""


@dataclass(slots=True)
class Values:
    """The values so far, and time's own words."""

    known: dict[str, Value] = field(default_factory=dict)

    def fill(self, text: str, words: Mapping[str, str] | None = None, *, shown: bool = False) -> str:
        """The text with every known reference replaced.

        Args:
            text: An expression, a title, a legend.
            words: Grafana's own: `__rate_interval` and the like.
            shown: For people: values side by side, not as a regular expression.
        """

        def replaced(match: "re.Match[str]") -> str:
            name = match["braced"] or match["plain"] or match["old"]
            if words and name in words:
                return words[name]
            value = self.known.get(name)
            if value is None:
                return match.group()
            form = match["form"] or match["old_form"] or ("text" if shown else "")
            return _formatted(value, form)

        return _REFERENCE.sub(replaced, text)


def references(text: str) -> set[str]:
    """Names of the variables that a text refers to."""
    return {match["braced"] or match["plain"] or match["old"] for match in _REFERENCE.finditer(text)}


def _formatted(value: Value, form: str) -> str:
    texts = value.texts
    forms: dict[str, Callable[[], str]] = {
        "raw": lambda: ",".join(texts),
        "csv": lambda: ",".join(texts),
        "text": lambda: " + ".join(texts),
        "pipe": lambda: "|".join(texts),
        "json": lambda: json.dumps(list(texts), ensure_ascii=False),
        "doublequote": lambda: ",".join(json.dumps(each, ensure_ascii=False) for each in texts),
        "singlequote": lambda: ",".join("'" + each.replace("'", "\\'") + "'" for each in texts),
        "regex": lambda: _alternatives([re.sub(r"([\\/^$*+?.()|\[\]{}-])", r"\\\1", each) for each in texts]),
    }
    if value.verbatim and form != "text":
        return value.verbatim
    if form in forms:
        return forms[form]()
    if not value.several:
        return ",".join(each.replace("\\", "\\\\").replace("'", "\\\\'") for each in texts)
    # Twice escaped: once for the regular expression, once for the string of PromQL that it stands in.
    return _alternatives([_SPECIAL.sub(r"\\\\\g<0>", each.replace("\\", "\\\\\\\\")) for each in texts])


def _alternatives(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({'|'.join(texts)})"
