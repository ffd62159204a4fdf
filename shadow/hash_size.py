"""How large a hash index would be when built.

CREATE INDEX makes as many buckets as its rows need at 75 % fill and adds pages to those that overflow. Source of the layout:
PostgreSQL's access/hash/README, hash.h and hashpage.c (`_hash_init_metabuffer`).
"""

import math

from shadow.btree import BLOCK
from shadow.index_size import KeyColumn

_TUPLE = 16 + 4  # header and hash code, aligned, and the item pointer
_PAGE_TUPLES = (BLOCK - 24 - 16) // _TUPLE
_BUCKET_TUPLES = int(BLOCK * 0.75) // _TUPLE
# Buckets up to which a hash index only doubles; from there on it grows by quarters of what it doubles by.
_WHOLE_DOUBLINGS = 512
_METAPAGE_AND_BITMAP = 2
# Of a Poisson distribution, beyond which nothing is left that matters.
_DEVIATIONS = 8
# Of a bucket, from which on their number needs no distribution.
_MANY_PAGES = 50


def hash_pages(key: KeyColumn, rows: float) -> int:
    """Pages of a freshly built hash index.

    Args:
        key: Its column.
        rows: Of the table.
    """
    held = rows * (1 - key.null_ratio)
    buckets = _buckets(rows)  # those with a null, which are not held, are counted by CREATE INDEX too
    whole = 1 << (buckets.bit_length() - 1)
    split = buckets - whole
    common = sum(key.common_ratios) * rows
    others = max(held - common, 0.0)
    values = max(key.distinct - len(key.common_ratios), 1.0)
    # A bucket that has not been split yet takes the rows of two.
    overflow = (whole - split) * _overflow_pages(others / whole, others / values)
    overflow += 2 * split * _overflow_pages(others / whole / 2, others / values)
    overflow += sum(
        math.ceil(max(ratio * rows + others / buckets - _PAGE_TUPLES, 0) / _PAGE_TUPLES) for ratio in key.common_ratios
    )
    return _METAPAGE_AND_BITMAP + buckets + math.ceil(overflow)


def _buckets(rows: float) -> int:
    wanted = max(2, math.ceil(rows / _BUCKET_TUPLES))
    buckets = 1 << (wanted - 1).bit_length()
    if buckets <= _WHOLE_DOUBLINGS:
        return buckets
    quarter = buckets // 8
    return buckets // 2 + math.ceil((wanted - buckets // 2) / quarter) * quarter


def _overflow_pages(mean: float, repeated: float) -> float:
    """The pages that a bucket needs beside its own, on average.

    Args:
        mean: Of its rows.
        repeated: Rows of one value, which all come into the same bucket.
    """
    if mean <= 0:
        return 0.0
    repeated = max(repeated, 1.0)
    values = mean / repeated
    spread = _DEVIATIONS * math.sqrt(values) + 1
    found = 0.0
    for number in range(max(0, int(values - spread)), int(values + spread) + 2):
        chance = math.exp(number * math.log(values) - values - math.lgamma(number + 1))
        rows = number * repeated
        if rows > _MANY_PAGES * _PAGE_TUPLES:
            found += chance * (rows / _PAGE_TUPLES - 0.5)
            continue
        found += chance * sum(
            _exceeds(rows, repeated, limit * _PAGE_TUPLES) for limit in range(1, int(2 * rows / _PAGE_TUPLES) + 2)
        )
    return found


def _exceeds(mean: float, repeated: float, limit: float) -> float:
    """The probability that so many rows are more than the limit; unique values come one by one, others vary in their number."""
    if repeated <= 1 or mean <= 0:
        return float(mean > limit)
    return 0.5 * math.erfc((limit - mean) / math.sqrt(2 * mean))
