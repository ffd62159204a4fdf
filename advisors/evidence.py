"""Statement families as evidence, written the same way by every rule."""

from collections.abc import Iterable, Sequence

from advisors.plan_text import plan_lines
from advisors.workload import Family, Workload, mark_of
from facts.findings import Expected, QueryEvidence
from facts.planner import Plan

TEXT_LIMIT = 2000


def query(
    family: Family, before: Plan | None = None, after: Plan | None = None, time_kept: float | None = None
) -> QueryEvidence:
    """The family as evidence, with its plans without and with the remedy, where the planner was asked.

    Args:
        family: The statements.
        before: Its plan as it is.
        after: With the remedy.
        time_kept: The share of its time that is foretold to be left; None where only cost can be told.
    """
    text = family.text if len(family.text) <= TEXT_LIMIT else family.text[: TEXT_LIMIT - 1] + "…"
    return QueryEvidence(
        id=family.id,
        text=text,
        calls=family.calls,
        total_seconds=round(family.total_seconds, 6),
        mean_seconds=round(family.mean_seconds, 6),
        cost_before=before.cost if before else None,
        cost_after=after.cost if after else None,
        time_kept_ratio=time_kept,
        plan_before=plan_lines(before) if before else (),
        plan_after=plan_lines(after) if after else (),
        rows=None if family.estimated else round(family.rows / max(family.calls, 1), 1),
        blocks=None if family.estimated else round(family.shared_blocks / max(family.calls, 1), 1),
        tags=dict(family.tags),
    )


def expected(families: Iterable[Family], kept_share: float | None, method: str) -> Expected:
    """What a remedy changes for these families.

    Args:
        families: Those that the remedy concerns.
        kept_share: The share of their time that is left afterwards; None where it cannot be said.
        method: How that is known, see `facts.findings.Expected`.
    """
    concerned = list(families)
    now = sum(family.cores_now for family in concerned)
    return Expected(
        seconds_before=round(now, 6),
        seconds_after=None if kept_share is None else round(now * kept_share, 6),
        method=method,
        at_multiplier_seconds=round(sum(family.cores_at_multiplier for family in concerned), 6),
    )


def owner(workload: Workload) -> str:
    """How findings name the database: the target, and the database where the target has several."""
    return owner_of(*workload.key)


def owner_of(target: str, database: str) -> str:
    """The same by the two names."""
    return target if target == database or not database else f"{target}/{database}"


def page_subject(families: Sequence[Family], workload: Workload) -> str:
    """How findings name statements of one page: the page and its tables; without a page the tables and a mark of the statement.

    Tables stand in the order of their names, since two that are asked for equally often change places from audit to audit.
    """
    schema = workload.facts.schema
    names = {table.oid: table.subject for table in schema.tables} if schema else {}
    tables = ", ".join(sorted({names.get(oid, "?") for family in families for oid in family.tables}))
    route = families[0].tags.get("route")
    if route:
        return f"{route}: {tables}"
    most_called = max(families, key=lambda family: family.calls)
    return f"{tables} #{mark_of(most_called.text)}"
