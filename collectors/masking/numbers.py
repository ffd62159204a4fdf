"""Pseudonyms for personal numbers: equality and order stay, the values go, and each fits in every type that it stands in.

All numbers of a snapshot are ranked together, so that columns that are joined stay alike; a rank times a step is the pseudonym. Where
a column's type is too narrow for that, the ranks are packed more closely. Whole numbers of one column always fit in its type.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation, localcontext

_STEPS = tuple(Decimal(10) ** power for power in (3, 2, 1, 0))
_DIGITS = 24
_WHOLE_DIGITS = 18
_NUMERIC = re.compile(r"numeric\((?P<precision>\d+),\s*(?P<scale>-?\d+)\)")


@dataclass(frozen=True, slots=True)
class Range:
    """What a type can hold: from `lowest` to `highest` in steps of `unit`."""

    lowest: Decimal
    highest: Decimal
    unit: Decimal = Decimal(1)

    def and_(self, other: "Range") -> "Range":
        """What both can hold; their units are powers of ten."""
        return Range(max(self.lowest, other.lowest), min(self.highest, other.highest), unit=max(self.unit, other.unit))


# PostgreSQL's manual, Numeric Types. Of floating-point numbers the whole ones that are exact, of numeric what bigint holds.
_BITS = {"smallint": 15, "integer": 31, "bigint": 63, "numeric": 63}
_EXACT_BITS = {"real": 24, "double precision": 53}


def range_of(type_name: str) -> Range:
    """What a number type, or an array of it, can hold.

    Args:
        type_name: As PostgreSQL's format_type gives it: `smallint`, `numeric(10,2)[]`.
    """
    element = type_name.removesuffix("[]").strip().lower()
    numeric = _NUMERIC.fullmatch(element)
    if numeric is not None:
        # Of what is longer, as many digits as are dealt with exactly here.
        whole = min(int(numeric["precision"]) - int(numeric["scale"]), _WHOLE_DIGITS)
        unit = Decimal(1).scaleb(-min(int(numeric["scale"]), _DIGITS - whole))
        highest = Decimal(1).scaleb(whole) - unit
        return Range(-highest, highest, unit)
    if element in _EXACT_BITS:
        exact = Decimal(2 ** _EXACT_BITS[element])
        return Range(-exact, exact)
    half = Decimal(2 ** _BITS.get(element, _BITS["smallint"]))
    return Range(-half, half - 1)


def number_pseudonyms(columns: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """A pseudonym for each number, in the numbers' order; one for which no place is left has none, nor has what is no number.

    `NaN` and the infinities tell of nobody and stand for themselves.

    Args:
        columns: The type of each column, and its values as PostgreSQL writes them.
    """
    ranges: dict[Decimal, Range] = {}
    spellings: dict[str, Decimal] = {}
    for type_name, values in columns:
        own = range_of(type_name)
        for value in values:
            try:
                number = spellings[value] = Decimal(value)
            except InvalidOperation:
                continue
            if number.is_finite():
                ranges[number] = ranges[number].and_(own) if number in ranges else own
    with localcontext() as context:
        context.prec = 2 * _DIGITS + _WHOLE_DIGITS
        placed = _placed(ranges)
        return {
            spelling: f"{placed[number].normalize():f}" if number.is_finite() else spelling
            for spelling, number in spellings.items()
            if number in placed or not number.is_finite()
        }


def _placed(ranges: Mapping[Decimal, Range]) -> dict[Decimal, Decimal]:
    """A place for each number, as far apart as all of them fit; packed from the lowest on where they do not fit otherwise."""
    if not ranges:
        return {}
    finest = min(each.unit for each in ranges.values())
    for step in (*(each for each in _STEPS if each > finest), finest):
        found = _spread(ranges, step, step)
        if len(found) == len(ranges):
            return found
    return _spread(ranges, min(each.lowest for each in ranges.values()), finest)


def _spread(ranges: Mapping[Decimal, Range], start: Decimal, step: Decimal) -> dict[Decimal, Decimal]:
    """Each number in its order at the first place that is its own; those without any are left out."""
    found: dict[Decimal, Decimal] = {}
    free = start
    for number in sorted(ranges):
        own = ranges[number]
        place = (max(free, own.lowest) / own.unit).to_integral_value(ROUND_CEILING) * own.unit
        if place <= own.highest:
            found[number] = place
            free = place + step
    return found
