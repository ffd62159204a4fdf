"""Documents of evidence for the rules' tables of cases."""

from collections.abc import Mapping
from typing import Any

FIRED_AT = "2026-11-11T00:03:00+00:00"


def evidence(*, missing: tuple[str, ...] = (), **readings: Any) -> dict[str, Any]:
    """A document in which these readers brought these values; `database` becomes `database:orders`."""
    named = {
        "database": "database:orders", "redis": "redis:cache", "host": "host:shop-1", "application": "application:shop",
        "log": "log:shop", "errors": "errors:postgres",
    }  # fmt: skip
    found: dict[str, Any] = {
        named.get(name, name): {"status": "ok", "seconds": 0.1, "value": value} for name, value in readings.items()
    }
    found |= {name: {"status": "failed", "seconds": 0.1, "reason": "it refused us"} for name in missing}
    return {"schema_version": 1, "fired_at": FIRED_AT, "readings": found}


def front(
    *,
    now: float = 10.0,
    before: float = 10.0,
    p95: float = 0.05,
    p95_before: float = 0.05,
    errors: float = 0.0,
    p50: float = 0.01,
    **more: Any,
) -> Mapping[str, Any]:
    """An access log's figures."""
    return {
        "now": {"requests": now * 60, "per_second": now, "p50": p50, "p95": p95, "error_ratio": errors},
        "before": {"requests": before * 600, "per_second": before, "p50": 0.01, "p95": p95_before, "error_ratio": 0.0},
        **more,
    }


def earlier(*, p95: float, errors: float = 0.0, count: float = 5) -> list[dict[str, Any]]:
    """Intervals of the access log from 23:50 on."""
    return [
        {"at": f"2026-11-10T23:5{number}:00+00:00", "requests": 100, "p95": p95, "error_ratio": errors}
        for number in range(int(count))
    ]


def family(
    text: str = "SELECT 1", *, share: float = 0.5, mean: float = 0.001, before: float | None = 0.001, **more: Any
) -> dict[str, Any]:
    """A statement family."""
    return {
        "text": text, "share": share, "calls": 100, "seconds": share, "mean_seconds": mean, "mean_seconds_before": before,
        "load": 0.5, "blocks_per_call": 10.0, "blocks_per_call_before": 10.0,
        "per_second": 20.0, "per_second_before": 20.0, "calls_before": 1000 if before is not None else 0, **more,
    }  # fmt: skip


def payments(**channels: tuple[int, int]) -> dict[str, Any]:
    """Payments of one interval: paid and failed by channel."""
    return {
        "intervals": [
            {"channel": name, "at": FIRED_AT, "paid": paid, "failed": failed, "pending": 0}
            for name, (paid, failed) in channels.items()
        ]
    }
