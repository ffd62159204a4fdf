"""The machine's memory, and what is paged in and out.

Source: on Linux /proc/meminfo and /proc/vmstat; elsewhere psutil.
Needed role and versions: any user.
Consumed by: the Mall and Hosts boards, the alert on memory that runs out.
Cost: two files of /proc, below 0.5 ms.
Caveats: inside a container these are the machine's figures, not the container's share.
"""

import os
from collections.abc import Iterable
from typing import Any

import psutil

from collectors.serving.metric import Sample, counter, gauge
from collectors.serving.proc import lines

_PREFIX = "tenfold_host_"
TOTAL = gauge(f"{_PREFIX}memory_total_bytes", "Memory of the machine.")
AVAILABLE = gauge(f"{_PREFIX}memory_available_bytes", "Memory that can be had without swapping.")
SWAP = gauge(f"{_PREFIX}swap_total_bytes", "Swap space.")
SWAP_FREE = gauge(f"{_PREFIX}swap_free_bytes", "Swap space that is free.")
KIND = gauge(f"{_PREFIX}memory_bytes", "Memory, by what it is used for, as the kernel names it.", "kind")
HUGE = gauge(f"{_PREFIX}huge_pages", "Huge pages, by state.", "state")
EVENTS = counter(f"{_PREFIX}memory_events_total", "What memory management did, as the kernel names it.", "event")
DIRTY_LIMIT = gauge(
    f"{_PREFIX}memory_dirty_limit_bytes",
    "What may wait to be written: above `background` it is written, at `full` programs wait for it.",
    "limit",
)
METRICS = (TOTAL, AVAILABLE, SWAP, SWAP_FREE, KIND, HUGE, EVENTS, DIRTY_LIMIT)
_OWN = {"MemTotal": TOTAL, "MemAvailable": AVAILABLE, "SwapTotal": SWAP, "SwapFree": SWAP_FREE}
# What tells that memory is short: swapping, reading again what was thrown away, waiting for memory to be freed or moved together.
EVENTS_TOLD = frozenset({
    "pgpgin", "pgpgout", "pswpin", "pswpout", "pgfault", "pgmajfault", "oom_kill", "drop_pagecache",
    "allocstall_dma32", "allocstall_normal", "allocstall_movable", "pgscan_direct_throttle", "zone_reclaim_failed", "slabs_scanned",
    "pgscan_direct", "pgscan_kswapd", "pgsteal_direct", "pgsteal_kswapd",
    "workingset_refault_anon", "workingset_refault_file", "kswapd_low_wmark_hit_quickly", "kswapd_high_wmark_hit_quickly",
    "compact_stall", "compact_fail", "compact_success", "thp_fault_alloc", "thp_fault_fallback", "thp_collapse_alloc", "thp_split_page",
    "numa_miss", "numa_foreign", "numa_pages_migrated", "balloon_inflate", "balloon_deflate", "zswpin", "zswpout",
})  # fmt: skip
# Address space, not memory.
NO_MEMORY = frozenset({"VmallocTotal", "VmallocChunk"})
_KILO = 1024

_DIRTY_LIMITS = {"nr_dirty_background_threshold": "background", "nr_dirty_threshold": "full"}

Facts = tuple[dict[str, int], dict[str, int]]


def read(_: Any) -> Facts:
    """Bytes (huge pages: their number) by the kernel's name, and events (limits: pages) by theirs."""
    text = lines("meminfo")
    if not text:
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        return {
            "MemTotal": memory.total,
            "MemAvailable": memory.available,
            "SwapTotal": swap.total,
            "SwapFree": swap.free,
        }, {}
    found = {}
    for line in text:
        name, _colon, rest = line.partition(":")
        value, _space, unit = rest.strip().partition(" ")
        found[name] = int(value) * (_KILO if unit == "kB" else 1)
    counts = dict(line.split() for line in lines("vmstat"))
    told = sorted((EVENTS_TOLD | _DIRTY_LIMITS.keys()) & counts.keys())
    return found, {name: int(counts[name]) for name in told}


def samples(facts: Facts) -> Iterable[Sample]:
    """The four that everybody asks for by name, the others by kind."""
    memory, events = facts
    for name, value in memory.items():
        if name in _OWN:
            yield _OWN[name].sample(value)
        elif name.startswith("HugePages_"):
            yield HUGE.sample(value, name.removeprefix("HugePages_").lower())
        elif name not in NO_MEMORY:
            yield KIND.sample(value, name)
    page = os.sysconf("SC_PAGE_SIZE")
    for name, count in events.items():
        if name in _DIRTY_LIMITS:
            yield DIRTY_LIMIT.sample(count * page, _DIRTY_LIMITS[name])
        else:
            yield EVENTS.sample(count, name)
