"""A page asks the database for the same rows again and again, and nobody changes them.

What it finds:
    Statement families that read, whose keys repeat, and whose tables change rarely: what a cache in front of the database would answer.
Why it hurts:
    The hottest pages of a promotion show the same few products to everybody. Without a cache the database answers the same question
    thousands of times a minute, and does so ten times as often on the night.
Needs:
    pg_stat_statements, table counters; sqlcommenter's route tag and the access log tell how often keys repeat, column statistics stand in.
Quiet when:
    - writes: the statement changes rows
    - written-too-often: its tables' rows change too often for a copy to stay true
    - rarely-repeated: the same key is seldom asked for twice
    - already-cached: it runs clearly less often than its page is asked for, or as seldom as behind a cache that is still cold
    - personal: the page is the same address for everybody and the statement asks for one person's rows
    - cheap: a cache would save less than a hundredth of a core at the multiplier
    - not-storefront: it is a nightly job or a staff page
Before:
    GET /p/{id} reads product, SKUs, reviews and what others bought, for each of 4,000 views of one product
After:
    The same page from Redis with a TTL of minutes, the database asked once for each product and TTL
Risk:
    A copy can be older than the row. Never cache what a checkout decides on (stock, price at payment); spread the TTLs, so that
    entries made
    together do not all end together.
Source:
    Heaps' law for the growth of different keys with the requests (advisors.repetition); cache-aside pattern.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from advisors.evidence import expected, owner, page_subject, query
from advisors.references import table_uses
from advisors.repetition import hit_ratio
from advisors.routes import endpoints_of
from advisors.rule import Context, Outcome, Rule
from advisors.rules.sql001_over_budget import subject
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.front import Endpoint
from facts.message import msg


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a cache pays.

    Attributes:
        calls_per_change: Calls for each row of its tables that is updated or deleted; such a change makes a copy wrong.
        calls_per_insert: Calls for each row that is inserted; a new row only makes a copy incomplete until it expires.
        hit_ratio: Share of calls that a cache would answer; below a seventh it costs more trouble than it saves.
        calls_per_request: Calls for each request of the page below which something stands in between already, however cold it is.
        min_saved_cores: Saved at the multiplier.
        min_calls: Fewer calls in the window prove nothing.
        ttl_seconds: The lifetime of an entry that the projection assumes: what a shopper does not notice.
    """

    calls_per_change: float = 10.0
    calls_per_insert: float = 2.0
    hit_ratio: float = 0.15
    calls_per_request: float = 0.85
    min_saved_cores: float = 0.01
    min_calls: int = 50
    ttl_seconds: float = 300.0


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every reading family, and puts those of one page together."""
    for workload in context.workloads:
        if workload.facts.schema is None:
            continue
        pages: dict[str, list[tuple[Family, float]]] = defaultdict(list)
        for family in workload.families:
            if family.kind == "other" or family.tree is None or not family.tables:
                continue
            ratio, reason = _judged(family, workload, context)
            if reason is None:
                pages[family.tags.get("route", family.id)].append((family, ratio))
            else:
                yield Quiet(code="CCH001", target=owner(workload), subject=subject(family), reason=reason)
        for group in pages.values():
            yield from _page(group, workload)


def _judged(family: Family, workload: Workload, context: Context) -> tuple[float, str | None]:
    """The hit ratio to expect, and why there is nothing to report, if so."""
    if family.kind != "select" or (family.tree is not None and family.tree.find(exp.Lock) is not None):
        return 0.0, "writes"
    if not family.follows_storefront:
        return 0.0, "not-storefront"
    if family.calls < THRESHOLDS.min_calls or family.cores_at_multiplier < THRESHOLDS.min_saved_cores / 10:
        return 0.0, "cheap"
    changed, inserted = _written(family, workload)
    if changed * THRESHOLDS.calls_per_change > family.calls or inserted * THRESHOLDS.calls_per_insert > family.calls:
        return 0.0, "written-too-often"
    return _repetition(family, workload, context)


def _written(family: Family, workload: Workload) -> tuple[int, int]:
    """Rows of the family's tables that the window's statements changed, and rows that they inserted."""
    writers = [each for each in workload.families if each.kind in {"insert", "update", "delete"}]
    changed = sum(each.rows for each in writers if each.kind != "insert" and _target(each, workload) & family.tables)
    inserted = sum(each.rows for each in writers if each.kind == "insert" and _target(each, workload) & family.tables)
    return changed, inserted


def _target(family: Family, workload: Workload) -> frozenset[int]:
    """The oid of the table that the statement writes to; all that it names where that cannot be told."""
    place = family.tree.this if family.tree is not None else None
    table = place.find(exp.Table) if isinstance(place, exp.Expr) else None
    if table is None or workload.facts.schema is None:
        return family.tables
    named = {each.oid for each in workload.facts.schema.tables if each.name == table.name}
    return family.tables & named or family.tables


def _repetition(family: Family, workload: Workload, context: Context) -> tuple[float, str | None]:
    endpoints = endpoints_of(family.tags.get("route", ""), context.snapshot.fronts)
    requests = sum(each.requests for each in endpoints)
    if requests:
        if family.calls < requests * _calls_per_request_uncached(endpoints, requests):
            return 0.0, "already-cached"
        if not any("{id}" in each.name or "?" in each.name for each in endpoints):
            return (1.0, None) if not _keys(family, workload) else (0.0, "personal")
    rate = requests / workload.window_seconds * workload.peak_factor * workload.multiplier
    known = hit_ratio(endpoints, rate * THRESHOLDS.ttl_seconds)
    ratio = _from_statistics(family, workload) if known is None else known
    return ratio, None if ratio >= THRESHOLDS.hit_ratio else "rarely-repeated"


def _calls_per_request_uncached(endpoints: Sequence[Endpoint], requests: float) -> float:
    """Calls for each request from which on nothing stands in between yet.

    A cache that was empty at first answers only what is asked for twice within the window, which in a short one is little:
    halfway between that and no cache at all lies the line.
    """
    repeated = hit_ratio(endpoints, requests)
    return THRESHOLDS.calls_per_request if repeated is None else max(THRESHOLDS.calls_per_request, 1 - repeated / 2)


def _keys(family: Family, workload: Workload) -> list[tuple[int, str]]:
    """(table oid, column) of everything that the statement compares for equality."""
    schema = workload.facts.schema
    if family.tree is None or schema is None:
        return []
    return [(use.table.oid, column) for use in table_uses(family.tree, schema) for column in use.equal]


def _from_statistics(family: Family, workload: Workload) -> float:
    """The hit ratio if all keys were asked for equally often, which is the worst case for a cache.

    With n calls within a TTL over D keys, D (1 - exp(-n / D)) of them are first asks (occupancy problem).
    """
    schema = workload.facts.schema
    keys = _keys(family, workload)
    if schema is None:
        return 0.0
    if not keys:
        return 1.0
    rows = {table.oid: max(table.row_estimate, 1.0) for table in schema.tables}
    known = {(each.table_oid, each.column): each.distinct for each in schema.statistics if each.distinct}
    distinct = 1.0
    for key in keys:
        value = known.get(key, -1.0)
        distinct *= value if value > 0 else max(-value * rows[key[0]], 1.0)
    rate = family.calls / workload.window_seconds * workload.peak_factor * workload.multiplier
    calls = max(rate * THRESHOLDS.ttl_seconds, 1.0)
    return max(1 - distinct * -math.expm1(-calls / distinct) / calls, 0.0)


def _page(group: list[tuple[Family, float]], workload: Workload) -> Iterable[Outcome]:
    group.sort(key=lambda pair: -pair[0].cores_at_multiplier)
    families = [family for family, _ in group]
    cores = sum(family.cores_at_multiplier for family in families)
    saved = sum(family.cores_at_multiplier * ratio for family, ratio in group)
    if saved < THRESHOLDS.min_saved_cores:
        for family in families:
            yield Quiet(code="CCH001", target=owner(workload), subject=subject(family), reason="cheap")
        return
    ratio = saved / cores
    route = families[0].tags.get("route", "")
    yield Finding(
        code="CCH001",
        rule="cache-gap",
        area=Area.CACHE,
        target=owner(workload),
        subject=page_subject(families, workload),
        severity=severity_of(saved, workload.cores),
        title=msg("{count} statements could be answered from a cache", count=len(families)),
        summary=msg(
            "They ran {calls} times and their tables hardly change. At the multiplier {ratio} of the calls ask for what was asked for "
            "within the last {ttl}; a cache saves {saved} cores.",
            calls=quantities.count(sum(family.calls for family in families)),
            ratio=quantities.percent(ratio),
            ttl=quantities.seconds(THRESHOLDS.ttl_seconds),
            saved=quantities.cores(saved),
        ),
        evidence=Evidence(
            queries=tuple(query(family) for family in families),
            figures={"hit_ratio_at_multiplier": round(ratio, 4), "saved_cores_at_multiplier": round(saved, 4)},
            facts=(msg("They belong to the page {route}.", route=route),) if route else (),
        ),
        expected=expected(families, 1 - ratio, "counted"),
        loss=saved,
        remedy=Remedy(
            text=msg(
                "Keep the finished answer in Redis under the page's key with a TTL of minutes "
                "(cache-aside), delete the key where the row is "
                "changed, and spread the TTLs."
            ),
            risk=msg("A copy can be older than the row: leave stock and the price at payment out of it."),
        ),
    )


RULE = Rule(
    code="CCH001",
    name="cache-gap",
    area=Area.CACHE,
    judge=judge,
    reasons=(
        "writes",
        "written-too-often",
        "rarely-repeated",
        "already-cached",
        "personal",
        "cheap",
        "not-storefront",
    ),
)
