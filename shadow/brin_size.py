"""How large a BRIN index would be when built.

A summary for each range of 128 pages, and a map from ranges to summaries. Source of the layout: PostgreSQL's access/brin/README,
brin_tuple.h, brin_revmap.c.
"""

import math
from collections.abc import Sequence

from shadow.btree import BLOCK
from shadow.index_size import KeyColumn, aligned

_PAGES_PER_RANGE = 128
_PAGE_SPACE = BLOCK - 24 - 8
_MAP_ENTRIES = _PAGE_SPACE // 6
_SUMMARY_HEADER = 8  # with its padding
_ITEM_POINTER = 4


def brin_pages(columns: Sequence[KeyColumn], table_pages: int) -> int:
    """Pages of a freshly built BRIN index of least and greatest values.

    Args:
        columns: Its keys.
        table_pages: Of the table.
    """
    ranges = math.ceil(max(table_pages, 1) / _PAGES_PER_RANGE)
    nulls = any(column.null_ratio > 0 for column in columns)
    # Two bits for each column, if any has nulls.
    header = aligned(_SUMMARY_HEADER - 3 + math.ceil(len(columns) / 4)) if nulls else _SUMMARY_HEADER
    width = 0.0
    for column in columns:
        for _ in ("least", "greatest"):
            width = aligned(width, column.alignment) + column.width
    summary = header + aligned(width) + _ITEM_POINTER
    return 1 + math.ceil(ranges / _MAP_ENTRIES) + math.ceil(ranges * summary / _PAGE_SPACE)
