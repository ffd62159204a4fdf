"""How large a GIN index would be when built.

Each element (a trigram, a key or a value of a document, a member of an array) has one entry, and its rows stand beside it as a list
of differences between row pointers, or, once that list is long, in pages of its own. How many bytes a difference takes hangs on how
densely the element's rows lie in the table. Source of the layout: PostgreSQL's access/gin/README, ginpostinglist.c (the encoding:
block * 2,048 + offset, seven bits a byte), gindatapage.c and ginentrypage.c.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from facts.schema import ColumnStatistics

_PAGE_SPACE = 8152  # of a page of entries or of row pointers, after header and special space
_ENTRY_OVERHEAD = 12  # tuple header and item pointer
_DEFAULT_KEY_WIDTH = 8.0
_LONGEST_LIST = 2704  # GinMaxItemSize: a list that is longer gets pages of its own
_LIST_FILL = 0.98
_SEGMENT, _SEGMENT_HEADER = 256, 8
# Entries arrive in order, and a full page of them is split in the middle.
_ENTRY_FILL = 0.5
# Share of a text's characters that begin a trigram not seen in it before; measured on comments, names and addresses.
_TRIGRAMS_A_CHARACTER = 0.93
_USUAL_DENSITY = 0.03
_WORD = re.compile(r"[^\W_]+")
_BETWEEN_ONE_AND_TWO = 1.5
# Elements that only one row has, such as order numbers; as many values without a second one of them tell it.
UNIQUE = 0.0
_ENOUGH_TO_TELL = 50
# The elements of a value, each with its kind: elements of one kind are about as common.
_Split = Callable[[str], Iterable[tuple[Hashable, str]]]


@dataclass(frozen=True, slots=True)
class Elements:
    """What the rows of a column fall into.

    Attributes:
        densities: Shares of the rows that have an element, each with how many elements have that share; `UNIQUE` with how many such
            elements a row has.
        key_width: Bytes of an element.
    """

    densities: tuple[tuple[float, float], ...]
    key_width: float = _DEFAULT_KEY_WIDTH


def gin_pages(keys: Sequence[Elements], rows: float, table_pages: int) -> int:
    """Pages of a freshly built GIN index.

    Args:
        keys: What the rows of each key fall into.
        rows: Of the table.
        table_pages: Over which they lie.
    """
    entries, lists = 0.0, 0.0
    for density, number_of_them, key_width in ((*each, key.key_width) for key in keys for each in key.densities):
        count = number_of_them * rows if density == UNIQUE else number_of_them
        number = max(density * rows, 1.0)
        size = number * _pointer_bytes(number / max(table_pages, 1))
        size += math.ceil(size / _SEGMENT) * _SEGMENT_HEADER
        if size > _LONGEST_LIST:
            pages = math.ceil(size / (_PAGE_SPACE * _LIST_FILL))
            lists += count * (pages + (1 if pages > 1 else 0))
            size = 0.0
        entries += count * (_ENTRY_OVERHEAD + math.ceil((key_width + size) / 8) * 8)
    return 2 + math.ceil(entries / (_PAGE_SPACE * _ENTRY_FILL)) + math.ceil(lists)


def _pointer_bytes(per_page: float) -> float:
    """Bytes of the difference to the element's next row, when so many of its rows lie on each page of the table."""
    hit = -math.expm1(-per_page)
    leaving = hit / per_page if per_page > 0 else 1.0
    within = 1.0 - leaving
    near, far = 1 - (1 - hit) ** 7, 1 - (1 - hit) ** 1023
    return within * 1 + leaving * (2 * near + 3 * (far - near) + 4 * (1 - far))


def elements_of(statistics: ColumnStatistics | None, type_name: str, operator_class: str) -> Elements:
    """What a column's rows fall into, by its statistics: from the values in them, where those are not masked.

    Args:
        statistics: Of the column, where there are any.
        type_name: Its type.
        operator_class: As in CREATE INDEX; empty for the type's own.
    """
    if statistics and statistics.common_elements and statistics.common_element_ratios:
        return _of_array(statistics)
    split = _splitter(type_name, operator_class)
    if statistics and split and not statistics.masked:
        found = tuple(_sampled(statistics, split))
        if found:
            return Elements(found, 4.0 if "trgm" in operator_class else _DEFAULT_KEY_WIDTH)
    width = float(statistics.average_width) if statistics else 0.0
    if "trgm" in operator_class:
        return Elements(((_USUAL_DENSITY, max(width, 4.0) * _TRIGRAMS_A_CHARACTER / _USUAL_DENSITY),), 4.0)
    # A document of so many bytes has a key and a value for about every twenty.
    return Elements(((_USUAL_DENSITY, max(width, 20.0) / 10 / _USUAL_DENSITY),))


def _of_array(statistics: ColumnStatistics) -> Elements:
    """The common elements as they are; what is left of a row's mean number of elements, as ones half as common as the last of them."""
    # Behind the elements' own shares stand the least and the greatest of them, and the share of nulls.
    common = (statistics.common_element_ratios or ())[: len(statistics.common_elements or ())]
    known = [(ratio, 1.0) for ratio in common]
    mean = statistics.element_count_histogram[-1] if statistics.element_count_histogram else sum(common)
    left = mean - sum(common)
    rare = min(common) / 2
    return Elements(tuple(known + ([(rare, left / rare)] if left > 0 else [])))


def _sampled(statistics: ColumnStatistics, split: _Split) -> Iterator[tuple[float, float]]:
    """The shares of the rows that have an element, each with how many elements have it."""
    weights: list[tuple[str, float]] = list(
        zip(statistics.common_values or (), statistics.common_ratios or (), strict=False)
    )
    bounds = statistics.histogram or ()
    least = max(0.0, 1 - statistics.null_ratio - sum(weight for _, weight in weights)) / max(len(bounds), 1)
    weights += [(value, least) for value in bounds]
    found: dict[Hashable, dict[str, float]] = {}
    for value, weight in weights:
        for kind, element in set(split(value)):
            shares = found.setdefault(kind, {})
            shares[element] = shares.get(element, 0.0) + weight
    for shares in found.values():
        yield from _with_unseen(shares.values(), least)


def _with_unseen(shares: Collection[float], least: float) -> Iterator[tuple[float, float]]:
    """The same for elements of one kind, with those that are too rare for the sample.

    Of elements that it has once there are more than it shows: Chao, "Nonparametric Estimation of the Number of Classes in a
    Population", Scandinavian Journal of Statistics 11, 1984.

    Args:
        shares: Of the elements in the sample.
        least: The share of an element that it has once.
    """
    once = sum(share < _BETWEEN_ONE_AND_TWO * least for share in shares)
    twice = sum(share < (_BETWEEN_ONE_AND_TWO + 1) * least for share in shares) - once
    if once == len(shares) and once >= _ENOUGH_TO_TELL:
        yield UNIQUE, least * once
    elif once:
        unseen = once**2 / (2 * twice) if twice else once * (once - 1) / 2
        yield least * once / (once + unseen), once + unseen
    yield from ((share, 1.0) for share in shares if share >= _BETWEEN_ONE_AND_TWO * least)


def _splitter(type_name: str, operator_class: str) -> _Split | None:
    if "trgm" in operator_class:
        return _trigrams
    if type_name == "jsonb":
        return _paths if "path" in operator_class else _keys_and_values
    return None


def _trigrams(text: str) -> Iterator[tuple[Hashable, str]]:
    """Of each word with two spaces before and one behind it, as pg_trgm makes them."""
    for word in _WORD.findall(text.lower()):
        padded = f"  {word} "
        yield from ((None, padded[at : at + 3]) for at in range(len(padded) - 2))


def _keys_and_values(text: str) -> Iterator[tuple[Hashable, str]]:
    for path, value in _leaves(text):
        yield from ((None, key) for key in path)
        yield path, value


def _paths(text: str) -> Iterator[tuple[Hashable, str]]:
    yield from _leaves(text)


def _leaves(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each scalar of a document with the keys on the way to it."""
    try:
        left: list[tuple[tuple[str, ...], Any]] = [((), json.loads(text))]
    except ValueError:  # cut, or masked
        return
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            left += [((*path, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            left += [(path, each) for each in value]
        else:
            yield path, json.dumps(value)
