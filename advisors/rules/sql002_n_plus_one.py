"""A page asks the database once for a list, and then again for each row of it.

What it finds:
    Statements that fetch by key and run many times for each request of the storefront, or for each call of the statement that lists.
Why it hurts:
    Each is quick; together they are most of a page's time: a round trip each, and a connection held all the while. They multiply with
    the length of the list and with the traffic.
Needs:
    pg_stat_statements; the access log gives the number of requests, sqlcommenter's route tag narrows it to one page.
Quiet when:
    - few-calls: it runs at most a few times for each request
    - no-requests: the access log was not read, and no tagged list statement stands in for it
    - not-by-key: it is no single-row read by key
Before:
    SELECT … FROM order_lines WHERE order_id = $1, 20 times for each order list
After:
    SELECT … FROM order_lines WHERE order_id = ANY ($1), once
Risk:
    A change of the application's code; the joined statement must be planned well for the longest list.
Source:
    Fowler, "Patterns of Enterprise Application Architecture", lazy load (ripple loading).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import expected, owner, page_subject, query
from advisors.references import table_uses
from advisors.rule import Context, Outcome, Rule
from advisors.rules.sql001_over_budget import subject
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.message import msg


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When repetition is a pattern.

    Attributes:
        calls_per_list: Calls for each call of the route's list statement; a page that shows three related things is not yet a loop.
        calls_per_request: The same against all requests, where the statement carries no route.
        rows_per_call: At most so many rows a call: a key, or a key with its few children.
        min_calls: Fewer calls in the window prove nothing.
    """

    calls_per_list: float = 5.0
    calls_per_request: float = 3.0
    rows_per_call: float = 5.0
    min_calls: int = 50


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Compares each keyed read with the statement that lists, or with the number of requests."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        rarest = _rarest_by_route(workload)
        loops: dict[str, list[tuple[Family, float]]] = defaultdict(list)
        for family in workload.families:
            if family.kind != "select":
                continue
            ratio, reason = _ratio(family, workload, rarest)
            if reason is None and not _by_key(family, workload):
                reason = "not-by-key"
            if reason is None:
                loops[family.tags.get("route", family.id)].append((family, ratio))
            else:
                yield Quiet(code="SQL002", target=owner(workload), subject=subject(family), reason=reason)
        for group in loops.values():
            yield _finding(group, workload)


def _rarest_by_route(workload: Workload) -> dict[str, int]:
    """Calls of the least called SELECT of each route: once for each view of the page."""
    rarest: dict[str, int] = {}
    for family in workload.families:
        route = family.tags.get("route")
        if route and family.kind == "select":
            rarest[route] = min(rarest.get(route, family.calls), family.calls)
    return rarest


def _ratio(family: Family, workload: Workload, rarest: dict[str, int]) -> tuple[float, str | None]:
    if family.calls < THRESHOLDS.min_calls:
        return 0.0, "few-calls"
    route = family.tags.get("route")
    if route:
        ratio = family.calls / max(rarest[route], 1)
        return ratio, None if ratio >= THRESHOLDS.calls_per_list else "few-calls"
    if not workload.requests:
        return 0.0, "no-requests"
    ratio = family.calls / workload.requests
    return ratio, None if ratio >= THRESHOLDS.calls_per_request else "few-calls"


def _by_key(family: Family, workload: Workload) -> bool:
    schema = workload.facts.schema
    if family.tree is None or schema is None or family.rows > family.calls * THRESHOLDS.rows_per_call:
        return False
    uses = table_uses(family.tree, schema)
    return len(uses) == 1 and len(uses[0].equal) == 1


def _finding(group: list[tuple[Family, float]], workload: Workload) -> Finding:
    families = [family for family, _ in group]
    ratio = max(ratio for _, ratio in group)
    kept = 1 / ratio
    cores = sum(family.cores_at_multiplier for family in families)
    route = families[0].tags.get("route", "")
    return Finding(
        code="SQL002",
        rule="n-plus-one",
        area=Area.QUERIES,
        target=owner(workload),
        subject=page_subject(families, workload),
        severity=severity_of(cores * (1 - kept), workload.cores),
        title=msg(
            "{count} statements run up to {ratio} times for each page", count=len(families), ratio=f"{ratio:.0f}"
        ),
        summary=msg(
            "The page {route} asks for one key after another: {calls} calls in the window where about {pages} would do.",
            route=route or "?",
            calls=sum(family.calls for family in families),
            pages=round(max(family.calls for family in families) / ratio),
        ),
        evidence=Evidence(
            queries=tuple(query(family) for family in families), figures={"calls_per_page": round(ratio, 1)}
        ),
        expected=expected(families, kept, "counted"),
        loss=cores * (1 - kept),
        remedy=Remedy(
            text=msg(
                "Fetch all keys of the page at once: WHERE key = ANY ($1), or a join with the list; in an ORM, eager loading."
            ),
            risk=msg("A change of the application's code."),
        ),
    )


RULE = Rule(
    code="SQL002", name="n-plus-one", area=Area.QUERIES, judge=judge, reasons=("few-calls", "no-requests", "not-by-key")
)
