"""What a plan does, told apart by kind, as EXPLAIN and the statistics tell it.

EXPLAIN gives a node's cost with its children's, for one of its executions. What is a node's own is what is left without theirs, as
often as it is executed; of a scan that is split by the pages that PostgreSQL's costsize.c charges for. Of rows that an index leads to,
the planner charges each page once, however often it is come back to, and does not say how many rows it looked at before its filter;
here they are counted. What several processes do at once is counted for each of them, since the processor pays for all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from facts.planner import Work
from facts.schema import Schema
from shadow.statistics import pages_of

_JOINING = frozenset({"Hash Join", "Merge Join", "Nested Loop", "Hash", "Materialize", "Memoize"})
_SORTING = frozenset({"Sort", "Incremental Sort"})
_GROUPING = frozenset({"Aggregate", "Group", "Unique", "WindowAgg", "SetOp"})
# A leader helps its workers for what time its own work leaves: costsize.c, get_parallel_divisor.
_LEADER_LOST = 0.3
# Share of the rows that a condition keeps of which nothing is known: selfuncs.h, DEFAULT_INEQ_SEL.
_UNKNOWN_KEEPS = 1 / 3
_EQUALITY = re.compile(r'\(?\(?(?:(?:"[^"]+"|\w+)\.)?"?(\w+)"?\)?(?:::[\w ]+)? = ')


@dataclass(frozen=True, slots=True)
class Constants:
    """What the planner charges, as the mall has set it."""

    sequential_page: float = 1.0
    row: float = 0.01
    entry: float = 0.005
    operation: float = 0.0025


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a table.

    Attributes:
        distinct: Numbers of distinct values, by column.
        correlation: Of the rows' order on disk with the column's, from -1 to 1, by column.
    """

    rows: float = 0.0
    pages: int = 0
    distinct: Mapping[str, float] = field(default_factory=dict)
    correlation: Mapping[str, float] = field(default_factory=dict)


Tables = Callable[[str, str], Known]


def known_tables(schema: Schema) -> Tables:
    """Looks a table up by its schema and name."""
    distinct: dict[int, dict[str, float]] = {}
    correlation: dict[int, dict[str, float]] = {}
    rows = {table.oid: max(table.row_estimate, 0.0) for table in schema.tables}
    for each in schema.statistics:
        if not each.inherited and each.table_oid in rows and each.distinct:
            distinct.setdefault(each.table_oid, {})[each.column] = max(each.distinct_of(rows[each.table_oid]), 1.0)
            correlation.setdefault(each.table_oid, {})[each.column] = each.correlation or 0.0
    tables = {
        (table.schema, table.name): Known(
            rows[table.oid], pages_of(table), distinct.get(table.oid, {}), correlation.get(table.oid, {})
        )
        for table in schema.tables
    }
    nothing = Known()
    return lambda schema, name: tables.get((schema, name), nothing)


def work_of(document: Any, tables: Tables, leading: Mapping[str, str], constants: Constants) -> Work:
    """The work of a plan.

    Args:
        document: What EXPLAIN (FORMAT JSON, VERBOSE) returned.
        tables: Looks a table up.
        leading: The first column of each index, by the index's name.
        constants: What the planner charged.
    """
    found = _Sum(tables, leading, constants)
    _visit(document[0]["Plan"], 1.0, 1.0, found)
    each = sum(found.shared.values())
    return Work(**found.amounts, processes=sum(found.amounts.values()) / each if each > 0 else 1.0)


def mean(works: Sequence[Work]) -> Work:
    """Of the plans for several values, which are about as likely."""
    names = [each.name for each in fields(Work)]
    return Work(**{name: sum(getattr(each, name) for each in works) / len(works) for name in names})


@dataclass(slots=True)
class _Sum:
    """Amounts by kind: of all processes, and of each."""

    tables: Tables
    leading: Mapping[str, str]
    constants: Constants
    amounts: dict[str, float] = field(default_factory=dict)
    shared: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, amount: float, processes: float) -> None:
        self.shared[kind] = self.shared.get(kind, 0.0) + max(amount, 0.0)
        self.amounts[kind] = self.amounts.get(kind, 0.0) + max(amount, 0.0) * processes


def _visit(node: Mapping[str, Any], times: float, processes: float, found: _Sum) -> None:
    """Adds a node and what is below it.

    Args:
        node: Of the document.
        times: How often it is executed.
        processes: That execute it.
        found: Takes the amounts.
    """
    children = [each for each in node.get("Plans", ()) if each.get("Parent Relationship") != "SubPlan"]
    called = [each for each in node.get("Plans", ()) if each.get("Parent Relationship") == "SubPlan"]
    total = float(node["Total Cost"])
    repeats = _repeats(node, children, total, found.constants)
    taken = sum(often * float(each["Total Cost"]) for often, each in zip(repeats, children, strict=True))
    if taken > total:  # whoever is above stops early: LIMIT, a semijoin, the end of one side of a merge join
        repeats = [often * total / taken for often in repeats]
        taken = total
    own = total - taken
    for each in called:
        once = float(each["Total Cost"])
        often = own / once if once > 0 else 0.0
        own = 0.0
        _visit(each, times * often, processes, found)
    _add_own(node, own, times, processes, found)
    launched = node.get("Workers Planned", 0)
    below = processes * (launched + max(0.0, 1 - _LEADER_LOST * launched)) if launched else processes
    for often, each in zip(repeats, children, strict=True):
        _visit(each, times * often, below, found)


def _repeats(node: Mapping[str, Any], children: list[Any], total: float, constants: Constants) -> list[float]:
    """How often each child is executed for one execution of the node."""
    inner = next((each for each in children if each.get("Parent Relationship") == "Inner"), None)
    if node["Node Type"] != "Nested Loop" or inner is None or inner["Node Type"] == "Materialize":
        return [1.0] * len(children)
    # Beside the two sides there may be a CTE or an InitPlan.
    outer = next((each for each in children if each.get("Parent Relationship") == "Outer"), inner)
    left = total - float(outer["Total Cost"]) - constants.row * float(node["Plan Rows"])
    # Memoize and early ends make it less often than once for each row.
    often = min(max(float(outer["Plan Rows"]), 1.0), max(left, 0.0) / max(float(inner["Total Cost"]), 1e-9))
    return [often if each is inner else 1.0 for each in children]


def _add_own(node: Mapping[str, Any], own: float, times: float, processes: float, found: _Sum) -> None:
    kind = node["Node Type"]
    if kind == "Seq Scan":
        table = found.tables(node.get("Schema", ""), node.get("Relation Name", ""))
        pages = min(own, table.pages * found.constants.sequential_page)
        # Processes that share out the pages of one scan are charged for all of them, each.
        found.add("sequential_pages", pages * times, 1.0 if node.get("Parallel Aware") else processes)
        found.add("scanning", (own - pages) * times, processes)
    elif kind in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}:
        _add_found(node, times, processes, found)
    elif kind == "Bitmap Index Scan":
        found.add("probes", times, processes)
        found.add("scanning", float(node["Plan Rows"]) * found.constants.entry * times, processes)
    elif kind in _JOINING:
        found.add("joining", own * times, processes)
    elif kind in _SORTING:
        found.add("sorting", own * times, processes)
    elif kind in _GROUPING:
        found.add("grouping", own * times, processes)
    else:
        found.add("other", own * times, processes)


def _add_found(node: Mapping[str, Any], times: float, processes: float, found: _Sum) -> None:
    """Rows that an index leads to."""
    table = found.tables(node.get("Schema", ""), node.get("Relation Name", ""))
    constants = found.constants
    looked_at = _looked_at(node, table)
    correlation = table.correlation.get(found.leading.get(str(node.get("Index Name")), ""), 0.0)
    charge = constants.row + constants.operation
    if node["Node Type"] != "Bitmap Heap Scan":
        found.add("probes", times, processes)
        charge += constants.entry
    found.add("scanning", looked_at * charge * times, processes)
    if node["Node Type"] == "Index Only Scan":
        return
    # Rows that lie in the index's order are on the page of the row before.
    together = max(table.rows / table.pages, 1.0) if table.pages else 1.0
    alone = 1 - correlation**2 * (1 - 1 / together)
    if node["Node Type"] == "Bitmap Heap Scan" and table.pages:
        # A page is visited once, however many rows are on it: Cardenas' formula.
        distinct = table.pages * (1 - (1 - 1 / table.pages) ** looked_at)
        alone = min(alone, distinct / max(looked_at, 1e-9))
    found.add("visits", looked_at * alone * times, processes)


def _looked_at(node: Mapping[str, Any], table: Known) -> float:
    """How many rows an index leads to in one execution, before the filter."""
    rows = float(node["Plan Rows"])
    for below in node.get("Plans", ()):
        if below["Node Type"].startswith("Bitmap"):
            return max(rows, float(below["Plan Rows"]))
    if "Filter" not in node:
        return rows
    keeps, equal = 1.0, False
    for part in str(node.get("Index Cond", "")).split(" AND "):
        named = _EQUALITY.match(part)
        distinct = table.distinct.get(named.group(1)) if named else None
        keeps *= 1 / distinct if distinct else _UNKNOWN_KEEPS
        equal |= distinct is not None
    return max(rows, min(table.rows * keeps if equal else rows / _UNKNOWN_KEEPS, table.rows))
