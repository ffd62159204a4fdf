"""A panel's answers as tables."""

import math
from dataclasses import dataclass
from datetime import UTC, tzinfo

from facts.board_answers import PanelOutcome, TargetOutcome
from pages.boards.frames import TIME, VALUE, Column, Frame
from pages.boards.names import series_name
from pages.boards.times import full_words
from pages.boards.transformations import STEPS


@dataclass(frozen=True, slots=True)
class Tables:
    """What became of the frames.

    Attributes:
        unknown: Transformations that are not known here; they were left out.
    """

    frames: tuple[Frame, ...]
    unknown: tuple[str, ...] = ()


def tables(outcome: PanelOutcome, zone: tzinfo = UTC) -> Tables:
    """The panel's answers as frames, transformed as its board wants it."""
    targets = [each for each in outcome.asked if each.lines]
    frames = [frame for each in targets for frame in _frames(each, zone, several=len(targets) > 1)]
    unknown: list[str] = []
    for each in outcome.panel.transformations:
        step = STEPS.get(each.kind)
        if step is None:
            unknown.append(each.kind)
        else:
            frames = step(frames, each.options)
    return Tables(tuple(frames), tuple(dict.fromkeys(unknown)))


def _frames(outcome: TargetOutcome, zone: tzinfo, *, several: bool) -> list[Frame]:
    """One frame of labels and values for a table's query, else one for each series."""
    ref = outcome.target.ref
    if outcome.target.table or not outcome.step:
        names = sorted({name for line in outcome.lines for name in line.labels})
        value = f"{VALUE} #{ref}" if several else VALUE
        last = [(line.points[-1] if line.points else (math.nan, math.nan)) for line in outcome.lines]
        columns = [Column(TIME, tuple(None if math.isnan(at) else full_words(at, zone) for at, _value in last))]
        columns += [Column(name, tuple(line.labels.get(name) for line in outcome.lines)) for name in names]
        return [Frame((*columns, Column(value, tuple(each for _at, each in last))), ref)]
    return [
        Frame(
            (
                Column(TIME, tuple(full_words(at, zone) for at, _value in line.points)),
                Column(series_name(outcome, line), tuple(value for _at, value in line.points), labels=line.labels),
            ),
            ref,
        )
        for line in outcome.lines
    ]
