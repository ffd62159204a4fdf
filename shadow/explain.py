"""Turns the server's EXPLAIN (FORMAT JSON) into plan nodes."""

from collections.abc import Iterator, Mapping
from typing import Any

from facts.planner import PlanNode

_CONDITIONS = ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "TID Cond")


def nodes(document: Any, names: Mapping[str, str]) -> tuple[PlanNode, ...]:
    """All nodes in depth-first order.

    Args:
        document: What EXPLAIN returned.
        names: By the shadow's index name, the name to show instead (a candidate's subject).
    """
    return tuple(_walk(document[0]["Plan"], 0, names))


def _walk(node: dict[str, Any], depth: int, names: Mapping[str, str]) -> Iterator[PlanNode]:
    index = node.get("Index Name", "")
    yield PlanNode(
        kind=node["Node Type"],
        depth=depth,
        startup_cost=node["Startup Cost"],
        total_cost=node["Total Cost"],
        rows=node["Plan Rows"],
        width=node["Plan Width"],
        schema=node.get("Schema", ""),
        relation=node.get("Relation Name", ""),
        alias=node.get("Alias", ""),
        index=names.get(index, index),
        condition=" AND ".join(node[key] for key in _CONDITIONS if key in node),
        filter=node.get("Filter", ""),
        sort_keys=tuple(node.get("Sort Key", ())),
    )
    for child in node.get("Plans", ()):
        yield from _walk(child, depth + 1, names)
