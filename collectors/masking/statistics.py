"""Pseudonyms for the values in column statistics: equality and order stay, the values go.

All texts of a snapshot that must go are sorted once, and so are all numbers; the pseudonym is a rank. So equal values stay equal
across columns that are joined, and a range keeps the share of rows that it had. The order of texts is that of case-folded code
points, which is close to the linguistic collations and equal to C for digits and lower-case ASCII.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from collectors.masking.columns import TEXT_EXPRESSION, Kind, classify
from collectors.masking.numbers import number_pseudonyms
from facts.schema import ColumnStatistics, Index

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

# Operator classes of text, of which an expression's index names one: text_ops, varchar_pattern_ops, gin_trgm_ops, …
_TEXT_OPERATORS = re.compile(
    r"(text|varchar|bpchar|citext|gin_trgm|gist_trgm)(_pattern)?(_(minmax|bloom|minmax_multi))?_ops"
)

_ELEMENT = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^{}",\\]+))(?:(?P<comma>,)|\Z)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

TypeOf = Mapping[tuple[int, str], str]


def mask_statistics(statistics: Sequence[ColumnStatistics], types: TypeOf) -> tuple[ColumnStatistics, ...]:
    """The same statistics without personal and free-text values.

    Args:
        statistics: As read.
        types: The type of each column by (table oid, column name); the values of one that is not in it are dropped.
    """
    names_of_types = [types.get((each.table_oid, each.column), "") for each in statistics]
    values = [_values(each, array=name.endswith("[]")) for each, name in zip(statistics, names_of_types, strict=True)]
    kinds = [
        classify(each.column, name, each.distinct, shown)
        for each, name, shown in zip(statistics, names_of_types, values, strict=True)
    ]
    texts = {value for shown, kind in zip(values, kinds, strict=True) if kind is Kind.PSEUDONYM for value in shown}
    numeric = [
        (name, shown) for name, shown, kind in zip(names_of_types, values, kinds, strict=True) if kind is Kind.NUMBER
    ]
    names = pseudonyms(texts)
    ranks = number_pseudonyms(numeric)
    kinds = [
        Kind.DROP if kind is Kind.NUMBER and not ranks.keys() >= set(shown) else kind
        for kind, shown in zip(kinds, values, strict=True)
    ]
    return tuple(
        _masked(each, kind, names if kind is Kind.PSEUDONYM else ranks, array=name.endswith("[]"))
        for each, kind, name in zip(statistics, kinds, names_of_types, strict=True)
    )


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


def _values(each: ColumnStatistics, *, array: bool) -> tuple[str, ...]:
    """All values that the statistics show; of a column of arrays, the elements."""
    whole = (*(each.common_values or ()), *(each.histogram or ()))
    if array:
        elements = [(value,) if (found := array_elements(value)) is None else found for value in whole]
        whole = tuple(part for each_array in elements for part in each_array if part is not None)
    return (*whole, *(each.common_elements or ()))


def array_elements(literal: str) -> tuple[str | None, ...] | None:
    """The elements of an array's text form, None for NULL; None as a whole for one of several dimensions or with bounds."""
    body = literal[1:-1] if literal[:1] == "{" and literal[-1:] == "}" else None
    found: list[str | None] = []
    position = 0
    while body is not None and position < len(body):
        match = _ELEMENT.match(body, position)
        if match is None or (match["comma"] and match.end() == len(body)):
            return None
        bare = match["bare"]
        found.append(_ESCAPED.sub(r"\1", match["quoted"] or "") if bare is None else None if bare == "NULL" else bare)
        position = match.end()
    return None if body is None else tuple(found)


def _masked(each: ColumnStatistics, kind: Kind, table: Mapping[str, str], *, array: bool) -> ColumnStatistics:
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
    translate = _translated_arrays if array else _translated
    common = translate(each.common_values, table, ordered=False)
    return replace(
        each,
        common_values=common,
        common_ratios=each.common_ratios if common is not None else None,
        # The planner expects the bounds in its own order, which may differ from the mall's collation.
        histogram=translate(each.histogram, table, ordered=kind is Kind.PSEUDONYM),
        masked=True,
        **_translated_elements(each, table, ordered=kind is Kind.PSEUDONYM),
    )


def _translated_elements(each: ColumnStatistics, table: Mapping[str, str], *, ordered: bool) -> dict[str, Any]:
    """The common elements in the order in which the planner searches them, with their shares; totals follow the shares."""
    if each.common_elements is None:
        return {}
    shares = each.common_element_ratios or ()
    count = len(each.common_elements)
    pairs = list(zip((table[value] for value in each.common_elements), shares[:count], strict=False))
    if len(pairs) < count:
        return {"common_elements": None, "common_element_ratios": None}
    pairs = sorted(pairs) if ordered else pairs
    return {
        "common_elements": tuple(value for value, _ in pairs),
        "common_element_ratios": (*(share for _, share in pairs), *shares[count:]),
    }


def _translated(values: tuple[str, ...] | None, table: Mapping[str, str], *, ordered: bool) -> tuple[str, ...] | None:
    if values is None:
        return None
    found = tuple(table[value] for value in values)
    return tuple(sorted(found)) if ordered else found


def _translated_arrays(
    values: tuple[str, ...] | None, table: Mapping[str, str], *, ordered: bool
) -> tuple[str, ...] | None:
    """The arrays element by element; None when one of them is not understood."""
    arrays = [array_elements(value) for value in values or ()]
    known = [array for array in arrays if array is not None]
    if values is None or len(known) < len(arrays):
        return None
    found = [["NULL" if part is None else table[part] for part in array] for array in known]
    return tuple(f"{{{','.join(array)}}}" for array in (sorted(found) if ordered else found))
