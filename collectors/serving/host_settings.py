"""Settings of the machine's kernel at which a mall under load ends, or which slow its servers.

Source: on Linux /proc/sys and /sys/kernel/mm/transparent_hugepage; elsewhere nothing.
Needed role and versions: any user.
Consumed by: the Hosts board; a change of a setting is an annotation.
Cost: some 25 files of /proc with one number each, 0.3 ms.
Caveats: those of `net` are the container's own where it has a network of its own.
"""

from collections.abc import Iterable
from typing import Any

from collectors.serving.metric import Sample, gauge, given
from collectors.serving.proc import SYS, lines, number

SETTING = gauge(
    "tenfold_host_setting", "A kernel's setting; `unit` is bytes, seconds, or empty for a plain number.", "name", "unit"
)
HUGE = gauge(
    "tenfold_host_transparent_huge_pages_always", "1 where programs get huge pages unasked: Redis forks slowly."
)
METRICS = (SETTING, HUGE)
_BYTES, _SECONDS, _PLAIN = ("bytes", 1.0), ("seconds", 1.0), ("", 1.0)
_KILO = ("bytes", 1024.0)
# By the name that sysctl knows.
_WANTED = {
    "kernel.pid_max": _PLAIN,
    "kernel.threads-max": _PLAIN,
    "kernel.numa_balancing": _PLAIN,
    "net.core.somaxconn": _PLAIN,
    "net.core.netdev_max_backlog": _PLAIN,
    "net.core.netdev_budget": _PLAIN,
    "net.core.rmem_max": _BYTES,
    "net.core.wmem_max": _BYTES,
    "net.ipv4.tcp_max_syn_backlog": _PLAIN,
    "net.ipv4.tcp_syncookies": _PLAIN,
    "net.ipv4.tcp_max_tw_buckets": _PLAIN,
    "net.ipv4.tcp_max_orphans": _PLAIN,
    "net.ipv4.tcp_tw_reuse": _PLAIN,
    "net.ipv4.tcp_fin_timeout": _SECONDS,
    "net.ipv4.tcp_keepalive_time": _SECONDS,
    "net.ipv4.tcp_slow_start_after_idle": _PLAIN,
    "net.ipv4.neigh.default.gc_thresh3": _PLAIN,
    "vm.swappiness": _PLAIN,
    "vm.overcommit_memory": _PLAIN,
    "vm.overcommit_ratio": _PLAIN,
    "vm.dirty_ratio": _PLAIN,
    "vm.dirty_background_ratio": _PLAIN,
    "vm.max_map_count": _PLAIN,
    "vm.min_free_kbytes": _KILO,
    "vm.zone_reclaim_mode": _PLAIN,
}
_PATHS = {name: f"sys/{name.replace('.', '/')}" for name in _WANTED}


def read(_: Any) -> tuple[dict[str, float | None], list[str]]:
    """Settings by name, as the kernel counts them; and the choice of huge pages."""
    return {name: number(path) for name, path in _PATHS.items()}, lines("kernel/mm/transparent_hugepage/enabled", SYS)


def samples(facts: tuple[dict[str, float | None], list[str]]) -> Iterable[Sample]:
    """In base units; what this kernel does not have is left out."""
    settings, huge = facts
    for name, value in settings.items():
        unit, factor = _WANTED[name]
        yield from given(SETTING, None if value is None else value * factor, name, unit)
    for line in huge:
        yield HUGE.sample(float("[always]" in line))
