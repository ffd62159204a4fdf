"""Gives an empty btree index the height and size of a real one.

An empty btree has height 0, which makes every inner index probe too cheap. The planner takes the height from the metapage and walks
the tree when it wants the true end of a column, so the tree must be valid: the metapage points to block 1, blocks 1 to `height`
are internal pages with a single minus-infinity pivot that points to the next block, and the last is an empty leaf.

Page layouts: PostgreSQL's src/include/storage/bufpage.h, itemid.h and access/nbtree.h (btree version 4, PostgreSQL 12 and newer).
"""

import math
import os
import struct
from pathlib import Path

BLOCK = 8192
_HEADER = 24
_SPECIAL = BLOCK - 16
_LAYOUT_VERSION = 4
_LEAF, _ROOT = 1, 2
_LP_NORMAL = 1
_PIVOT_SIZE = 8
_ALT_TID = 0x2000  # INDEX_ALT_TID_MASK: a pivot tuple; with no key attributes it sorts before everything
_ROOT_FIELDS = _HEADER + 8  # magic and version stand before btm_root, btm_level, btm_fastroot, btm_fastlevel

# nbtsort.c fills leaf pages to 90 % and internal pages to 70 % when it builds an index.
LEAF_FILL = 0.90
INTERNAL_FILL = 0.70


def write_skeleton(path: Path, height: int) -> None:
    """Writes the internal pages and the leaf of a tree of that height into a freshly built, empty index.

    Args:
        path: The index's first segment file.
        height: Levels above the leaves; 0 leaves the file as it is.
    """
    if height <= 0:
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.pwrite(descriptor, struct.pack("<4I", 1, height, 1, height), _ROOT_FIELDS)
        for block in range(1, height + 2):
            os.pwrite(descriptor, _page(block, height), block * BLOCK)
    finally:
        os.close(descriptor)


def _page(block: int, height: int) -> bytes:
    level = height + 1 - block
    flags = (_LEAF if level == 0 else 0) | (_ROOT if block == 1 else 0)
    items = 0 if level == 0 else 1
    upper = _SPECIAL - items * _PIVOT_SIZE
    page = bytearray(BLOCK)
    struct.pack_into("<QHHHHHHI", page, 0, 0, 0, 0, _HEADER + 4 * items, upper, _SPECIAL, BLOCK | _LAYOUT_VERSION, 0)
    if items:
        struct.pack_into("<I", page, _HEADER, upper | _LP_NORMAL << 15 | _PIVOT_SIZE << 17)
        child = block + 1
        struct.pack_into("<HHHH", page, upper, child >> 16, child & 0xFFFF, 0, _ALT_TID | _PIVOT_SIZE)
    struct.pack_into("<IIIHH", page, _SPECIAL, 0, 0, level, flags, 0)
    return bytes(page)


def estimated_height(pages: int, key_width: float) -> int:
    """The height of a btree of that many pages, from the fan-out of its internal pages.

    Args:
        pages: All pages with the metapage.
        key_width: Bytes of the key's attributes, aligned.
    """
    fan_out = max(2.0, (_SPECIAL - _HEADER) * INTERNAL_FILL / (4 + 8 + max(key_width, 8)))
    width, height = max(pages - 1, 1), 0
    while width > 1:
        width = math.ceil(width / fan_out)
        height += 1
    return height
