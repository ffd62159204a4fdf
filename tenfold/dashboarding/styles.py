"""How a board wants values shown: `fieldConfig` of Grafana's JSON, its defaults and its overrides."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from facts.boards import Override, Step, Style, ValueWords
from tenfold.dashboarding.fields import listed, number, record

Reader = Callable[[Any], dict[str, Any]]

_COLOUR_BY_THRESHOLD = "thresholds"
_FIXED = ("fixed", "shades")
_MATCHERS = {"byName", "byRegexp", "byFrameRefID", "byType"}


def style_of(defaults: Mapping[str, Any]) -> Style:
    """The style of all series of a panel."""
    custom = record(defaults.get("custom"))
    changes: dict[str, Any] = {}
    for name, value in defaults.items():
        changes |= _change(name, value)
    for name, value in custom.items():
        changes |= _change(f"custom.{name}", value)
    return Style(**changes)


def overrides_of(overrides: Any) -> Iterator[Override]:
    """What some of them look like instead."""
    for each in listed(overrides):
        matcher = record(record(each).get("matcher"))
        kind, match = str(matcher.get("id") or ""), matcher.get("options")
        properties = record(each).get("properties")
        if kind not in _MATCHERS or not isinstance(match, str) or not isinstance(properties, list):
            continue
        changes: dict[str, Any] = {}
        for one in map(record, properties):
            changes |= _change(str(one.get("id") or ""), one.get("value"))
        yield Override(kind, match, changes)


def _change(name: str, value: Any) -> dict[str, Any]:
    """The fields of `Style` that one property sets."""
    read = _PROPERTIES.get(name)
    return {} if read is None else read(value)


def _colour(value: Any) -> dict[str, Any]:
    mode = str(record(value).get("mode") or "")
    fixed = str(record(value).get("fixedColor") or "") if mode in _FIXED else ""
    return {"colour": fixed, "by_threshold": mode == _COLOUR_BY_THRESHOLD}


def _text(field: str) -> Reader:
    return lambda value: {field: str(value)} if isinstance(value, str | int | float) else {}


def _decimals(value: Any) -> dict[str, Any]:
    found = number(value)
    return {} if found is None else {"decimals": min(max(int(found), 0), 15)}


def _steps(thresholds: Any) -> Iterator[Step]:
    found = [record(each) for each in listed(record(thresholds).get("steps"))]
    read = [Step(number(each.get("value")), str(each.get("color") or "")) for each in found]
    yield from sorted(read, key=lambda each: float("-inf") if each.above is None else each.above)


def _words(mappings: Any) -> Iterator[ValueWords]:
    for each in map(record, listed(mappings)):
        kind, options = str(each.get("type") or ""), record(each.get("options"))
        if kind == "value":
            for match, result in options.items():
                yield _word(kind, record(result), match=match)
            continue
        result = record(options.get("result"))
        match kind:
            case "range":
                yield _word(kind, result, low=number(options.get("from")), high=number(options.get("to")))
            case "regex":
                yield _word(kind, result, match=str(options.get("pattern") or ""))
            case "special":
                yield _word(kind, result, match=str(options.get("match") or ""))


def _word(
    kind: str, result: Mapping[str, Any], *, match: str = "", low: float | None = None, high: float | None = None
) -> ValueWords:
    return ValueWords(kind, match, low, high, str(result.get("text") or ""), str(result.get("color") or ""))


# A property of the defaults or of an override, and the fields of `Style` that its value sets.
_PROPERTIES: Mapping[str, Reader] = {
    "unit": _text("unit"),
    "noValue": _text("no_value"),
    "displayName": _text("name"),
    "decimals": _decimals,
    "min": lambda value: {"low": number(value)},
    "max": lambda value: {"high": number(value)},
    "thresholds": lambda value: {
        "steps": tuple(_steps(value)),
        "percentage": record(value).get("mode") == "percentage",
    },
    "mappings": lambda value: {"words": tuple(_words(value))},
    "color": _colour,
    "custom.hidden": lambda value: {"hidden": value is True},
    "custom.hideFrom": lambda value: {"hidden": record(value).get("viz") is True},
    "custom.cellOptions": lambda value: {"cell": str(record(value).get("type") or "")},
}
