"""Keeps the practice mall's servers and the load generator apart, so that what saturates is the mall."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from collectors.watching.processes import listeners
from mall import Mall


@dataclass(frozen=True, slots=True)
class Cores:
    """Who is kept to which core; both empty where nothing can be kept apart."""

    mall: tuple[int, ...] = ()
    generator: tuple[int, ...] = ()


def apart() -> Cores:
    """A core for the mall and another for the generator, so that the mall is equally small on every machine; nothing on a single core."""
    if not hasattr(os, "sched_getaffinity"):  # macOS keeps no process to a core
        return Cores()
    first, *others = sorted(os.sched_getaffinity(0))
    return Cores(mall=(first,), generator=(others[0],)) if others else Cores()


def pin(mall: Mall, cores: Sequence[int]) -> None:
    """Gives the mall's servers, and what they start from now on, these cores alone; without cores nothing changes."""
    if cores:
        for pid in servers(mall):
            keep(cores, pid)


def servers(mall: Mall) -> Iterator[int]:
    """The processes of the shop, the database and the cache, with all that they have started."""
    listening = listeners()
    for port in (mall.shop_port, mall.postgres_port, mall.redis_port):
        root = psutil.Process(listening[port])
        yield from (process.pid for process in (root, *root.children(recursive=True)))


def keep(cores: Sequence[int], pid: int) -> None:
    """Keeps every thread of the process to the cores."""
    for thread in threads(pid):
        os.sched_setaffinity(thread, cores)


def threads(pid: int) -> list[int]:
    """The threads of a process, on Linux; none when it has ended."""
    try:
        return [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []
