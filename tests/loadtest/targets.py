"""Small HTTP servers whose behaviour under load is known exactly, each in a process of its own on loopback.

`python -m tests.loadtest.targets slots '{"slots": 4, "seconds": 0.01}'` starts one by hand; it prints its port. Paths
that every server knows: `/fail` answers 503, `/teapot` 418 in GBK, `/slow` after 30 s, `/drop` closes without an
answer, `/away` and `/foreign` redirect to `/` here and to another host, `/cached` and `/challenge` answer as a CDN
would, `/echo` gives back headers and body, `/cookie` sets a cookie, `/packed` answers in gzip. `/leave` lets the next
request on its connection find it closed, `/fickle` answers once in its life, `/asked` says how often each path was.
"""

import asyncio
import gzip
import heapq
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from mall.servers.processes import die_with_parent, end

Delay = Callable[[float], float]
"""Seconds to wait before the answer to a request that came at the given moment; the moments never go back."""


def at_once(_now: float) -> float:
    """No delay."""
    return 0.0


def stalling(at: float, seconds: float) -> Delay:
    """Freezes the whole server once, `at` seconds after its first request, for `seconds`."""
    began: list[float] = []
    frozen: list[bool] = []

    def delay(now: float) -> float:
        began[:] = began or [now]
        if not frozen and now - began[0] >= at:
            frozen.append(True)
            time.sleep(seconds)
        return 0.0

    return delay


def slots(number: int, seconds: float, sigma: float = 0.0, seed: int = 0) -> Delay:
    """A queue served first come, first served, by `number` slots: a capacity of exactly `number / seconds` a second.

    Departures are computed, not waited for, so that late timers cost no capacity.

    Args:
        number: Of slots.
        seconds: Mean service time.
        sigma: Of log-normal service times; 0 for equal ones.
        seed: Of their dice.
    """
    free = [0.0] * number
    dice = random.Random(seed)

    def delay(now: float) -> float:
        service = seconds * (dice.lognormvariate(-sigma * sigma / 2, sigma) if sigma else 1.0)
        leaves = max(now, heapq.heappop(free)) + service
        heapq.heappush(free, leaves)
        return leaves - now

    return delay


KINDS: dict[str, Callable[..., Delay]] = {"instant": lambda: at_once, "stall": stalling, "slots": slots}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


def _answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


ANSWERS = {
    "/fail": _answer("503 Service Unavailable", b"sorry"),
    "/teapot": _answer("418 Teapot", "茶".encode("gbk"), "Content-Type: text/html; charset=gbk"),
    "/away": _answer("302 Found", b"", "Location: /landed"),
    "/foreign": _answer("302 Found", b"", "Location: http://192.0.2.7/landed"),
    "/cached": _answer("200 OK", b"old", "X-Cache: HIT"),
    "/challenge": _answer("403 Forbidden", b"prove it", "Server: cloudflare", "cf-mitigated: challenge"),
    "/cookie": _answer("200 OK", b"ok", "Set-Cookie: sid=abc; Path=/"),
    "/packed": _answer("200 OK", gzip.compress(b"tea " * 100), "Content-Encoding: gzip"),
}
SLOW_SECONDS = 30.0


class Connection(asyncio.Protocol):
    """Reads requests and answers each after its delay, in their order."""

    delay: Delay = staticmethod(at_once)
    asked: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        self._buffer = b""
        self._leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            length = next(
                (int(each[15:]) for each in head.split(b"\r\n") if each[:15].lower() == b"content-length:"), 0
            )
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._serve(head, rest[:length])

    def _serve(self, head: bytes, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode()
        self.asked[path] += 1
        if path == "/drop" or self._leaving or (path == "/fickle" and self.asked[path] > 1):
            self._transport.close()
            return
        self._leaving = path == "/leave"
        if path in {"/echo", "/asked"}:
            said = head + b"\r\n\r\n" + body if path == "/echo" else json.dumps(self.asked).encode()
            self._transport.write(_answer("200 OK", said))
            return
        answer = ANSWERS.get(path, OK)
        if head.startswith(b"HEAD "):
            answer = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        wait = SLOW_SECONDS if path == "/slow" else type(self).delay(loop.time())
        if wait > 0:
            loop.call_later(wait, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _serve(kind: str, options: dict[str, float], port: int) -> None:
    Connection.delay = staticmethod(KINDS[kind](**options))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  (the parent reads it)
    await server.serve_forever()


@contextmanager
def server(kind: str = "instant", *, cores: str = "", port: int = 0, **options: float) -> Iterator[str]:
    """A running server's URL without a slash at its end; it ends with the block.

    Args:
        kind: `instant`, `stall` (at, seconds) or `slots` (number, seconds, sigma, seed).
        cores: CPU cores as `taskset` takes them.
        port: 0 for any free one.
        options: Of its kind.
    """
    command = [sys.executable, "-m", "tests.loadtest.targets", kind, json.dumps(options), str(port)]
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command] if cores else command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        end(process, how=signal.SIGTERM)
        process.stdout.close()


if __name__ == "__main__":
    _, wanted, options, *rest = sys.argv
    asyncio.run(_serve(wanted, json.loads(options), int(rest[0]) if rest else 0))
