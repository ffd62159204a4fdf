"""Pseudonyms for the values in column statistics: equality and order stay, the values go.

All values of a snapshot that must go are sorted once; a value's pseudonym is its rank. So equal values stay equal across columns that
are joined, and a range keeps the share of rows that it had. The order is that of case-folded code points, which is close to
the linguistic collations and equal to C for digits and lower-case ASCII.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from collectors.masking.columns import TEXT_EXPRESSION, Kind, classify
from facts.schema import ColumnStatistics, Index

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_NUMBER_STEP = 1000

# Operator classes of text, of which an expression's index names one: text_ops, varchar_pattern_ops, gin_trgm_ops, …
_TEXT_OPERATORS = re.compile(
    r"(text|varchar|bpchar|citext|gin_trgm|gist_trgm)(_pattern)?(_(minmax|bloom|minmax_multi))?_ops"
)

TypeOf = Mapping[tuple[int, str], str]


def mask_statistics(statistics: Sequence[ColumnStatistics], types: TypeOf) -> tuple[ColumnStatistics, ...]:
    """The same statistics without personal and free-text values.

    Args:
        statistics: As read.
        types: The type of each column by (table oid, column name); the values of one that is not in it are dropped.
    """
    kinds = [
        classify(each.column, types.get((each.table_oid, each.column), ""), each.distinct, _values(each))
        for each in statistics
    ]
    texts = {
        value for each, kind in zip(statistics, kinds, strict=True) if kind is Kind.PSEUDONYM for value in _values(each)
    }
    numbers = {
        value for each, kind in zip(statistics, kinds, strict=True) if kind is Kind.NUMBER for value in _values(each)
    }
    names = pseudonyms(texts)
    ranks = {value: str((rank + 1) * _NUMBER_STEP) for rank, value in enumerate(sorted(numbers, key=_number))}
    return tuple(_masked(each, kind, names, ranks) for each, kind in zip(statistics, kinds, strict=True))


def expression_types(statistics: Iterable[ColumnStatistics], indexes: Iterable[Index]) -> dict[tuple[int, str], str]:
    """For each expression whose values are text, what stands for its type; the types of others stay unknown."""
    textual = {
        index.oid
        for index in indexes
        if all(
            _TEXT_OPERATORS.fullmatch(operators)
            for attribute, operators in zip(index.key_attributes, index.operator_classes, strict=False)
            if attribute == 0
        )
    }
    return {(each.table_oid, each.column): TEXT_EXPRESSION for each in statistics if each.table_oid in textual}


def pseudonyms(values: Iterable[str]) -> dict[str, str]:
    """A pseudonym of equal width for each value, in the values' order."""
    ordered = sorted(set(values), key=lambda value: (value.casefold(), value))
    width = max(4, len(_base36(len(ordered))))
    return {value: "p" + _base36(rank).rjust(width, "0") for rank, value in enumerate(ordered)}


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _values(each: ColumnStatistics) -> tuple[str, ...]:
    return tuple(
        value for values in (each.common_values, each.histogram, each.common_elements) for value in values or ()
    )


def _masked(each: ColumnStatistics, kind: Kind, names: Mapping[str, str], ranks: Mapping[str, str]) -> ColumnStatistics:
    if kind is Kind.KEEP:
        return each
    if kind is Kind.DROP:
        return replace(
            each,
            common_values=None,
            common_ratios=None,
            histogram=None,
            common_elements=None,
            common_element_ratios=None,
            element_count_histogram=None,
            masked=True,
        )
    table = names if kind is Kind.PSEUDONYM else ranks

    def translate(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if values is None else tuple(table[value] for value in values)

    histogram = translate(each.histogram)
    return replace(
        each,
        common_values=translate(each.common_values),
        # The planner expects the bounds in its own order, which may differ from the mall's collation.
        histogram=tuple(sorted(histogram)) if histogram and kind is Kind.PSEUDONYM else histogram,
        common_elements=translate(each.common_elements),
        masked=True,
    )
