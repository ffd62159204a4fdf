"""What a series is called: the legend of its query, its labels, and the board's own names."""

import re
from collections.abc import Mapping, Sequence

from facts.board_answers import Line, TargetOutcome
from facts.boards import Panel, Style
from pages.boards.patterns import finds

_PLACE = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_FIELD = re.compile(
    r"\$\{__(?:field|series)\.(?:labels\.(?P<label>\w+)|labels\[\"(?P<quoted>[^\"]+)\"\]|(?P<name>name|displayName))\}"
)
_AUTO = ("", "__auto")
NAME_LENGTH = 200


def filled(template: str, labels: Mapping[str, str]) -> str:
    """A legend with the values of its labels; of a label that the series does not have, nothing."""
    return _PLACE.sub(lambda match: labels.get(match.group(1), ""), template)


def series_name(outcome: TargetOutcome, line: Line) -> str:
    """A series by its query's legend, else by its labels, else by its expression."""
    legend = outcome.target.legend
    if legend not in _AUTO:
        return filled(legend, line.labels)[:NAME_LENGTH]
    if legend == "__auto":
        differing = _differing(outcome.lines)
        if len(outcome.lines) > 1 and differing:
            return ", ".join(line.labels.get(each, "") for each in differing)[:NAME_LENGTH]
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(line.labels.items()))
    return (f"{line.metric}{{{labels}}}" if labels else line.metric or outcome.expression)[:NAME_LENGTH]


def _differing(lines: Sequence[Line]) -> list[str]:
    """The labels that tell the series apart."""
    names = sorted({name for line in lines for name in line.labels})
    return [name for name in names if len({line.labels.get(name, "") for line in lines}) > 1]


def style_for(panel: Panel, name: str, ref: str, *, number: bool = True) -> Style:
    """The panel's style with the changes that its overrides make for one series or column.

    Args:
        panel: Whose overrides.
        name: Of the series or column.
        ref: The letter of its query.
        number: Whether its values are numbers.
    """
    style = panel.style
    for override in panel.overrides:
        match override.kind:
            case "byName":
                fits = override.match == name
            case "byRegexp":
                fits = finds(override.match, name)
            case "byFrameRefID":
                fits = override.match == ref
            case _:
                fits = override.match == ("number" if number else "string")
        if fits:
            style = override.applied(style)
    return style


def shown_name(style: Style, name: str, labels: Mapping[str, str]) -> str:
    """The style's own name where it has one, with the labels in it."""
    if not style.name:
        return name

    def replaced(match: "re.Match[str]") -> str:
        return name if match["name"] else labels.get(match["label"] or match["quoted"], "")

    return _FIELD.sub(replaced, style.name)[:NAME_LENGTH]
