"""The machine's memory, and what is paged in and out.

Source: on Linux /proc/meminfo and /proc/vmstat; elsewhere psutil.
Needed role and versions: any user.
Consumed by: the Mall and Hosts boards, the alert on memory that runs out.
Cost: two files of /proc, below 0.5 ms.
Caveats: inside a container these are the machine's figures, not the container's share.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from collectors.serving.metric import Sample, counter, gauge

_PROC = Path("/proc")
_PREFIX = "tenfold_host_"
TOTAL = gauge(f"{_PREFIX}memory_total_bytes", "Memory of the machine.")
AVAILABLE = gauge(f"{_PREFIX}memory_available_bytes", "Memory that can be had without swapping.")
SWAP = gauge(f"{_PREFIX}swap_total_bytes", "Swap space.")
SWAP_FREE = gauge(f"{_PREFIX}swap_free_bytes", "Swap space that is free.")
KIND = gauge(f"{_PREFIX}memory_bytes", "Memory, by what it is used for, as the kernel names it.", "kind")
HUGE = gauge(f"{_PREFIX}huge_pages", "Huge pages, by state.", "state")
EVENTS = counter(f"{_PREFIX}memory_events_total", "What memory management did, as the kernel names it.", "event")
METRICS = (TOTAL, AVAILABLE, SWAP, SWAP_FREE, KIND, HUGE, EVENTS)
_OWN = {"MemTotal": TOTAL, "MemAvailable": AVAILABLE, "SwapTotal": SWAP, "SwapFree": SWAP_FREE}
_EVENTS = frozenset({"pgpgin", "pgpgout", "pswpin", "pswpout", "pgfault", "pgmajfault", "oom_kill", "allocstall_normal",
                     "pgscan_direct", "pgscan_kswapd", "pgsteal_direct", "pgsteal_kswapd"})  # fmt: skip
_KILO = 1024

Facts = tuple[dict[str, int], dict[str, int]]


def read(_: Any) -> Facts:
    """Bytes (huge pages: their number) by the kernel's name, and events by theirs."""
    try:
        text = (_PROC / "meminfo").read_text(encoding="ascii")
        events = (_PROC / "vmstat").read_text(encoding="ascii")
    except OSError:
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return {
            "MemTotal": memory.total,
            "MemAvailable": memory.available,
            "SwapTotal": swap.total,
            "SwapFree": swap.free,
        }, {}
    found = {}
    for line in text.splitlines():
        name, _colon, rest = line.partition(":")
        value, _space, unit = rest.strip().partition(" ")
        found[name] = int(value) * (_KILO if unit == "kB" else 1)
    counts = dict(line.split() for line in events.splitlines())
    return found, {name: int(counts[name]) for name in sorted(_EVENTS & counts.keys())}


def samples(facts: Facts) -> Iterable[Sample]:
    """The four that everybody asks for by name, the others by kind."""
    memory, events = facts
    for name, value in memory.items():
        if name in _OWN:
            yield _OWN[name].sample(value)
        elif name.startswith("HugePages_"):
            yield HUGE.sample(value, name.removeprefix("HugePages_").lower())
        elif name != "VmallocTotal":  # an address space, not memory
            yield KIND.sample(value, name)
    for name, count in events.items():
        yield EVENTS.sample(count, name)
