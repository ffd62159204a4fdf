"""The mall's statements as families: what is asked for, how often, and what it will cost at the multiplier."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from advisors.fingerprints import fingerprint
from advisors.listed_statements import is_listed
from advisors.storefront import follows
from advisors.views import Views, tables_within, views_by_name
from facts.front import FrontFacts
from facts.message import Message, msg
from facts.postgres import PostgresFacts, Statement
from facts.promotion import Promotion
from facts.schema import Table, tables_by_name
from facts.syntax import UnparsableError, parse

_FIRST_WORD = re.compile(r"[\s(]*([A-Za-z]+)")
_KINDS = {
    "select": "select",
    "with": "select",
    "values": "select",
    "insert": "insert",
    "update": "update",
    "delete": "delete",
    "merge": "update",
}
_WRITES: dict[type[exp.Expr], str] = {
    exp.Delete: "delete",
    exp.Update: "update",
    exp.Merge: "update",
    exp.Insert: "insert",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Statements that differ only in their literals, in the length of their IN lists and in their comments.

    Attributes:
        id: The queryid of its most expensive member.
        ids: All members' queryids.
        text: The most expensive member's normalized text.
        kind: `select`, `insert`, `update`, `delete` or `other` (utility statements).
        tree: The syntax tree, or None where the text could not be parsed (`unparsed_reason` says why).
        tables: Oids of the tables that it names.
        behind: Of these, and of those that its views read.
        estimated: Nobody has counted it: it comes from the user's own file, and its time from its plan.
        calls, rows, total_seconds, mean_seconds: Over the window.
        cores_now: Seconds of database time a second at the everyday peak.
        cores_at_multiplier: The same at the promotion: multiplied only when it follows the storefront's rate.
        follows_storefront: Whether shoppers cause it; `follows_reason` says how that was decided.
    """

    id: str
    ids: tuple[str, ...]
    text: str
    kind: str
    tree: exp.Expr | None
    unparsed_reason: Message | None
    tables: frozenset[int]
    behind: frozenset[int]
    estimated: bool
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
    follows_reason: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One database's families, the most expensive at the multiplier first.

    Attributes:
        window_seconds: Over which the statements were counted.
        requests: The storefront's requests in that window, where its log was read.
        peak_factor: The everyday peak's rate over the window's mean rate; 1 where no access log was read.
        multiplier: The promotion's.
        examined_ratio: Share of database time in families whose text was readable and could be parsed.
        cores: Processor cores of the database's machine, where known.
    """

    facts: PostgresFacts
    families: tuple[Family, ...]
    window_seconds: float
    requests: int | None
    peak_factor: float
    multiplier: float
    examined_ratio: float | None
    cores: float | None

    @property
    def counted(self) -> "Workload":
        """Without what nobody has counted."""
        return replace(self, families=tuple(each for each in self.families if not each.estimated))

    def growth(self, family: Family) -> float:
        """How many times its mean rate the family is sent at the promotion."""
        return self.peak_factor * self.multiplier if family.follows_storefront else 1.0

    @property
    def key(self) -> tuple[str, str]:
        """(target, database), as planners are found by."""
        return (self.facts.target, self.facts.database)


def mark_of(text: str) -> str:
    """Six hexadecimal digits that tell the statement's family from others, the same in every audit."""
    return hashlib.sha256(fingerprint(text).encode(errors="replace")).hexdigest()[:6]


def kind_of(text: str) -> str:
    """`select`, `insert`, `update`, `delete`, or `other` for a utility statement, by the first word."""
    word = _FIRST_WORD.match(text)
    return _KINDS.get(word.group(1).lower(), "other") if word else "other"


def kind_of_tree(tree: exp.Expr) -> str:
    """The same from the syntax tree: what changes rows anywhere, also below WITH, is no SELECT."""
    writes = (tree, *tree.find_all(*_WRITES))
    return next((_WRITES[type(node)] for node in writes if type(node) in _WRITES), "select")


def build_workload(
    facts: PostgresFacts,
    *,
    promotion: Promotion,
    peak_factor: float,
    cores: float | None,
    fronts: Sequence[FrontFacts],
) -> Workload:
    """Groups the statements of one database and projects them to the multiplier.

    Args:
        facts: As read.
        promotion: Gives the multiplier.
        peak_factor: The everyday peak over the window's mean rate.
        cores: Of the database's machine.
        fronts: The storefront's logs, to tell shoppers' statements from jobs.
    """
    if facts.statements is None:
        return Workload(
            facts=facts, families=(), window_seconds=0.0, requests=None, peak_factor=peak_factor,
            multiplier=promotion.multiplier, examined_ratio=None, cores=cores,
        )  # fmt: skip
    window = max(facts.statements.window_seconds, 0.001)
    requests = sum(front.log.window_requests for front in fronts if front.log) or None
    groups: dict[str, list[Statement]] = defaultdict(list)
    for statement in facts.statements.statements:
        if statement.top_level:  # a nested statement's time is inside its caller's
            groups[fingerprint(statement.text)].append(statement)
    names = tables_by_name(facts.schema) if facts.schema else {}
    views = views_by_name(facts.schema) if facts.schema else {}
    unread = facts.schema.unread if facts.schema else ()
    families = [
        _family(
            group,
            window,
            requests,
            peak_factor=peak_factor,
            multiplier=promotion.multiplier,
            names=names,
            views=views,
            unread=unread,
        )
        for group in groups.values()
    ]
    families.sort(key=lambda family: (-family.cores_at_multiplier, family.id))
    return Workload(
        facts=facts,
        families=tuple(families),
        window_seconds=window,
        requests=requests,
        peak_factor=peak_factor,
        multiplier=promotion.multiplier,
        examined_ratio=_examined(facts, families),
        cores=cores,
    )


def _family(
    group: list[Statement],
    window: float,
    requests: int | None,
    *,
    peak_factor: float,
    multiplier: float,
    names: Mapping[str, Table],
    views: Views,
    unread: Sequence[str],
) -> Family:
    group.sort(key=lambda statement: (-statement.total_seconds, statement.id))
    first = group[0]
    tree: exp.Expr | None = None
    reason: Message | None = None
    kind = kind_of(first.text)
    if kind != "other":
        try:
            tree = parse(first.text)
            kind = kind_of_tree(tree)
            reason = _unread_table(tree, unread, views)
            tree = None if reason else tree
        except UnparsableError as error:
            reason = error.reason
    calls = sum(each.calls for each in group)
    total = sum(each.total_seconds for each in group)
    tags = {name: value for each in reversed(group) for name, value in each.tags.items()}
    storefront, why = follows(tags, kind, calls=calls, mean_seconds=total / max(calls, 1), requests=requests)
    # What follows the storefront grows with its peak; the rest stays at its mean rate.
    now = total / window * (peak_factor if storefront else 1.0)
    return Family(
        id=first.id,
        ids=tuple(each.id for each in group),
        text=first.text,
        kind=kind,
        tree=tree,
        unparsed_reason=reason,
        tables=_tables(tree, names, {}),
        behind=_tables(tree, names, views),
        estimated=all(map(is_listed, group)),
        tags=tags,
        calls=calls,
        rows=sum(each.rows for each in group),
        total_seconds=total,
        mean_seconds=total / max(calls, 1),
        shared_blocks=sum(each.shared_blocks_hit + each.shared_blocks_read for each in group),
        wal_bytes=sum(each.wal_bytes or 0 for each in group),
        cores_now=now,
        cores_at_multiplier=now * (multiplier if storefront else 1.0),
        follows_storefront=storefront,
        follows_reason=why,
    )


def _unread_table(tree: exp.Expr, unread: Sequence[str], views: Views) -> Message | None:
    """What to say of a statement on a table that could not be read; None for any other."""
    if not unread:
        return None
    spoken = {name.rpartition(".")[2]: name for name in unread} | {name: name for name in unread}
    named = (spoken.get(name) for name in tables_within(tree, views))
    found = next((name for name in named if name is not None), None)
    return msg("its table {table} could not be read", table=found) if found else None


def _tables(tree: exp.Expr | None, names: Mapping[str, Table], views: Views) -> frozenset[int]:
    if tree is None:
        return frozenset()
    named = (names.get(name) for name in tables_within(tree, views))
    return frozenset(table.oid for table in named if table is not None)


def _examined(facts: PostgresFacts, families: Sequence[Family]) -> float | None:
    """Share of database time that could be looked at.

    Hidden and evicted entries have no time that could be read; each is taken for a mean entry's time, since nothing better is known.
    """
    statements = facts.statements
    if statements is None or not families:
        return None
    families = [family for family in families if not family.estimated]
    if not families:
        return None
    total = sum(family.total_seconds for family in families)
    blind = sum(family.total_seconds for family in families if family.kind != "other" and family.tree is None)
    unseen = (statements.hidden + statements.evicted) * total / max(len(families), 1)
    return (total - blind) / (total + unseen) if total + unseen > 0 else 1.0
