"""The machine's processors: time by mode and core, load, pressure, switches, processes.

Source: psutil; on Linux also /proc/stat, /proc/pressure, /proc/loadavg.
Needed role and versions: any user.
Consumed by: the Mall and Hosts boards, the alert on processors that are used up.
Cost: five small files of /proc, below 1 ms.
Caveats: inside a container these are the machine's figures, not the container's share.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from collectors.serving.metric import Sample, counter, gauge, given

_PROC = Path("/proc")
_MICRO = 1e-6
_PREFIX = "tenfold_host_"
SECONDS = counter(f"{_PREFIX}cpu_seconds_total", "Processor time of all cores, by mode.", "mode")
CORE = counter(f"{_PREFIX}core_seconds_total", "Processor time, by core and mode.", "core", "mode")
CORES = gauge(f"{_PREFIX}cores", "Logical processors.")
LOAD = gauge(f"{_PREFIX}load", "Mean number of processes that run or wait.", "minutes")
RUNNABLE = gauge(f"{_PREFIX}processes_runnable", "Processes that run or wait for a processor.")
BLOCKED = gauge(f"{_PREFIX}processes_blocked", "Processes that wait for input or output.")
FORKS = counter(f"{_PREFIX}forks_total", "Processes begun.")
SWITCHES = counter(f"{_PREFIX}context_switches_total", "Changes from one process to another.")
INTERRUPTS = counter(f"{_PREFIX}interrupts_total", "Interrupts served.")
SOFT = counter(f"{_PREFIX}soft_interrupts_total", "Soft interrupts served.")
BOOTED = gauge(f"{_PREFIX}boot_timestamp_seconds", "When the machine started.")
WAITED = counter(f"{_PREFIX}pressure_waiting_seconds_total", "Time in which some task waited for it.", "resource")
STALLED = counter(f"{_PREFIX}pressure_stalled_seconds_total", "Time in which all tasks waited for it.", "resource")
METRICS = (SECONDS, CORE, CORES, LOAD, RUNNABLE, BLOCKED, FORKS, SWITCHES, INTERRUPTS, SOFT, BOOTED, WAITED, STALLED)
_STAT = {"ctxt": SWITCHES, "btime": BOOTED, "processes": FORKS, "procs_running": RUNNABLE, "procs_blocked": BLOCKED,
         "intr": INTERRUPTS, "softirq": SOFT}  # fmt: skip


def read(_: Any) -> dict[str, Any]:
    """The counters now."""
    return {
        "cores": psutil.cpu_times(percpu=True),
        "load": psutil.getloadavg(),
        "stat": _lines("stat"),
        "pressure": {subject: _lines(f"pressure/{subject}") for subject in ("cpu", "io", "memory")},
    }


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """Guest time is inside `user` on Linux and not told again."""
    modes: dict[str, float] = {}
    for number, times in enumerate(facts["cores"]):
        for mode, seconds in times._asdict().items():
            if not mode.startswith("guest"):
                modes[mode] = modes.get(mode, 0.0) + seconds
                yield CORE.sample(seconds, str(number), mode)
    for mode, seconds in modes.items():
        yield SECONDS.sample(seconds, mode)
    yield CORES.sample(len(facts["cores"]))
    for minutes, value in zip(("1", "5", "15"), facts["load"], strict=True):
        yield LOAD.sample(value, minutes)
    for line in facts["stat"]:
        name, *values = line.split()
        if name in _STAT and values:
            yield _STAT[name].sample(float(values[0]))
    for subject, lines in facts["pressure"].items():
        for line in lines:
            kind, *figures = line.split()
            total = dict(figure.split("=") for figure in figures).get("total")
            yield from given(
                WAITED if kind == "some" else STALLED, None if total is None else float(total) * _MICRO, subject
            )


def _lines(name: str) -> list[str]:
    """A file's lines; none where the system has no such file or keeps it to itself."""
    try:
        return (_PROC / name).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
