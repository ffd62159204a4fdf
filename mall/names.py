"""The names of tables, columns and indexes, and how to rename all of them at random.

An advisor that knows the practice mall's names by heart would be of no use elsewhere; a scrambled mall shows that none does.
Every SQL text of the mall goes through `Names.sql`.
"""

import random
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

SCHEMA = Path(__file__).parent / "schema"
_WORDS = (
    "amber", "anchor", "basil", "birch", "cobalt", "copper", "coral", "delta", "dune", "ember", "fern", "flint", "grove", "harbor", "hazel",
    "iris", "jade", "juniper", "karst", "lagoon", "larch", "linen", "maple", "marble", "mesa", "mist", "nectar", "olive", "onyx", "opal",
    "pebble", "pine", "prairie", "quartz", "raven", "reef", "sable", "saffron", "sierra", "slate", "spruce", "summit", "teal", "thistle",
    "tundra", "umber", "velvet", "willow", "zephyr", "青石", "白桦", "Order", "User", "select",
)  # fmt: skip
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_PIECES = re.compile(r"('(?:[^']|'')*')|(\b[a-z_][a-z0-9_]*\b)")


@dataclass(frozen=True)
class Names:
    """A renaming; the empty one leaves every name as it is.

    Attributes:
        mapping: The new name, unquoted, by the plain one.
    """

    mapping: dict[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        """By identity of content, so that renamed texts can be remembered."""
        return hash(tuple(self.mapping.items()))

    def sql(self, text: str) -> str:
        """The text with every known identifier outside of string literals renamed and quoted where needed."""
        return _renamed(self, text) if self.mapping else text


@lru_cache(maxsize=1000)
def _renamed(names: Names, text: str) -> str:
    def piece(match: re.Match[str]) -> str:
        word = match.group(2)
        return quoted(names.mapping[word]) if word in names.mapping else match.group()

    return _PIECES.sub(piece, text)


def quoted(name: str) -> str:
    """The identifier in double quotes, unless it is plain and no keyword among our words."""
    return (
        name if _PLAIN.match(name) and name not in {"order", "user", "select"} else '"' + name.replace('"', '""') + '"'
    )


def scrambled(seed: int) -> Names:
    """New names for every table, column and index of the schema, drawn from the seed."""
    dice = random.Random(seed)
    taken: set[str] = set()
    mapping = {}
    for plain in sorted(identifiers()):
        while True:
            name = f"{dice.choice(_WORDS)}_{dice.choice(_WORDS)}_{dice.randrange(100)}"
            if dice.random() < 0.1:  # noqa: PLR2004  (one in ten needs quotes)
                name = name.replace("_", " ")
            if name not in taken:
                break
        taken.add(name)
        mapping[plain] = name
    return Names(mapping)


def identifiers() -> frozenset[str]:
    """Every table, column and index name of the schema files, and those that faults create."""
    tables = (SCHEMA / "tables.sql").read_text(encoding="utf-8")
    names = set(re.findall(r"CREATE TABLE (\w+)", tables))
    names |= set(re.findall(r"^    (\w+) ", tables, re.MULTILINE))
    return frozenset(
        names | index_names() | {"orders_merchant_copy_idx", "orders_address_idx", "login_log_user_once_idx"}
    )


def index_names() -> frozenset[str]:
    """The names of the healthy mall's own indexes, those of constraints left out."""
    indexes = (SCHEMA / "indexes.sql").read_text(encoding="utf-8")
    return frozenset(re.findall(r"CREATE (?:UNIQUE )?INDEX (\w+)", indexes))
