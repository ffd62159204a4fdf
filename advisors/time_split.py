"""Where a page's time goes: application, database, cache, network.

From totals over the same window: the access log's request time against the database's statement time and Redis' command time. What neither
explains was spent in the application or in the network around it. Where the log has `$upstream_response_time` beside `$request_time`, the
difference is the network's: the front has the application's answer, and is still receiving the request or sending the answer.
Source: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables
"""

from collections.abc import Sequence

from advisors.workload import Workload
from facts import quantities
from facts.findings import TimeSplit
from facts.message import Message, msg
from facts.snapshot import Snapshot

# Readings of log and database rarely start in the same second; windows that differ more are not compared.
WINDOW_TOLERANCE = 0.25


def split_time(snapshot: Snapshot, workloads: Sequence[Workload]) -> TimeSplit:
    """Seconds by part over the audit's window; parts that could not be measured are missing."""
    logs = [front.log for front in snapshot.fronts if front.log and front.log.window_requests]
    timed = [log for log in logs if any(endpoint.total_seconds is not None for endpoint in log.endpoints)]
    parts: dict[str, float] = {}
    windows = [workload.window_seconds for workload in workloads if workload.families]
    if windows:
        parts["database"] = sum(family.total_seconds for workload in workloads for family in workload.families)
    redis = [facts for facts in snapshot.redis if facts.info is not None and facts.window is not None]
    if redis:
        parts["cache"] = sum(each.seconds for facts in redis if facts.info for each in facts.info.commands)
    if not timed:
        requests = sum(log.window_requests for log in logs) if logs else None
        return TimeSplit(request_seconds=None, requests=requests, parts=parts)
    # A site whose log has no request times says nothing about how long a request takes.
    requests = sum(log.window_requests for log in timed)
    total = sum(endpoint.total_seconds or 0.0 for log in timed for endpoint in log.endpoints)
    comparable = windows and all(
        abs(log.window_seconds - window) <= WINDOW_TOLERANCE * max(window, 1.0) for log in timed for window in windows
    )
    if comparable:
        deliveries = [log.delivery_seconds for log in timed]
        if all(each is not None for each in deliveries):
            parts["network"] = sum(each or 0.0 for each in deliveries)
        parts["application"] = max(total - sum(parts.values()), 0.0)
    return TimeSplit(request_seconds=total, requests=requests, parts=parts)


def first_sentence(split: TimeSplit) -> Message:
    """The report's first sentence."""
    if split.request_seconds is None or not split.requests:
        return msg("Where a page's time goes is not known: no access log with request times was read.")
    if "application" not in split.parts:
        return msg("Where a page's time goes is not known: access log and database were not read over the same window.")
    whole = max(sum(split.parts.values()), 1e-9)
    if "network" in split.parts:
        return msg(
            "A request takes {mean} on average: {application} of that in the application, {network} on the network, "
            "{database} in the database, {cache} in the cache.",
            mean=quantities.seconds(split.request_seconds / split.requests),
            application=quantities.percent(split.parts["application"] / whole),
            network=quantities.percent(split.parts["network"] / whole),
            database=quantities.percent(split.parts.get("database", 0.0) / whole),
            cache=quantities.percent(split.parts.get("cache", 0.0) / whole),
        )
    return msg(
        "A request takes {mean} on average: {application} of that in the application and the network around it, "
        "{database} in the database, {cache} in the cache.",
        mean=quantities.seconds(split.request_seconds / split.requests),
        application=quantities.percent(split.parts["application"] / whole),
        database=quantities.percent(split.parts.get("database", 0.0) / whole),
        cache=quantities.percent(split.parts.get("cache", 0.0) / whole),
    )
