"""How large an index would be when built.

For a btree: the leaf tuples at 90 % fill, with deduplication as nbtdedup.c does it in CREATE INDEX (posting lists of at most
a tenth of a page, six bytes a row), and the internal pages above them. Source of the layout: PostgreSQL's nbtree README, itup.h.
For other methods a plain rule: GIN as the elements' posting lists, BRIN as one summary for 128 pages, hash at 75 % fill.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facts.planner import Candidate
from facts.schema import ColumnStatistics, Table
from shadow.btree import BLOCK, INTERNAL_FILL, LEAF_FILL

_PAGE_SPACE = BLOCK - 24 - 16
_TUPLE_HEADER = 8
_ITEM_POINTER = 4
_ROW_POINTER = 6
_POSTING_LIMIT = BLOCK // 10 - _ITEM_POINTER
_DEFAULT_WIDTH = 16.0
_FIXED_WIDTHS = {
    "boolean": 1, "smallint": 2, "integer": 4, "bigint": 8, "real": 4, "double precision": 8, "date": 4, "uuid": 16,
    "timestamp without time zone": 8, "timestamp with time zone": 8, "time without time zone": 8,
}  # fmt: skip
# Types whose equal values can look different, so that btree does not deduplicate them (nbtree: equalimage).
_NEVER_DEDUPLICATED = ("numeric", "real", "double precision", "jsonb")
_BRIN_PAGES_PER_RANGE = 128


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """What the size model needs to know of one key column."""

    width: float
    distinct: float  # absolute number of distinct values
    deduplicated: bool


def key_column(table: Table, column: str, statistics: ColumnStatistics | None, rows: float) -> KeyColumn:
    """Width and distinct values of a column, from its statistics where there are any, else from its type."""
    type_name = next((each.type for each in table.columns if each.name == column), "text")
    bare = type_name.split("(")[0]
    width = float(_FIXED_WIDTHS.get(bare) or (statistics.average_width if statistics else 0) or _DEFAULT_WIDTH)
    if statistics is None or statistics.distinct == 0:
        distinct = max(rows / 10, 1.0)
    else:
        distinct = statistics.distinct if statistics.distinct > 0 else -statistics.distinct * rows
    return KeyColumn(width=width, distinct=max(distinct, 1.0), deduplicated=bare not in _NEVER_DEDUPLICATED)


def aligned(width: float) -> float:
    """Rounded up to the 8 bytes that tuples are aligned to."""
    return math.ceil(width / 8) * 8


def btree_pages(columns: Sequence[KeyColumn], rows: float, *, included_width: float = 0.0) -> int:
    """Pages of a freshly built btree over `rows` rows."""
    width = aligned(sum(column.width for column in columns) + included_width)
    tuple_size = _TUPLE_HEADER + width
    distinct = min(math.prod(column.distinct for column in columns), max(rows, 1.0))
    repeated = rows / max(distinct, 1.0)
    if repeated > 1 and not included_width and all(column.deduplicated for column in columns):
        leaf_bytes = distinct * _posting_bytes(tuple_size, repeated)
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


def other_pages(candidate: Candidate, table_pages: int, rows: float, width: float) -> int:
    """Pages of an index that is no btree: a rule of thumb, stated as such by whoever shows it."""
    if candidate.method == "brin":
        return 3 + math.ceil(table_pages / _BRIN_PAGES_PER_RANGE / 200)
    if candidate.method == "hash":
        return 2 + math.ceil(rows * (16 + _ITEM_POINTER) / (_PAGE_SPACE * 0.75))
    # GIN: a trigram or element each four bytes or so; posting lists compress to about two bytes a row and element.
    return 2 + math.ceil(rows * max(width, 4.0) * 2.2 / _PAGE_SPACE)
