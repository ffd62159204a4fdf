"""The transformations that boards lay over tables: merge, organize, joinByField, filterFieldsByName, sortBy, limit and others of use."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pages.boards.frames import TIME, VALUE, Cell, Column, Frame
from pages.boards.patterns import finds
from pages.boards.reducers import reduced


def _merge(frames: Sequence[Frame], _options: Mapping[str, Any]) -> list[Frame]:
    """One frame: rows that agree in all columns which they share become one."""
    names = list(dict.fromkeys(each.name for frame in frames for each in frame.columns))
    rows: list[dict[str, Cell]] = []
    for frame in frames:
        for place in range(frame.length):
            row = frame.row(place)
            match = next((each for each in rows if _agree(each, row)), None)
            if match is None:
                rows.append(dict(row))
            else:
                match.update(row)
    return [_from_rows(rows, names)] if frames else []


def _agree(one: Mapping[str, Cell], other: Mapping[str, Cell]) -> bool:
    shared = one.keys() & other.keys()
    values = {each for each in shared if each == VALUE or each.startswith(f"{VALUE} #")}
    return bool(shared - values) and not values and all(one[each] == other[each] for each in shared)


def _from_rows(rows: Sequence[Mapping[str, Cell]], names: Sequence[str]) -> Frame:
    return Frame(tuple(Column(name, tuple(row.get(name) for row in rows)) for name in names))


def _join(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    """One frame with a row for each value of a field; other fields that stand twice keep the name of their query."""
    by = str(options.get("byField") or TIME)
    holding = [each for each in frames if any(column.name == by for column in each.columns)]
    if len(holding) < 2:  # noqa: PLR2004  (two to join)
        return list(frames)
    inner = options.get("mode") == "inner"
    counted = [column.name for frame in holding for column in frame.columns]
    rows: dict[Cell, dict[str, Cell]] = {}
    names = [by]
    seen: dict[Cell, int] = {}
    for number, frame in enumerate(holding, start=1):
        named = {
            column.name: column.name
            if column.name == by or counted.count(column.name) == 1
            else f"{column.name} {number}"
            for column in frame.columns
        }
        names += [each for each in named.values() if each != by]
        for place in range(frame.length):
            row = frame.row(place)
            rows.setdefault(row[by], {}).update({named[name]: cell for name, cell in row.items()})
            seen[row[by]] = seen.get(row[by], 0) + 1
    kept = [row for key, row in rows.items() if not inner or seen[key] >= len(holding)]
    return [_from_rows(kept, names)]


def _organize(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    """Columns left out, in another order, and under other names."""
    excluded, places, renamed = (
        each if isinstance(each, dict) else {}
        for each in (options.get("excludeByName"), options.get("indexByName"), options.get("renameByName"))
    )
    included = options.get("includeByName")
    found = []
    for frame in frames:
        columns = [each for each in frame.columns if not excluded.get(each.name)]
        if isinstance(included, dict) and included:
            columns = [each for each in columns if included.get(each.name)]
        columns.sort(
            key=lambda each: (
                places.get(each.name, math.inf)
                if isinstance(places.get(each.name, math.inf), int | float)
                else math.inf
            )
        )
        found.append(
            Frame(
                tuple(
                    Column(str(renamed.get(each.name) or each.name), each.cells, labels=each.labels) for each in columns
                ),
                frame.ref,
            )
        )
    return found


def _filter(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    """Only the columns that are named, or that an expression finds."""

    def wanted(rule: Any) -> Callable[[str], bool] | None:
        if not isinstance(rule, dict) or not (rule.get("names") or rule.get("pattern")):
            return None
        names, pattern = rule.get("names") or (), str(rule.get("pattern") or "")
        return lambda name: name in names or bool(pattern and finds(pattern, name))

    include, exclude = wanted(options.get("include")), wanted(options.get("exclude"))
    return [
        Frame(
            tuple(
                each
                for each in frame.columns
                if (include is None or include(each.name)) and not (exclude and exclude(each.name))
            ),
            frame.ref,
        )
        for frame in frames
    ]


def _sort(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    rules = options.get("sort") or options.get("fields")
    rule = rules[0] if isinstance(rules, list) and rules and isinstance(rules[0], dict) else {}
    name = str(rule.get("field") or rule.get("displayName") or "")
    return [sorted_by(each, name, down=bool(rule.get("desc"))) for each in frames]


def sorted_by(frame: Frame, name: str, *, down: bool) -> Frame:
    """The frame's rows in the order of one column; what is nothing comes last."""
    column = next((each for each in frame.columns if each.name == name), None)
    if column is None:
        return frame

    def key(place: int) -> tuple[int, float, str]:
        cell = column.cells[place]
        if isinstance(cell, str):
            return 1, 0.0, cell
        return 0, float(cell or 0.0), ""

    places = range(frame.length)
    empty = [each for each in places if _missing(column.cells[each])]
    order = sorted((each for each in places if not _missing(column.cells[each])), key=key, reverse=down) + empty
    return Frame(
        tuple(
            Column(each.name, tuple(each.cells[place] for place in order), each.shown, each.labels)
            for each in frame.columns
        ),
        frame.ref,
    )


def _missing(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _limit(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    most = options.get("limitField")
    count = int(most) if isinstance(most, int | float | str) and str(most).isdigit() else 10
    return [
        Frame(
            tuple(Column(each.name, each.cells[:count], each.shown, each.labels) for each in frame.columns), frame.ref
        )
        for frame in frames
    ]


def _labels_to_fields(frames: Sequence[Frame], _options: Mapping[str, Any]) -> list[Frame]:
    """Labels of series as columns, with its last value."""
    if any(column.labels for frame in frames for column in frame.columns):
        rows: list[dict[str, Cell]] = []
        for frame in frames:
            value = frame.columns[-1]
            rows.append({**value.labels, VALUE: value.cells[-1] if value.cells else None})
        names = list(dict.fromkeys(name for row in rows for name in row if name != VALUE))
        return [_from_rows(rows, [*names, VALUE])]
    return list(frames)


def _reduce(frames: Sequence[Frame], options: Mapping[str, Any]) -> list[Frame]:
    """A row for each column of numbers, with its reductions."""
    names = options.get("reducers")
    reducers = [str(each) for each in names] if isinstance(names, list) and names else ["lastNotNull"]
    rows: list[dict[str, Cell]] = []
    for frame in frames:
        for column in frame.columns:
            numbers = [each for each in column.cells if isinstance(each, float)]
            if numbers and column.name != TIME:
                rows.append(
                    {"Field": column.name, **{_HEADS.get(each, each): reduced(numbers, each) for each in reducers}}
                )
    return [_from_rows(rows, ["Field", *(_HEADS.get(each, each) for each in reducers)])] if rows else []


# As Grafana heads the columns, so that later transformations and overrides find them.
_HEADS = {
    "lastNotNull": "Last *",
    "last": "Last",
    "max": "Max",
    "min": "Min",
    "mean": "Mean",
    "sum": "Total",
    "count": "Count",
}
STEPS: Mapping[str, Callable[[Sequence[Frame], Mapping[str, Any]], list[Frame]]] = {
    "merge": _merge,
    "organize": _organize,
    "joinByField": _join,
    "seriesToColumns": _join,
    "filterFieldsByName": _filter,
    "sortBy": _sort,
    "limit": _limit,
    "labelsToFields": _labels_to_fields,
    "reduce": _reduce,
}
