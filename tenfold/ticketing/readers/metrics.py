"""The mall's figures around an alert, from Prometheus: what the alert itself asks, and a fixed list that answers most questions.

Source: `GET /api/v1/query_range`.
Needed role and versions: as `collectors.prometheus`.
Consumed by: the evidence of a ticket (`metrics`).
Cost: at most 26 range queries, four side by side, of 61 points; five seconds and two megabytes at most each, `SECONDS` for all. A server
that is slow twice is left alone.
Caveats: 40 series a query at most; figures that do not exist have no series. The alert's own question is taken from its generator's
address, else from the rule of its name.
"""

import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from collectors.prometheus_answers import fetch, understand
from collectors.runner import CollectorError

BEFORE = timedelta(minutes=30)
POINTS = 60
SERIES_AT_MOST = 40
SECONDS = 12.0
EACH_SECONDS = 5.0
BYTES_AT_MOST = 2 * 2**20
SLOW_AT_MOST = 2
EXPR_AT_MOST = 4_000
GENERATOR_LABEL = "__generator_url__"
QUERIES: Mapping[str, str] = {
    "requests": "sum by (mall, target) (rate(tenfold_front_requests_total[2m]))",
    "requests_failed": 'sum by (mall, target) (rate(tenfold_front_requests_total{status=~"5.*"}[2m]))',
    "request_seconds": "sum by (mall, target) (rate(tenfold_front_request_duration_seconds_sum[2m]))"
    " / sum by (mall, target) (rate(tenfold_front_request_duration_seconds_count[2m]))",
    "front_up": "tenfold_front_up",
    "payments": "sum by (mall, channel, outcome) (increase(tenfold_mall_payments_total[2m]))",
    "orders": "sum by (mall) (increase(tenfold_mall_orders_total[2m]))",
    "orders_stuck": "tenfold_mall_orders_stuck",
    "queue_depth": "tenfold_mall_queue_depth",
    "postgres_connections": "sum by (mall, target) (tenfold_postgres_connections)",
    "postgres_connections_limit": "tenfold_postgres_connections_limit",
    "postgres_waiting": "tenfold_postgres_waiting_sessions",
    "postgres_oldest_transaction": "tenfold_postgres_oldest_transaction_seconds",
    "redis_memory": "tenfold_redis_memory_used_bytes",
    "redis_memory_limit": "tenfold_redis_memory_limit_bytes",
    "redis_evicted": "rate(tenfold_redis_evicted_keys_total[2m])",
    "cpu_busy": 'sum by (mall, target) (rate(tenfold_host_cpu_seconds_total{mode!~"idle|iowait"}[2m]))',
    "memory_available": "tenfold_host_memory_available_bytes",
    "filesystem_available": "tenfold_host_filesystem_available_bytes",
    "deployments": "tenfold_mark_timestamp_seconds",
    "up": "up",
    "firing": 'ALERTS{alertstate="firing"}',
}
_UNSAFE = re.compile(r"[\x00-\x1f]")


def expression(address: str) -> str | None:
    """The question in an alert's generator address (Prometheus: `/graph?g0.expr=…`); None where there is none."""
    try:
        found = parse_qs(urlsplit(address).query).get("g0.expr", [""])[0]
    except ValueError:
        return None
    return None if not found or len(found) > EXPR_AT_MOST or _UNSAFE.search(found) else found


def read(url: str, labels: Mapping[str, str], fired_at: datetime, now: datetime) -> dict[str, Any]:
    """Every query's series: the half hour before the alert, or from the alert on when it is that long ago.

    Args:
        url: Of Prometheus.
        labels: Of the alert; its generator's address stands under `GENERATOR_LABEL`, where it is known.
        fired_at: When it fired.
        now: The end.

    Raises:
        CollectorError: It answered no query.
    """
    start = fired_at - BEFORE if now - fired_at < BEFORE / 2 else fired_at
    queries = dict(QUERIES)
    own = expression(labels.get(GENERATOR_LABEL, "")) or _rule(url, labels.get("alertname", ""))
    if own:
        queries = {"alert": own, **queries}
    deadline = time.monotonic() + SECONDS
    asking = _Asking(url, start, now, deadline)
    with ThreadPoolExecutor(4, thread_name_prefix="metrics") as pool:
        answers = dict(zip(queries, pool.map(asking.ask, queries.values()), strict=True))
    found = {name: each for name, each in answers.items() if isinstance(each, list)}
    failed = {name: each.detail for name, each in answers.items() if isinstance(each, CollectorError)}
    if not found:
        raise next(each for each in answers.values() if isinstance(each, CollectorError))
    whole: dict[str, Any] = {
        "since": start, "until": now, "expr": own, "series": {name: each for name, each in found.items() if each},
        "empty": sorted(name for name, each in found.items() if not each),
    }  # fmt: skip
    return {**whole, "failed": failed} if failed else whole


def _rule(url: str, name: str) -> str | None:
    """The question of the alert rule of that name; None where Prometheus has none, or does not say."""
    if not name:
        return None
    try:
        with httpx.Client(headers={"User-Agent": "tenfold", "Accept-Encoding": "identity"}) as client:
            document = fetch(
                client, url, "rules", {"type": "alert", "rule_name[]": name}, answered=lambda: None, seconds=2.0,
                bytes_at_most=BYTES_AT_MOST,
            )  # fmt: skip
        rules = [rule for group in document["data"]["groups"] for rule in group["rules"] if rule.get("name") == name]
        found = str(rules[0]["query"]) if rules else ""
    except (httpx.HTTPError, httpx.InvalidURL, CollectorError, KeyError, TypeError, AttributeError):
        return None
    return found if found and len(found) <= EXPR_AT_MOST else None


class _Asking:
    """One server that is asked from several threads."""

    def __init__(self, url: str, start: datetime, end: datetime, deadline: float) -> None:
        self._url, self._start, self._end, self._deadline = url, start, end, deadline
        self._slow = 0
        self._lock = threading.Lock()

    def ask(self, query: str) -> list[dict[str, Any]] | CollectorError:
        from facts.message import msg

        left = min(EACH_SECONDS, self._deadline - time.monotonic())
        if left <= 0.1 or self._slow >= SLOW_AT_MOST:  # noqa: PLR2004  (nothing is answered in less)
            return CollectorError(msg("not asked, because it had answered too slowly"))
        step = max((self._end - self._start).total_seconds() / POINTS, 15.0)
        parameters: dict[str, str | list[str]] = {
            "query": query, "start": str(self._start.timestamp()), "end": str(self._end.timestamp()), "step": f"{step:.0f}",
            "timeout": f"{left:.1f}s",
        }  # fmt: skip
        try:
            with httpx.Client(headers={"User-Agent": "tenfold", "Accept-Encoding": "identity"}) as client:
                document = fetch(
                    client, self._url, "query_range", parameters, answered=lambda: None, seconds=left,
                    bytes_at_most=BYTES_AT_MOST,
                )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL, CollectorError) as error:
            if isinstance(error, httpx.TimeoutException):
                with self._lock:
                    self._slow += 1
            known = error if isinstance(error, CollectorError) else understand(error)
            return known if known is not None else CollectorError(msg("Prometheus gave no answer in time"))
        return _series(document)


def _series(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = document.get("data")
    result = data.get("result") if isinstance(data, Mapping) else None
    found = []
    for each in (result if isinstance(result, list) else [])[:SERIES_AT_MOST]:
        if isinstance(each, Mapping) and isinstance(each.get("values"), list):
            points = [[round(float(at)), value] for at, value in each["values"] if isinstance(value, str)]
            found.append({"labels": each.get("metric", {}), "points": points})
    return found
