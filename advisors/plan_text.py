"""A plan in lines, as a person reads it."""

from collections.abc import Iterator

from facts import quantities
from facts.planner import Plan, PlanNode

LINES = 40
_LONGEST = 120


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The plan's nodes, indented, each with what it looks at, its cost and its rows; cut where it would fill a page."""
    lines = tuple(map(_line, plan.nodes[:LINES]))
    return (*lines, "…") if len(plan.nodes) > LINES else lines


def _line(node: PlanNode) -> str:
    words = " ".join(_words(node))
    words = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    figures = f"(cost {quantities.count(node.total_cost)}, rows {quantities.count(node.rows)})"
    return f"{'  ' * node.depth}{words}  {figures}"


def _words(node: PlanNode) -> Iterator[str]:
    yield node.kind
    if node.index:
        yield f"using {node.index}"
    if node.relation:
        alias = f" {node.alias}" if node.alias and node.alias != node.relation else ""
        yield f"on {node.relation}{alias}"
    if node.sort_keys:
        yield f"by {', '.join(node.sort_keys)}"
    for condition in (node.condition, node.filter):
        if condition:
            yield condition
