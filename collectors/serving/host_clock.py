"""The machine's clock: whether it is right, how far it may be off, where its time comes from.

Source: adjtimex(2), the system's clock, /sys/devices/system/clocksource; on Linux alone.
Needed role and versions: any user; nothing is adjusted.
Consumed by: the Hosts board.
Cost: one call and one file, below 0.05 ms.
Caveats: whether it is right is what the program says that sets it (chrony, ntpd, systemd-timesyncd). A guest whose host keeps its clock
    right, without such a program, counts as not synchronized.
"""

import ctypes
import sys
import time
from collections.abc import Iterable
from typing import Any

from collectors.serving.metric import Sample, gauge
from collectors.serving.proc import SYS, lines

_PREFIX = "tenfold_host_clock_"
NOW = gauge(f"{_PREFIX}timestamp_seconds", "The time that it shows.")
SYNCHRONIZED = gauge(f"{_PREFIX}synchronized", "1 while a program keeps it right.")
OFFSET = gauge(f"{_PREFIX}offset_seconds", "What is still to be added to it.")
ESTIMATED = gauge(f"{_PREFIX}estimated_error_seconds", "How far it is thought to be off.")
MAXIMAL = gauge(f"{_PREFIX}maximal_error_seconds", "How far it can be off; 16 seconds where nobody keeps it right.")
FREQUENCY = gauge(f"{_PREFIX}frequency_ratio", "How much faster than its hardware it is made to run; 1 for as fast.")
SOURCE = gauge(
    f"{_PREFIX}source_info", "1; the label names the hardware. All but tsc and kvm-clock are slow to ask.", "source"
)
METRICS = (NOW, SYNCHRONIZED, OFFSET, ESTIMATED, MAXIMAL, FREQUENCY, SOURCE)
_CURRENT = "devices/system/clocksource/clocksource0/current_clocksource"
_MICRO, _NANO = 1e-6, 1e-9
_STA_NANO = 0x2000
_TIME_ERROR = 5
_FREQUENCY_UNIT = 65_536 * 1e6


class _Timex(ctypes.Structure):
    """struct timex of Linux up to the last field that we read, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def read(_: Any) -> dict[str, Any]:
    """What the kernel says of its clock; `state` is None where it does not."""
    times = _Timex()
    state = None
    if sys.platform == "linux":
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(times))
    return {"now": time.time(), "state": state, "times": times, "source": lines(_CURRENT, SYS)}


def samples(facts: dict[str, Any]) -> Iterable[Sample]:
    """Whether the clock can be trusted."""
    yield NOW.sample(facts["now"])
    state, times = facts["state"], facts["times"]
    if state is not None and state >= 0:
        unit = _NANO if times.status & _STA_NANO else _MICRO
        yield SYNCHRONIZED.sample(0.0 if state == _TIME_ERROR else 1.0)
        yield OFFSET.sample(times.offset * unit)
        yield ESTIMATED.sample(times.esterror * _MICRO)
        yield MAXIMAL.sample(times.maxerror * _MICRO)
        yield FREQUENCY.sample(1 + times.freq / _FREQUENCY_UNIT)
    for name in facts["source"][:1]:
        yield SOURCE.sample(1.0, name.strip())
