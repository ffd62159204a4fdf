"""What the builders of facts share: one mall, one moment, one window."""

import zlib
from datetime import UTC, datetime

TAKEN_AT = datetime(2026, 10, 27, 20, 0, tzinfo=UTC)
WINDOW = 60.0
MULTIPLIER = 10.0
TARGET = "orders"
CACHE = "cache"
SITE = "shop"
MEBIBYTE = 2**20


def oid_of(schema: str, name: str) -> int:
    """The same oid for the same name, in every test."""
    return 16_384 + zlib.crc32(f"{schema}.{name}".encode()) % 1_000_000


def seconds_for(cores: float, *, window: float = WINDOW, multiplier: float = MULTIPLIER) -> float:
    """The total time within the window of a statement that keeps so many cores busy at the multiplier."""
    return cores * window / multiplier


# A database's schema
