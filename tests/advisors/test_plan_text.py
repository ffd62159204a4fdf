"""Plans in lines."""

from dataclasses import replace

from advisors.plan_text import LINES, plan_lines
from facts.planner import Plan, PlanNode


def node(kind: str, depth: int = 0) -> PlanNode:
    return PlanNode(kind=kind, depth=depth, startup_cost=0.0, total_cost=1234.5, rows=20.0, width=8)


def plan(*nodes: PlanNode) -> Plan:
    return Plan(cost=1234.5, worst_cost=1234.5, nodes=nodes, variant="generic")


def test_a_line_for_each_node_with_what_it_looks_at() -> None:
    scan = replace(node("Index Scan", 1), relation="orders", alias="o", index="idx", condition="(o.user_id = $1)")
    assert plan_lines(plan(node("Limit"), scan)) == (
        "Limit  (cost 1,234, rows 20)",
        "  Index Scan using idx on orders o (o.user_id = $1)  (cost 1,234, rows 20)",
    )


def test_a_long_plan_and_a_long_condition_are_cut() -> None:
    lines = plan_lines(plan(*[replace(node("Seq Scan"), filter="x" * 500)] * (LINES + 1)))
    assert len(lines) == LINES + 1
    assert lines[-1] == "…"
    assert max(map(len, lines)) < 160
