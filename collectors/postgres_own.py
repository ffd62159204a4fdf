"""Which entries of pg_stat_statements an audit made itself, where it shares its role with somebody else.

The server counts by role, database and text, not by application. What our role ran on catalogues alone is taken for ours; what
it ran on any other table, or with a function of the mall's, is the shop's, and shows that the role is not the audit's own.
"""

import re
from collections.abc import Sequence

from collectors.postgres_connection import PROLOGUE
from facts.sqlcommenter import Kind, pieces

_RELATION = re.compile(
    r"""\b(?:FROM|JOIN|INTO|UPDATE|ONLY|TABLE|COPY|TRUNCATE|CALL|VIEW)\s+(?:ONLY\s+)?((?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))?)(\s*\()?""",
    re.IGNORECASE,
)
# The grammar of some functions has a FROM of its own.
_FUNCTION = re.compile(r"\b(?:extract|substring|trim|overlay)\s*\([^()]*?\bFROM\b", re.IGNORECASE)
_OURS = re.compile(
    r"(pg_catalog\.|(\w+|\"[^\"]+\")\.)?\"?pg_\w+\"?|(pg_catalog|tenfold|information_schema)\.\w+|(.+\.)?bt_metap"
)
_ITSELF = frozenset((*PROLOGUE, "SELECT clock_timestamp()"))
# A figure of the business that `tenfold serve` reads: its text is the mall's, its wrapping ours (collectors.serving.declared).
_DECLARED = re.compile(r"\) AS declared LIMIT \S+$")
_CALL = re.compile(r"SELECT\s+((?:\w+\.)?\w+)\s*\(", re.IGNORECASE)
_BUILT_IN = frozenset(
    "clock_timestamp coalesce count current_database current_setting exists generate_series now set_config unnest version".split()
)
# What sets a database up is no workload, and whoever prepares an audit runs it under the audit's role.
_PREPARATION = re.compile(
    r"(ALTER|ANALYZE|COMMENT|CREATE|DISCARD|DO|DROP|GRANT|REASSIGN|RESET|REVOKE|SECURITY|SET|SHOW|VACUUM)\b",
    re.IGNORECASE,
)


def others(texts: Sequence[str]) -> list[bool]:
    """For each statement of the audit's role, without comments, whether somebody else's work is in it.

    As long as none of them touches a table of the mall, the role is the audit's own and all are ours.
    """
    relations = [_relations(text) for text in texts]
    if all(_OURS.fullmatch(name) for names in relations for name in names):
        return [False] * len(texts)
    return [not _is_ours(text, found) for text, found in zip(texts, relations, strict=True)]


def _is_ours(text: str, relations: Sequence[str]) -> bool:
    if relations:
        return all(map(_OURS.fullmatch, relations))
    return (
        text in _ITSELF
        or _DECLARED.search(text) is not None
        or _PREPARATION.match(text) is not None
        or "current_setting(" in text
        or "pg_get_" in text
    )


def _relations(text: str) -> list[str]:
    """The relations that a statement names, or functions in their place; none where it is a figure that we read."""
    if _PREPARATION.match(text) or _DECLARED.search(text):
        return []
    bare = "".join("''" if kind in {Kind.STRING, Kind.ESCAPED, Kind.DOLLAR} else piece for kind, piece in pieces(text))
    found = [
        name for name, call in _RELATION.findall(_FUNCTION.sub("(", bare)) if not (call and name.lower() in _BUILT_IN)
    ]
    called = _CALL.match(bare)
    return [called[1]] if called and not found and called[1].lower() not in _BUILT_IN else found
