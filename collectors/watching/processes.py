"""Named programs on this machine once a second: how much processor each takes, and how busy the cores are that it may use.

Source: psutil (Linux: /proc, with /proc/PID/task/*/schedstat); the programs are found by the ports on which they listen, with all their
    child processes.
Needed role and versions: the same user as the programs, or root; Linux for `cores_busy_ratio`.
Consumed by: `loadtest.cause`: whether the application, the database or the cache has used up its processor.
Cost: 30 to 100 µs a process and second, 20 µs a thread.
Caveats: a program behind a port forward or in another PID namespace is not found; `Watch.missing` then names it. What a child process used
    between two looks and then ended is not counted.

Values by program: `cpu_cores:NAME` (cores kept busy), `cpu_waiting:NAME` (threads that were ready to run and had no core, on average;
Linux), `cores_busy_ratio:NAME` (how busy the cores that it may run on were, whoever used them), `processes:NAME`.
Limits by program: `cores:NAME`: the cores that it can use at most. Python, Node.js, Ruby and PHP run one thread at a time in each process.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from collectors.host import understand
from collectors.runner import CollectorError
from collectors.watching.source import Ending, Opening, Rates
from facts.message import msg
from facts.readings import Status

_ONE_THREAD_AT_A_TIME = ("python", "node", "ruby", "php", "uvicorn", "gunicorn", "redis-server", "valkey-server")
# Who left is found again, and who came is found at all, at this distance.
FAMILY_SECONDS = 5.0


@dataclass(slots=True)
class _Accounts:
    """What each program's processes or threads gained, also of those that have ended since."""

    of: dict[str, float] = field(default_factory=dict)
    _held: dict[int, float] = field(default_factory=dict)

    def add(self, program: str, number: int, held: float) -> None:
        """Credits the program with what one of its processes or threads gained since the last look."""
        gained = max(held - self._held.get(number, held), 0.0)
        self._held[number] = held
        self.of[program] = self.of.get(program, 0.0) + gained


@dataclass(slots=True)
class Programs:
    """Programs by name, each a process with its children."""

    roots: Mapping[str, psutil.Process]
    absent: tuple[str, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)
    _families: dict[str, list[psutil.Process]] = field(default_factory=dict)
    _looked_at: float = float("-inf")
    _used: _Accounts = field(default_factory=_Accounts)
    _waited: _Accounts = field(default_factory=_Accounts)
    _rates: Rates = field(default_factory=Rates)

    def read(self) -> dict[str, float]:
        """The figures now."""
        at = time.monotonic()
        if at - self._looked_at >= FAMILY_SECONDS:
            self._families = {name: _family(root) for name, root in self.roots.items()}
            self._looked_at = at
        values: dict[str, float] = {}
        counters: dict[str, float] = {}
        for core, times in enumerate(psutil.cpu_times(percpu=True)):
            counters[f"core:{core}"] = sum(times) - times.idle - getattr(times, "iowait", 0.0) - _guest(times)
        for name, family in self._families.items():
            alive = [process for process in family if self._add(name, process)]
            counters[f"cpu_cores:{name}"] = self._used.of.get(name, 0.0)
            if name in self._waited.of:
                counters[f"cpu_waiting:{name}"] = self._waited.of[name]
            values[f"processes:{name}"] = float(len(alive))
            if alive:
                self.limits[f"cores:{name}"] = _usable_cores(alive)
        rates = self._rates.of(counters, at)
        for name, root in self.roots.items():
            cores = [rates[f"core:{core}"] for core in _cores(root) if f"core:{core}" in rates]
            if cores:
                values[f"cores_busy_ratio:{name}"] = min(max(sum(cores) / len(cores), 0.0), 1.0)
        return values | {name: rate for name, rate in rates.items() if name.startswith(("cpu_cores:", "cpu_waiting:"))}

    def _add(self, name: str, process: psutil.Process) -> bool:
        """Adds what the process spent since the last look to its program's account; False when it is gone."""
        try:
            times = process.cpu_times()
        except psutil.Error:
            return False
        self._used.add(name, process.pid, times.user + times.system)
        for thread, waited in _run_delays(process.pid):
            self._waited.add(name, thread, waited)
        return True

    def finish(self) -> Ending:
        """The programs that do not run on this machine."""
        return Ending(
            missing=tuple(msg("{program} was not found on this machine", program=program) for program in self.absent)
        )

    def close(self) -> None:
        """Holds nothing."""


def _run_delays(pid: int) -> Iterator[tuple[int, float]]:
    """Seconds that each thread was ready and had no core (Linux `Documentation/scheduler/sched-stats.rst`)."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return
    for thread in threads:
        with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended, or the kernel does not count
            yield int(thread.name), int((thread / "schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def opening(ports: Mapping[str, int], *, name: str = "this machine") -> Opening:
    """How to watch programs of this machine.

    Args:
        ports: The TCP port on which each listens, by the name of the program: `app` for the shop, else the name of the target in the
            configuration (`orders`, `cache`).
        name: What the machine is called in the configuration.
    """

    def find() -> Programs:
        listening = listeners()
        roots = {program: psutil.Process(listening[port]) for program, port in ports.items() if port in listening}
        if not roots:
            raise CollectorError(
                msg("none of the programs runs on this machine, or its processes may not be seen"),
                status=Status.UNSUPPORTED,
            )
        return Programs(roots=roots, absent=tuple(program for program in ports if program not in roots))

    return Opening(name=name, kind="host", open=find, understand=understand)


def listeners() -> dict[int, int]:
    """The process that listens on each TCP port, as far as we may see; of several that share one, the oldest."""
    found: dict[int, int] = {}
    for each in psutil.net_connections("tcp"):
        if each.status == psutil.CONN_LISTEN and each.pid and each.laddr:
            found[each.laddr.port] = min(each.pid, found.get(each.laddr.port, each.pid))
    return found


def _family(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _cores(process: psutil.Process) -> list[int]:
    try:
        return list(process.cpu_affinity())
    except (psutil.Error, AttributeError):  # macOS has no affinity
        return []


def _usable_cores(family: list[psutil.Process]) -> float:
    cores = float(len(_cores(family[0])) or psutil.cpu_count() or 1)
    try:
        name = family[0].name().lower()
    except psutil.Error:
        return cores
    return min(cores, float(len(family))) if name.startswith(_ONE_THREAD_AT_A_TIME) else cores


def _guest(times: object) -> float:
    """Time of virtual machines, which Linux counts in `user` as well."""
    return float(getattr(times, "guest", 0.0)) + float(getattr(times, "guest_nice", 0.0))
