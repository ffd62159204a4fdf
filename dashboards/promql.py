"""The metrics that a PromQL expression reads, where they stand in it, and what is done to them.

Only as much of the language as that needs; Grafana's variables are let through. Whether an expression is right, Prometheus says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
  | (?P<variable>\$\w+|\$\{[^}]*\})
  | (?P<number>(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)\w*)
  | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
  | (?P<sign>=~|!~|!=|==|<=|>=|.)
    """,
    re.VERBOSE,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = _GROUPING | {"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan"}
# What may be done to a counter before anything else.
OVER_COUNTERS = frozenset({"rate", "irate", "increase", "changes", "resets"})
COUNTER_ENDINGS = ("_total", "_bucket", "_sum", "_count")


class PromqlError(ValueError):
    """The brackets of an expression do not match."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One place where an expression reads a metric.

    Attributes:
        metric: Its name.
        end: Where the name ends in the expression.
        matchers: What stands between its braces, "" without braces.
        braces: It has braces.
        ranged: It is followed by a range.
        within: The function or aggregation that is applied to it first, "" for none.
    """

    metric: str
    end: int
    matchers: str
    braces: bool
    ranged: bool
    within: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(expression: str) -> list[_Token]:
    return [
        _Token(str(found.lastgroup), found[0], found.start(), found.end())
        for found in _TOKEN.finditer(expression)
        if found.lastgroup != "space"
    ]


def selectors(expression: str) -> Iterator[Selector]:
    """Every metric that the expression reads, from left to right.

    Raises:
        PromqlError: A bracket is not closed, or closes nothing.
    """
    tokens = _tokens(expression)
    calls: list[str] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if token.kind == "name" and token.text.lower() in _GROUPING:
            # The labels in the brackets are no metrics; `group_left` may stand without any.
            place = _closing(tokens, place + 1) if following == "(" else place
        elif token.kind == "name" and token.text.lower() not in _WORDS:
            if following == "(":
                calls.append(token.text)
                place += 1
            elif following not in _GROUPING:
                selector, place = _selector(expression, tokens, place, calls[-1] if calls else "")
                yield selector
            else:
                # `sum by (label) (...)`: the aggregation's own bracket comes after its labels.
                place = _closing(tokens, place + 2)
                calls.append(token.text)
                place += 1
        elif token.text == "(":
            calls.append(calls[-1] if calls else "")
        elif token.text == ")":
            if not calls:
                raise PromqlError(f"a bracket closes nothing: {expression}")
            calls.pop()
        elif token.text in "{[":
            place = _closing(tokens, place)
        place += 1
    if calls:
        raise PromqlError(f"a bracket is not closed: {expression}")


def _selector(expression: str, tokens: list[_Token], place: int, within: str) -> tuple[Selector, int]:
    name, matchers, braces = tokens[place], "", False
    if place + 1 < len(tokens) and tokens[place + 1].text == "{":
        opening, place = tokens[place + 1], _closing(tokens, place + 1)
        matchers, braces = expression[opening.end : tokens[place].start].strip(), True
    ranged = place + 1 < len(tokens) and tokens[place + 1].text == "["
    return Selector(name.text, name.end, matchers, braces, ranged, within), place


def _closing(tokens: list[_Token], place: int) -> int:
    """Where the bracket that opens at `place` is closed."""
    depth = 0
    for at in range(place, len(tokens)):
        depth += (tokens[at].text in "([{") - (tokens[at].text in ")]}")
        if depth == 0:
            return at
    raise PromqlError("a bracket is not closed")


def narrowed(expression: str, matchers: Callable[[str], str]) -> str:
    """The expression with further matchers in every selector.

    Args:
        expression: As it was written, without them.
        matchers: By the metric's name; "" for none.
    """
    for selector in reversed(list(selectors(expression))):
        further = matchers(selector.metric)
        if not further:
            continue
        if selector.braces:
            at = expression.index("{", selector.end) + 1
            expression = f"{expression[:at]}{further}{',' if selector.matchers else ''}{expression[at:]}"
        else:
            expression = f"{expression[: selector.end]}{{{further}}}{expression[selector.end :]}"
    return expression


def bare_counters(expression: str) -> list[str]:
    """Counters that are read without being turned into a rate first."""
    return [
        each.metric
        for each in selectors(expression)
        if each.metric.endswith(COUNTER_ENDINGS) and not (each.ranged and each.within in OVER_COUNTERS)
    ]
