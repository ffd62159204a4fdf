"""The mall's statements as families: what is asked for, how often, and what it will cost at the multiplier."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from facts.postgres import PostgresFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Statements that differ only in their literals, in the length of their IN lists and in their comments.

    Attributes:
        id: The queryid of its most expensive member.
        ids: All members' queryids.
        text: The most expensive member's normalized text.
        kind: `select`, `insert`, `update`, `delete` or `other`.
        tree: sqlglot's syntax tree, or None where the text could not be parsed (`unparsed_reason` says why).
        tables: Oids of the tables that it names.
        calls, rows, total_seconds, mean_seconds: Sums over the window.
        cores_now: Seconds of database time a second at the everyday peak.
        cores_at_multiplier: The same at the promotion: multiplied only when it follows the storefront's rate.
        follows_storefront: Whether shoppers cause it; `follows_reason` says how that was decided.
    """

    id: str
    ids: tuple[str, ...]
    text: str
    kind: str
    tree: Any | None
    unparsed_reason: str
    tables: frozenset[int]
    tags: Mapping[str, str]
    calls: int
    rows: int
    total_seconds: float
    mean_seconds: float
    shared_blocks: int
    wal_bytes: int
    cores_now: float
    cores_at_multiplier: float
    follows_storefront: bool
    follows_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One database's families, the most expensive at the multiplier first."""

    facts: PostgresFacts
    families: tuple[Family, ...]
    window_seconds: float
    peak_factor: float  # the everyday peak's rate over the window's mean rate; 1 where no access log was read
    examined_ratio: float | None  # share of database time in families that could be parsed and whose text was readable
    cores: float | None  # processor cores of the database's machine, where known
