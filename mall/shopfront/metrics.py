"""The shop's own metrics page, with the names of OpenTelemetry's semantic conventions in Prometheus' exposition."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from mall.shopfront.state import Shop


@dataclass
class Meter:
    """How many there were and how long they took together, by a label's value."""

    _count: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, label: str, seconds: float) -> None:
        """Counts one that ended."""
        with self._lock:
            self._count[label] += 1
            self._seconds[label] += seconds

    def lines(self, name: str, label: str) -> Iterator[str]:
        """The two series of each value."""
        with self._lock:
            for value in sorted(self._count):
                yield f'{name}_count{{{label}="{value}"}} {self._count[value]}'
                yield f'{name}_sum{{{label}="{value}"}} {self._seconds[value]:.6f}'


async def metrics(request: Request) -> Response:
    """Pools, workers, requests and calls to payment channels.

    Asynchronous, so that it answers when every worker thread is busy, which is when it is needed.
    """
    shop: Shop = request.app.state.shop
    limiter = anyio.to_thread.current_default_thread_limiter()
    lines = [
        f"http_server_active_workers {limiter.borrowed_tokens}",
        f"http_server_max_workers {limiter.total_tokens:g}",
    ]
    for name, pool in (("shop", shop.pool), ("shop-staff", shop.staff_pool)):
        used, size, pending = pool.figures()
        label = f'db_client_connection_pool_name="{name}"'
        lines += [
            f'db_client_connection_count{{{label},db_client_connection_state="used"}} {used}',
            f"db_client_connection_max{{{label}}} {size}",
            f"db_client_connection_pending_requests{{{label}}} {pending}",
        ]
    lines += shop.served.lines("http_server_request_duration_seconds", "http_request_method")
    lines += shop.charged.lines("http_client_request_duration_seconds", "server_address")
    return PlainTextResponse("\n".join(lines) + "\n")
