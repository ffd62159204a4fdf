"""Whether this process got the CPU that it needed: its own use, its wait for a core, its control group's brake.

Source: Linux `Documentation/scheduler/sched-stats.rst` (`/proc/self/schedstat`: the second figure is nanoseconds
spent waiting on a run queue) and `Documentation/admin-guide/cgroup-v2.rst` (`cpu.stat`: `throttled_usec`;
`throttled_time` in nanoseconds for version 1).
"""

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

WINDOW_SECONDS = 5.0
_SCHEDSTAT = Path("/proc/self/schedstat")
_CGROUP = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")
_FIGURES = {"throttled_usec": 1e-6, "throttled_time": 1e-9}


@dataclass(frozen=True, slots=True)
class Strain:
    """The figures of `facts.rounds.Generator` that concern the CPU."""

    cpu_ratio: float
    starved_ratio: float | None
    throttled_seconds: float | None


class Health:
    """Looks at the process once a second."""

    def __init__(self) -> None:
        """Begins now."""
        self._files = _throttle_files()
        self._began = time.perf_counter()
        self._waited = _waited()
        self._throttled = self._throttled_now()
        self._looks: deque[tuple[float, float]] = deque([(self._began, time.process_time())])
        self._highest = 0.0

    def look(self) -> None:
        """To be called about once a second."""
        now, used = time.perf_counter(), time.process_time()
        self._looks.append((now, used))
        while len(self._looks) > 2 and now - self._looks[1][0] >= WINDOW_SECONDS:  # noqa: PLR2004  (a window has two ends)
            self._looks.popleft()
        began, before = self._looks[0]
        # A run that is shorter than the window is judged as a whole.
        if now - began >= WINDOW_SECONDS or began == self._began:
            ratio = (used - before) / max(now - began, 1e-9)
            short = now - self._began < WINDOW_SECONDS
            self._highest = ratio if short else max(self._highest, ratio)

    def strain(self) -> Strain:
        """What was seen since the beginning."""
        wall = max(time.perf_counter() - self._began, 1e-9)
        waited, throttled = _waited(), self._throttled_now()
        return Strain(
            cpu_ratio=self._highest,
            starved_ratio=None if waited is None or self._waited is None else (waited - self._waited) / wall,
            throttled_seconds=None if throttled is None or self._throttled is None else throttled - self._throttled,
        )

    def _throttled_now(self) -> float | None:
        """Seconds held back so far, of the group in the chain that was held back longest."""
        found = [seconds for file in self._files if (seconds := _throttled(file)) is not None]
        return max(found) if found else None


def _waited() -> float | None:
    try:
        return int(_SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return None


def _throttle_files() -> list[Path]:
    """The `cpu.stat` of the process's own control group and of every group above it."""
    try:
        lines = _CGROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    files: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        base = _ROOT / controllers if controllers else _ROOT
        group = base / path.lstrip("/")
        # In a container the path may be the host's: then only the mounted root is ours.
        places = [group, *group.parents] if group.is_dir() else [base]
        files += [place / "cpu.stat" for place in places if place == base or base in place.parents]
    return [file for file in dict.fromkeys(files) if file.is_file()]


def _throttled(file: Path) -> float | None:
    try:
        figures = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
        return next((int(figures[name]) * unit for name, unit in _FIGURES.items() if name in figures), None)
    except (OSError, ValueError):
        return None
