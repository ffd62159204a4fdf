"""The shoppers' process: URL, seconds, journeys a second, seed; prints one JSON line a second and the result at the end."""

import asyncio
import json
import random
import re
import sys
import time
from collections import defaultdict
from http.cookiejar import DefaultCookiePolicy

import httpx

from mall.shoppers.journeys import MIX, Answer, Journey

THINK_SECONDS = (0.2, 1.2)
REQUEST_TIMEOUT_SECONDS = 30.0
# A shop that stands still must not pile up shoppers without end.
SHOPPERS_AT_MOST = 2000


class Crowd:
    """All shoppers of one run and what they saw."""

    def __init__(self, url: str, seed: int) -> None:
        """Opens one client for all; each shopper keeps a session of its own."""
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=100)
        self.client = httpx.AsyncClient(base_url=url, timeout=REQUEST_TIMEOUT_SECONDS, limits=limits, trust_env=False)
        self.client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.dice = random.Random(seed)
        self.latency: dict[str, list[float]] = defaultdict(list)
        self.journeys = 0
        self.failed = 0

    async def shopper(self, journey: Journey, seed: int) -> None:
        """One journey from its first page to its last."""
        dice = random.Random(seed)
        # Each comes from an address of its own, of those that RFC 2544 sets aside for benchmarks.
        address = f"198.{18 + seed % 2}.{seed // 2 % 256}.{seed // 512 % 256}"
        session = ""

        async def get(path: str, page: str) -> Answer:
            nonlocal session
            started = time.perf_counter()
            try:
                cookie = {"Cookie": f"sid={session}"} if session else {}
                answer = await self.client.get(path, headers={"X-Forwarded-For": address, **cookie})
            except httpx.HTTPError:
                self.failed += 1
                return Answer(599, "", session, "")
            finally:
                self.latency[page].append(time.perf_counter() - started)
            self.failed += answer.status_code >= 500  # noqa: PLR2004  (the shop's own failures)
            found = re.match(r"sid=(\w+)", answer.headers.get("set-cookie", ""))
            session = found.group(1) if found else session
            return Answer(answer.status_code, answer.headers.get("location", ""), session, answer.text)

        async for _ in journey(get, dice):
            await asyncio.sleep(dice.uniform(*THINK_SECONDS))

    async def run(self, seconds: float, rate: float) -> None:
        """Lets shoppers arrive at random for that long, however slow the shop is."""
        kinds = [journey for journey, _ in MIX]
        shares = [share for _, share in MIX]
        running: set[asyncio.Task[None]] = set()
        started = time.perf_counter()
        due, spoken = 0.0, 0.0
        while True:
            due += self.dice.expovariate(rate)
            if due >= seconds:
                break
            await asyncio.sleep(max(due - (time.perf_counter() - started), 0))
            if due - spoken >= 1:
                spoken = due
                print(json.dumps({"passed": round(due, 1)}), flush=True)  # noqa: T201  (the parent reads it)
            if len(running) < SHOPPERS_AT_MOST:
                kind = self.dice.choices(kinds, shares)[0]
                task = asyncio.create_task(self.shopper(kind, self.dice.randrange(2**31)))
                running.add(task)
                task.add_done_callback(running.discard)
                self.journeys += 1
        if running:
            await asyncio.wait(running, timeout=REQUEST_TIMEOUT_SECONDS)
        await self.client.aclose()


async def main() -> None:
    """Runs the crowd that the arguments describe."""
    url, seconds, rate, seed = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    crowd = Crowd(url, seed)
    await crowd.run(seconds, rate)
    latency = {page: sorted(round(each, 4) for each in times) for page, times in crowd.latency.items()}
    requests = sum(map(len, latency.values()))
    result = {
        "seconds": seconds,
        "journeys": crowd.journeys,
        "requests": requests,
        "failed": crowd.failed,
        "latency_seconds": latency,
    }
    print(json.dumps(result), flush=True)  # noqa: T201  (the parent reads it)


asyncio.run(main())
