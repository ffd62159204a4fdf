"""Connections run out at the multiplier: in the application's pool, or on the server.

What it finds:
    A pool that holds fewer connections than requests will want one at the same time, and a server that cannot hold all that will be opened.
Why it hurts:
    A request without a connection waits for one, with its thread and its shopper, while the database is idle. A server without a free slot
    refuses the next process that starts, at the worst moment.
Needs:
    pg_stat_activity, looked at several times within the window; the access log gives the requests in flight, statement times stand in.
    Where the mall's own Prometheus has the figures of HikariCP or another JDBC pool, each such pool is judged by its own limit.
Quiet when:
    - enough: there are connections for what the multiplier will want
    - no-storefront: no application's sessions were seen
Before:
    A pool of 2; 1.7 requests in flight at ten times the traffic want 4.3
After:
    A pool of 8, and max_connections above the sum of all pools
Risk:
    More connections than cores several times over slow the database down; a pooler such as PgBouncer shares few among many.
Source:
    Little's law for the load; square-root staffing (Halfin and Whitt, 1981): R + 2√R servers keep waiting rare at a load of R.
"""

import math
from collections.abc import Iterable

from advisors.evidence import owner
from advisors.rule import Context, Outcome, Rule
from advisors.storefront import is_staff_or_job
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import msg
from facts.postgres import Activity, Application

SAFETY = 2.0
OURS = "tenfold"


def judge(context: Context) -> Iterable[Outcome]:
    """Compares the storefront's pool with the load at the multiplier, and all of it with max_connections."""
    for workload in context.workloads:
        activity = workload.facts.activity
        if activity is None:
            continue
        shops = [each for each in activity.applications if not is_staff_or_job(each.name) and each.name != OURS]
        if not shops:
            yield Quiet(code="CFG001", target=owner(workload), subject=owner(workload), reason="no-storefront")
            continue
        shop = max(shops, key=lambda each: (each.connections_peak, each.name))
        load = load_at_multiplier(workload, context)
        needed = math.ceil(load + SAFETY * math.sqrt(load))
        yield _pool(shop, load, needed, workload)
        yield _server(activity, shop, needed, workload)
    yield from _known_pools(context)


def load_at_multiplier(workload: Workload, context: Context) -> float:
    """Requests in flight at the multiplier, each of which may hold a connection; without a log, statements in flight."""
    statements = sum(family.cores_at_multiplier for family in workload.families if family.follows_storefront)
    logs = [front.log for front in context.snapshot.fronts if front.log and front.log.window_seconds]
    seconds = sum(
        (endpoint.total_seconds or 0.0) / log.window_seconds
        for log in logs
        for endpoint in log.endpoints
        if not endpoint.staff
    )
    return max(seconds * workload.peak_factor * workload.multiplier, statements)


def _pool(shop: Application, load: float, needed: int, workload: Workload) -> Outcome:
    if shop.connections_peak >= needed:
        return Quiet(
            code="CFG001",
            target=owner(workload),
            subject=shop.name,
            reason="enough",
            detail=msg("{have} connections, {needed} needed", have=shop.connections_peak, needed=needed),
        )
    return Finding(
        code="CFG001",
        rule="connections",
        area=Area.CONFIG,
        target=owner(workload),
        subject=shop.name,
        severity=Severity.HIGH if shop.connections_peak <= load else Severity.MEDIUM,
        title=msg(
            "{application} has {have} connections and will want {needed}",
            application=shop.name,
            have=shop.connections_peak,
            needed=needed,
        ),
        summary=msg(
            "At the multiplier {load} requests are in flight at once. With {have} connections they wait for each other.",
            load=quantities.cores(load),
            have=shop.connections_peak,
        ),
        evidence=Evidence(
            figures={
                "connections_peak": float(shop.connections_peak),
                "busy_peak": float(shop.busy_peak),
                "load_at_multiplier": round(load, 3),
                "connections_needed": float(needed),
            },
            facts=(
                msg(
                    "A pool that opens connections only when it needs them may allow more than were seen: compare with its configuration."
                ),
            ),
        ),
        remedy=Remedy(
            text=msg(
                "Set the pool to at least {needed} connections over all processes of {application}.",
                needed=needed,
                application=shop.name,
            ),
            risk=msg(
                "The sum of all pools must stay below max_connections; far more connections than cores slow the database down."
            ),
        ),
    )


def _known_pools(context: Context) -> Iterable[Outcome]:
    """Pools that tell their own limit; one pool of all processes of a job counts as one."""
    for host in context.snapshot.hosts:
        pools: dict[str, dict[str, float]] = {}
        for each in host.external:
            if each.name.startswith("pool_connections_"):
                places = (each.labels.get(label) for label in ("namespace", "job", "pool"))
                figures = pools.setdefault("/".join(filter(None, places)), {})
                figures[each.name] = figures.get(each.name, 0.0) + each.value
        for name, figures in sorted(pools.items()):
            if {"pool_connections_max", "pool_connections_active"} <= figures.keys():
                yield _known_pool(host.target, name, figures, context)


def _known_pool(target: str, name: str, figures: dict[str, float], context: Context) -> Outcome:
    peak_factor = max((workload.peak_factor for workload in context.workloads), default=1.0)
    growth = 1.0 if is_staff_or_job(name) else peak_factor * context.promotion.multiplier
    load = figures["pool_connections_active"] * growth
    needed = math.ceil(load + SAFETY * math.sqrt(load))
    have, pending = int(figures["pool_connections_max"]), int(figures.get("pool_connections_pending_peak", 0))
    if have >= needed and not pending:
        return Quiet(
            code="CFG001",
            target=target,
            subject=name,
            reason="enough",
            detail=msg("{have} connections, {needed} needed", have=have, needed=needed),
        )
    return Finding(
        code="CFG001",
        rule="connections",
        area=Area.CONFIG,
        target=target,
        subject=name,
        severity=Severity.HIGH if pending or have <= load else Severity.MEDIUM,
        title=msg("Pool {pool} holds {have} connections and will want {needed}", pool=name, have=have, needed=needed)
        if have < needed
        else msg("Requests already wait for a connection of pool {pool}", pool=name),
        summary=msg(
            "{active} of its {have} connections are busy on average, and up to {pending} threads waited for one. "
            "At the multiplier {load} are wanted at once.",
            active=quantities.cores(figures["pool_connections_active"]),
            have=have,
            pending=pending,
            load=quantities.cores(load),
        ),
        evidence=Evidence(
            figures={**figures, "load_at_multiplier": round(load, 3), "connections_needed": float(needed)}
        ),
        remedy=Remedy(
            text=msg(
                "Let the pool hold at least {needed} connections over all processes; where threads wait though it is large "
                "enough, look for what keeps its connections busy.",
                needed=max(needed, have),
            ),
            risk=msg(
                "The sum of all pools must stay below max_connections; far more connections than cores slow the database down."
            ),
        ),
    )


def _server(activity: Activity, shop: Application, needed: int, workload: Workload) -> Outcome:
    have = activity.connections_peak or activity.connections
    wanted = have - shop.connections_peak + max(needed, shop.connections_peak)
    free = activity.max_connections - activity.reserved_connections
    if wanted <= free:
        return Quiet(code="CFG001", target=owner(workload), subject="max_connections", reason="enough")
    return Finding(
        code="CFG001",
        rule="connections",
        area=Area.CONFIG,
        target=owner(workload),
        subject="max_connections",
        severity=Severity.HIGH,
        title=msg("The server takes {free} connections and {wanted} will be wanted", free=free, wanted=wanted),
        summary=msg("{have} are open today. The next process that starts at the multiplier is refused.", have=have),
        evidence=Evidence(
            figures={
                "connections": float(have),
                "max_connections": float(activity.max_connections),
                "wanted": float(wanted),
            }
        ),
        remedy=Remedy(
            text=msg("Put a pooler in front (PgBouncer in transaction mode), or raise max_connections and restart."),
            risk=msg("Each connection costs some megabytes; a restart interrupts every session."),
        ),
    )


RULE = Rule(code="CFG001", name="connections", area=Area.CONFIG, judge=judge, reasons=("enough", "no-storefront"))
