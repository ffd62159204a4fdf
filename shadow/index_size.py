"""How large a btree index would be when built, and what the models of all methods need to know of a key.

The leaf tuples at 90 % fill, with deduplication as nbtdedup.c does it in CREATE INDEX (posting lists of at most
a tenth of a page, six bytes a row), and the internal pages above them. Source of the layout: PostgreSQL's nbtree README, itup.h.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facts.schema import ColumnStatistics
from shadow.btree import BLOCK, INTERNAL_FILL, LEAF_FILL

_PAGE_SPACE = BLOCK - 24 - 16
_TUPLE_HEADER = 8
_NULL_BITMAP = 8  # with its padding
_ITEM_POINTER = 4
_ROW_POINTER = 6
_POSTING_LIMIT = 816 - _ITEM_POINTER  # a tenth of a page, aligned down
_DEFAULT_WIDTH = 16.0
_FIXED_WIDTHS = {
    "boolean": 1, "smallint": 2, "integer": 4, "bigint": 8, "real": 4, "double precision": 8, "date": 4, "uuid": 16,
    "timestamp without time zone": 8, "timestamp with time zone": 8, "time without time zone": 8,
}  # fmt: skip
# uuid is a string of bytes, and what is not listed is short enough to stand unaligned.
_ALIGNED_TO_ITSELF = frozenset(_FIXED_WIDTHS) - {"uuid"}
# Types whose equal values can look different, so that btree does not deduplicate them (nbtree: equalimage).
_NEVER_DEDUPLICATED = ("numeric", "real", "double precision", "jsonb")


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """What the size model needs to know of one key column."""

    width: float
    alignment: int
    distinct: float  # absolute number of distinct values
    common_ratios: tuple[float, ...]  # shares of the most common ones
    null_ratio: float
    deduplicated: bool


def key_column(type_name: str, statistics: ColumnStatistics | None, rows: float) -> KeyColumn:
    """Width and distinct values of a column, from its statistics where there are any, else from its type."""
    bare = type_name.split("(", maxsplit=1)[0]
    width = float(_FIXED_WIDTHS.get(bare) or (statistics.average_width if statistics else 0) or _DEFAULT_WIDTH)
    distinct = (statistics.distinct_of(rows) if statistics else 0.0) or rows / 10
    return KeyColumn(
        width=width,
        alignment=int(width) if bare in _ALIGNED_TO_ITSELF else 1,
        distinct=max(distinct, 1.0),
        common_ratios=(statistics.common_ratios or ()) if statistics else (),
        null_ratio=statistics.null_ratio if statistics else 0.0,
        deduplicated=bare not in _NEVER_DEDUPLICATED,
    )


def aligned(width: float, to: int = 8) -> float:
    """Rounded up to the 8 bytes that tuples are aligned to."""
    return math.ceil(width / to) * to


def data_width(columns: Sequence[KeyColumn]) -> float:
    """The mean width of a tuple's data, aligned, with the bitmap that tuples with a null have."""
    full = 0.0
    for column in columns:
        full = aligned(full, column.alignment) + column.width
    with_null = 1 - math.prod(1 - column.null_ratio for column in columns)
    if with_null <= 0:
        return aligned(full)
    left = sum(column.width * (1 - column.null_ratio / with_null) for column in columns)
    return (1 - with_null) * aligned(full) + with_null * (_NULL_BITMAP + aligned(left))


def distinct_keys(columns: Sequence[KeyColumn], rows: float) -> float:
    """How many different keys that many rows have, if the columns do not depend on each other."""
    everything = max(rows, 1.0)
    first, *following = sorted(columns, key=lambda each: each.distinct, reverse=True)
    keys = min(first.distinct, everything)
    for column in following:
        each = everything / keys
        common = column.common_ratios
        found = sum(_seen(ratio, each) for ratio in common) + _seen(column.null_ratio, each)
        others = column.distinct - len(common)
        if others > 0:
            found += others * _seen(max(0.0, 1 - sum(common) - column.null_ratio) / others, each)
        keys = min(keys * max(found, 1.0), everything)
    return keys


def _seen(ratio: float, rows: float) -> float:
    """The probability that a value with that share of the rows is among so many rows."""
    return 1.0 - math.pow(1.0 - min(ratio, 1.0), rows)


def btree_pages(columns: Sequence[KeyColumn], rows: float, included: Sequence[KeyColumn] = ()) -> int:
    """Pages of a freshly built btree over `rows` rows."""
    tuple_size = _TUPLE_HEADER + data_width([*columns, *included])
    repeated = rows / distinct_keys(columns, rows)
    if repeated > 1 and not included and all(column.deduplicated for column in columns):
        leaf_bytes = rows / repeated * _posting_bytes(tuple_size, repeated)
    else:
        leaf_bytes = rows * (tuple_size + _ITEM_POINTER)
    leaves = math.ceil(leaf_bytes / (_PAGE_SPACE * LEAF_FILL)) or 1
    pages, level = leaves, leaves
    fan_out = max(2.0, _PAGE_SPACE * INTERNAL_FILL / (tuple_size + _ITEM_POINTER))
    while level > 1:
        level = math.ceil(level / fan_out)
        pages += level
    return pages + 1  # the metapage


def _posting_bytes(tuple_size: float, repeated: float) -> float:
    """Leaf bytes for one key with `repeated` rows."""
    together = max(1.0, (_POSTING_LIMIT - tuple_size) // _ROW_POINTER)
    lists = math.ceil(repeated / together)
    if repeated < 1.5:  # noqa: PLR2004  (most keys have one row and no list)
        return repeated * (tuple_size + _ITEM_POINTER)
    return lists * (tuple_size + _ITEM_POINTER) + aligned(repeated * _ROW_POINTER)
