"""The machine's processors are used up.

What it shows: by whom. Another program takes them from the mall: that is room which is missing, once the mall's own programs have to wait
for their turn. The application itself uses them up though no more requests arrive: each request costs more than before.
Source: the USE method (Gregg, *Systems Performance*, 2nd ed., 2.5.9): saturation, not utilization; processor time by program, and the time
that each was ready and waited (`/proc/PID/schedstat`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from facts import quantities
from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.seen import Seen
from tickets.cause.values import mapping, number
from tickets.names import Cause

BUSY_RATIO = 0.85
OTHERS_RATIO = 0.5
ONE_CORE = 0.85
STEAL_RATIO = 0.1
MORE = 1.5
# The mall's programs wait as long as they run.
WAITING = 1.0


def votes(seen: Seen) -> Iterator[Vote]:
    """For capacity where others take the processors, for own code where the application does."""
    for name, host in seen.each("host"):
        mean, limits = mapping(host.get("mean")), mapping(host.get("limits"))
        steal = number(mean.get("cpu_steal_ratio")) or 0.0
        if steal >= STEAL_RATIO:
            says = msg("The hypervisor takes {share} of the processors away.", share=quantities.percent(steal))
            yield Vote(cause=Cause.CAPACITY, weight=0.7, says=says, reading=name)
        busy, cores = number(mean.get("cpu_busy_ratio")), number(limits.get("cores"))
        named = {
            each.partition(":")[2]: number(used) or 0.0 for each, used in mean.items() if each.startswith("cpu_cores:")
        }
        if busy is not None and cores and named and busy >= BUSY_RATIO:
            others = busy * cores - sum(named.values())
            if others >= OTHERS_RATIO * cores:
                waiting = _waiting(mean)
                says = msg(
                    "Programs that are not the mall's keep {cores} of {all} cores busy.",
                    cores=f"{others:.1f}",
                    all=round(cores),
                )
                weight = 0.75 if waiting is None or waiting >= WAITING * sum(named.values()) else 0.4
                yield Vote(cause=Cause.CAPACITY, weight=weight, says=says, reading=name)
        app, most = named.get("app"), number(limits.get("cores:app"))
        more = seen.arrivals.times if seen.arrivals is not None else None
        if app is not None and most and app >= ONE_CORE * most and more is not None and more < MORE:
            says = msg("The application uses up the {cores} cores that it can use, and no more requests arrive than before.",
                       cores=f"{most:g}")  # fmt: skip
            yield Vote(cause=Cause.OWN_CODE, weight=0.6, says=says, reading=name)


def _waiting(mean: Mapping[str, Any]) -> float | None:
    """Processors that the mall's programs are ready for and do not get; None where that was not read."""
    found = [number(value) or 0.0 for name, value in mean.items() if name.startswith("cpu_waiting:")]
    return sum(found) if found else None
