"""A board's variables, resolved as Grafana does: by asking Prometheus, one after the other, and put into what is asked next."""

import json
import re
from collections.abc import Callable, Mapping, Sequence

from facts.board_answers import Line, State, VariableOutcome
from facts.boards import Variable
from facts.message import Message, msg
from tenfold.dashboarding.interpolation import Value, Values, references
from tenfold.dashboarding.prometheus import Prometheus, QueryError

ALL = "$__all"
OPTIONS_AT_MOST = 1000
_LABEL_VALUES = re.compile(r"\s*label_values\(\s*(?:(?P<of>.*)\s*,\s*)?(?P<label>[A-Za-z_]\w*)\s*\)\s*\Z", re.DOTALL)
_FUNCTION = re.compile(r"\s*(?P<name>metrics|query_result|label_names)\((?P<of>.*)\)\s*\Z", re.DOTALL)
_SLASHED = re.compile(r"/(?P<expression>.*)/(?P<flags>[a-z]*)\Z", re.DOTALL)
_NATURAL = re.compile(r"\d+")
# Choices of a data source are Grafana's own; there is one Prometheus here.
_UNASKED = {"datasource": "Prometheus"}


def resolve(
    variables: Sequence[Variable],
    prometheus: Prometheus,
    *,
    span: tuple[float, float],
    words: Mapping[str, str],
    wanted: Mapping[str, Sequence[str]],
) -> tuple[list[VariableOutcome], Values]:
    """Each variable with what it offers and what is chosen, those first that others refer to.

    Args:
        variables: Of the board.
        prometheus: Who is asked.
        span: The board's range, in seconds since 1970.
        words: Time's own words.
        wanted: Values asked for by name, instead of those that the board was saved with.
    """
    values = Values()
    outcomes: dict[str, VariableOutcome] = {}
    names = {each.name for each in variables}
    waiting = list(variables)
    while waiting:
        ready = next(
            (each for each in waiting if not (references(each.query + each.filter) & (names - outcomes.keys()))),
            waiting[0],
        )
        waiting.remove(ready)
        outcome, value = _resolved(ready, prometheus, values, span, words, tuple(wanted.get(ready.name, ())))
        outcomes[ready.name] = outcome
        values.known[ready.name] = value
    return [outcomes[each.name] for each in variables], values


def _resolved(
    variable: Variable,
    prometheus: Prometheus,
    values: Values,
    span: tuple[float, float],
    words: Mapping[str, str],
    wanted: tuple[str, ...],
) -> tuple[VariableOutcome, Value]:
    expression = values.fill(variable.query, words)
    reason: Message | None = None
    state = State.NOT_ASKED
    try:
        options = _options(variable, expression, prometheus, span)
        if variable.kind == "query":
            state = State.ALIVE if options else State.EMPTY
    except QueryError as error:
        options, reason, state = [], error.said, State.ERROR
    chosen, all_chosen, absent = _chosen(variable, options, wanted)
    verbatim = variable.all_value if all_chosen else ""
    outcome = VariableOutcome(
        variable=variable,
        state=state,
        expression=expression,
        reason=reason,
        options=tuple(options[:OPTIONS_AT_MOST]),
        chosen=chosen,
        all_chosen=all_chosen,
        absent=absent,
    )
    return outcome, Value(chosen, several=variable.multi or variable.include_all, verbatim=verbatim)


def _options(variable: Variable, expression: str, prometheus: Prometheus, span: tuple[float, float]) -> list[str]:
    if variable.kind in _UNASKED:
        return [_UNASKED[variable.kind]]
    if variable.kind in {"custom", "interval"}:
        # `words : value`, with escaped commas.
        parts = [each.replace("\\,", ",").strip() for each in re.split(r"(?<!\\),", variable.query)]
        return [each.rpartition(" : ")[2].strip() for each in parts if each]
    if variable.kind != "query":
        return [variable.query]
    return _sorted(_filtered(_asked(expression, prometheus, span), variable.filter), variable.sort)


def _asked(expression: str, prometheus: Prometheus, span: tuple[float, float]) -> list[str]:
    """The values behind a variable's query, in Grafana's own little language."""
    start, end = span
    if match := _LABEL_VALUES.match(expression):
        return prometheus.label_values(match["label"], (match["of"] or "").strip(), start, end)
    if match := _FUNCTION.match(expression):
        if match["name"] == "label_names":
            return prometheus.label_names(start, end)
        if match["name"] == "metrics":
            names = prometheus.metric_names(start, end)
            return sorted(each for each in names if _expression(match["of"].strip()).search(each))
        lines = prometheus.instant(match["of"], end).lines
        return [f"{_series(line)} {value:g} {at * 1000:.0f}" for line in lines for at, value in line.points]
    # A bare expression: its series, as Grafana shows them.
    return [_series(line) for line in prometheus.instant(expression, end).lines]


def _series(line: Line) -> str:
    return f"{line.metric}{{{','.join(f'{name}={json.dumps(text)}' for name, text in line.labels.items())}}}"


def _expression(text: str) -> "re.Pattern[str]":
    """A regular expression as Grafana writes it, with or without slashes.

    Raises:
        QueryError: It is none.
    """
    match = _SLASHED.match(text)
    body, flags = (match["expression"], match["flags"]) if match else (text, "")
    # JavaScript's named groups.
    body = re.sub(r"\(\?<(?![=!])", "(?P<", body)
    try:
        return re.compile(body, re.IGNORECASE if "i" in flags else 0)
    except re.error as error:
        raise QueryError(msg("{text} is no regular expression: {reason}", text=text, reason=str(error))) from None


def _filtered(options: Sequence[str], expression: str) -> list[str]:
    """Those that the expression finds; its group `value`, else its first group, is what is offered."""
    if not expression:
        return list(dict.fromkeys(options))
    pattern = _expression(expression)
    found: list[str] = []
    for option in options:
        match = pattern.search(option)
        if match is None:
            continue
        named = match.groupdict()
        found.append(named.get("value") or named.get("text") or (match.group(1) if match.groups() else option) or "")
    return list(dict.fromkeys(each for each in found if each))


def _sorted(options: list[str], order: int) -> list[str]:
    """Grafana's orders: 1 and 2 by letters, 3 and 4 by numbers, 5 and 6 by letters whatever their case; even ones down."""
    keys: dict[int, Callable[[str], tuple[float, str]]] = {
        1: lambda each: (0.0, each),
        2: lambda each: (float(match.group()) if (match := _NATURAL.search(each)) else float("inf"), each),
        3: lambda each: (0.0, each.casefold()),
    }
    key = keys.get((order + 1) // 2)
    return sorted(options, key=key, reverse=order % 2 == 0) if key else options


def _chosen(
    variable: Variable, options: Sequence[str], wanted: tuple[str, ...]
) -> tuple[tuple[str, ...], bool, tuple[str, ...]]:
    """The values, whether they are "All", and which of those asked for are not on offer."""
    if wanted:
        absent = tuple(each for each in wanted if each not in options)
        return wanted, False, absent
    current = tuple(each for each in variable.current if each in options)
    if current and ALL not in variable.current:
        return (current if variable.multi else current[:1]), False, ()
    if variable.include_all:
        return tuple(options[:OPTIONS_AT_MOST]), True, ()
    return tuple(options[:1]), False, ()
