"""One watched stretch of shopping on the practice mall, as a recording and a watch: the raw material of naming causes.

The mall's servers and the load generator are pinned apart, each to a core of its own, so that what saturates is the mall; both go before
whatever else runs on the machine.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from collectors.watching import exposition, host, postgres, processes, redis
from collectors.watching.watcher import Watcher
from facts.rounds import Recording
from facts.watch import Watch
from loadtest.driving import Driving
from loadtest.plan import Arrivals, Plan, Segment
from mall import Mall
from tenfold.demo.pinning import keep, servers, threads

MALL_CORE, GENERATOR_CORE = 0, 1
# As far as a program may go before others without being a real-time one's rival; only root may.
PRIORITY = -10


def pin(mall: Mall) -> None:
    """Gives the mall's servers one core and leaves the other to the generator, where there are two."""
    for pid in servers(mall):
        give(MALL_CORE, pid)


def rehearse(
    mall: Mall, segments: Sequence[tuple[float, float]], *, seed: int, shop_port: int | None = None
) -> tuple[Recording, Watch]:
    """Drives shoppers through the shop and watches it.

    Args:
        mall: An open mall.
        segments: Seconds and journeys a second, one after the other.
        seed: Of arrivals and choices.
        shop_port: Where shoppers go instead of to the shop itself, such as a narrow line before it.
    """
    plan = Plan(
        target=f"http://127.0.0.1:{shop_port or mall.shop_port}/",
        journeys=("loadtest.journeys.practice_mall",),
        segments=tuple(Segment(seconds=seconds, per_second=rate) for seconds, rate in segments),
        arrivals=Arrivals.POISSON,
        seed=seed,
        drain_seconds=3.0,
        allow_writes=True,
    )
    programs = {"app": mall.shop_port, "orders": mall.postgres_port, "cache": mall.redis_port}
    watcher = Watcher(
        (
            postgres.opening("orders", mall.dsn),
            redis.opening("cache", mall.redis_url),
            host.opening(),
            processes.opening(programs),
            exposition.opening("app", f"{mall.shop_url}metrics"),
        ),
        patience=5,
    )
    with watcher, Driving(plan) as driving:
        give(GENERATOR_CORE, driving.pid)
        return driving.recording(), watcher.stop()


def give(core: int, pid: int) -> None:
    """Pins the process with all its threads to the core and lets it go first, as far as we may."""
    if core < (os.cpu_count() or 1):
        keep((core,), pid)
    for thread in threads(pid):
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, thread, PRIORITY)
    # Linux shares a core among sessions first: within its own session alone a priority would mean nothing.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(PRIORITY), encoding="ascii")
