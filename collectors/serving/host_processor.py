"""The machine's processors: time by mode and core, load, pressure, switches, interrupts, processes.

Source: psutil; on Linux also /proc/stat, /proc/pressure, /proc/loadavg, /proc/net/softnet_stat.
Needed role and versions: any user.
Consumed by: the Mall and Hosts boards, the alert on processors that are used up.
Cost: seven small files of /proc, below 1 ms.
Caveats: inside a container these are the machine's figures, not the container's share. Figures by core come last, so that a machine with
    more cores than the budget of series has room for loses some of those and nothing else.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import psutil

from collectors.serving.metric import Sample, counter, gauge, given
from collectors.serving.proc import lines

_MICRO = 1e-6
_PREFIX = "tenfold_host_"
INFO = gauge(
    f"{_PREFIX}info",
    "1; system, version of its kernel and kind of machine are its labels.",
    "system",
    "kernel",
    "machine",
)
SECONDS = counter(f"{_PREFIX}cpu_seconds_total", "Processor time of all cores, by mode.", "mode")
CORE = counter(f"{_PREFIX}core_seconds_total", "Processor time, by core and mode.", "core", "mode")
CORES = gauge(f"{_PREFIX}cores", "Logical processors.")
LOAD = gauge(f"{_PREFIX}load", "Mean number of processes that run or wait.", "minutes")
RUNNABLE = gauge(f"{_PREFIX}processes_runnable", "Processes that run or wait for a processor.")
BLOCKED = gauge(f"{_PREFIX}processes_blocked", "Processes that wait for input or output.")
THREADS = gauge(f"{_PREFIX}threads", "Threads of all processes.")
FORKS = counter(f"{_PREFIX}forks_total", "Processes begun.")
SWITCHES = counter(f"{_PREFIX}context_switches_total", "Changes from one process to another.")
INTERRUPTS = counter(f"{_PREFIX}interrupts_total", "Interrupts served.")
SOFT = counter(f"{_PREFIX}soft_interrupts_total", "Soft interrupts served.")
SOFT_KIND = counter(
    f"{_PREFIX}soft_interrupts_by_kind_total", "Soft interrupts served, as the kernel names them.", "kind"
)
BOOTED = gauge(f"{_PREFIX}boot_timestamp_seconds", "When the machine started.")
WAITED = counter(f"{_PREFIX}pressure_waiting_seconds_total", "Time in which some task waited for it.", "resource")
STALLED = counter(f"{_PREFIX}pressure_stalled_seconds_total", "Time in which all tasks waited for it.", "resource")
PROCESSED = counter(f"{_PREFIX}softnet_processed_total", "Packets that the core took from network cards.", "core")
DROPPED = counter(f"{_PREFIX}softnet_dropped_total", "Packets thrown away because the core's queue was full.", "core")
SQUEEZED = counter(
    f"{_PREFIX}softnet_squeezed_total", "Times that packets were left when the core's turn was over.", "core"
)
QUEUED = gauge(f"{_PREFIX}softnet_queued", "Packets in the core's queue.", "core")
METRICS = (
    INFO, SECONDS, CORE, CORES, LOAD, RUNNABLE, BLOCKED, THREADS, FORKS, SWITCHES, INTERRUPTS, SOFT, SOFT_KIND, BOOTED, WAITED, STALLED,
    PROCESSED, DROPPED, SQUEEZED, QUEUED,
)  # fmt: skip
_STAT = {"ctxt": SWITCHES, "btime": BOOTED, "processes": FORKS, "procs_running": RUNNABLE, "procs_blocked": BLOCKED,
         "intr": INTERRUPTS, "softirq": SOFT}  # fmt: skip
_SOFT_KINDS = ("hi", "timer", "net_tx", "net_rx", "block", "irq_poll", "tasklet", "sched", "hrtimer", "rcu")
# Places in a line of softnet_stat; the last two came with Linux 5.10.
_SOFTNET = ((0, PROCESSED), (1, DROPPED), (2, SQUEEZED), (11, QUEUED))
_CORE_AT = 12


def read(_: Any) -> dict[str, Any]:
    """The counters now."""
    return {
        "cores": psutil.cpu_times(percpu=True),
        "load": psutil.getloadavg(),
        "tasks": lines("loadavg"),
        "stat": lines("stat"),
        "softnet": lines("net/softnet_stat"),
        "pressure": {subject: lines(f"pressure/{subject}") for subject in ("cpu", "io", "memory", "irq")},
    }


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """Guest time is inside `user` on Linux and not told again."""
    system = os.uname()
    yield INFO.sample(1.0, system.sysname, system.release, system.machine)
    modes: dict[str, float] = {}
    by_core = []
    for number, times in enumerate(facts["cores"]):
        for mode, seconds in times._asdict().items():
            if not mode.startswith("guest"):
                modes[mode] = modes.get(mode, 0.0) + seconds
                by_core.append(CORE.sample(seconds, str(number), mode))
    for mode, seconds in modes.items():
        yield SECONDS.sample(seconds, mode)
    yield CORES.sample(len(facts["cores"]))
    for minutes, value in zip(("1", "5", "15"), facts["load"], strict=True):
        yield LOAD.sample(value, minutes)
    for line in facts["tasks"]:
        yield THREADS.sample(float(line.split()[3].partition("/")[2]))
    yield from _stat(facts["stat"])
    for subject, pressure in facts["pressure"].items():
        for line in pressure:
            kind, *figures = line.split()
            total = dict(figure.split("=") for figure in figures).get("total")
            yield from given(
                WAITED if kind == "some" else STALLED, None if total is None else float(total) * _MICRO, subject
            )
    yield from _softnet(facts["softnet"])
    yield from by_core


def _stat(text: Iterable[str]) -> Iterator[Sample]:
    for line in text:
        name, *values = line.split()
        if name in _STAT and values:
            yield _STAT[name].sample(float(values[0]))
        if name == "softirq":
            for kind, value in zip(_SOFT_KINDS, values[1:], strict=False):
                yield SOFT_KIND.sample(float(value), kind)


def _softnet(text: Iterable[str]) -> Iterator[Sample]:
    for number, line in enumerate(text):
        words = [int(word, 16) for word in line.split()]
        core = str(words[_CORE_AT] if len(words) > _CORE_AT else number)
        for place, metric in _SOFTNET:
            if place < len(words):
                yield metric.sample(words[place], core)
