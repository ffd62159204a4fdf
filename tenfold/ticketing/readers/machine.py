"""One machine, or one application's own metrics page, for some seconds: processors, memory, disks, pools, workers, calls to others.

Source: the sources of `collectors.watching` (`host`, `node_exporter`, `processes`, `exposition`), and the machine's file systems.
Needed role and versions: as those.
Consumed by: the evidence of a ticket (`host:TARGET`, `application:TARGET`).
Cost: as those, for `SECONDS`.
Caveats: `mean` and `peak` are over the seconds that were watched; who uses the processor is known on this machine alone.
"""

import time
from collections.abc import Sequence
from typing import Any

from collectors import host
from collectors.runner import CollectorError
from collectors.watching.source import Opening
from collectors.watching.watcher import Watcher
from facts.message import msg, verbatim

SECONDS = 3.0


def watched(openings: Sequence[Opening], *, seconds: float = SECONDS) -> dict[str, Any]:
    """Mean and peak of each figure.

    Args:
        openings: Sources of one target.
        seconds: How long it is watched.

    Raises:
        CollectorError: None of them could be read.
    """
    watcher = Watcher(openings, patience=2.0)
    with watcher:
        time.sleep(seconds)
    watch = watcher.stop()
    if not watch.samples:
        raise CollectorError(watch.missing[0] if watch.missing else msg("nothing was read"))
    series: dict[str, list[float]] = {}
    for sample in watch.samples:
        for name, value in sample.values.items():
            series.setdefault(name, []).append(value)
    found: dict[str, Any] = {
        "mean": {name: sum(values) / len(values) for name, values in series.items()},
        "peak": {name: max(values) for name, values in series.items()},
        "limits": {name.rpartition("/")[2]: value for name, value in watch.limits.items()},
    }
    if watch.missing:
        found["missing"] = [str(each) for each in watch.missing]
    return found


def disks(name: str, node_exporter: str | None) -> list[dict[str, Any]]:
    """File systems and how much room is left.

    Args:
        name: Of the target.
        node_exporter: Its address; None for this machine.

    Raises:
        CollectorError: They could not be read.
    """
    target, facts = host.finish(host.begin(name, node_exporter))
    if facts.processor is None and not facts.disks:
        raise CollectorError(target.detail or verbatim(target.status.value), status=target.status)
    return [{"name": each.name, "total_bytes": each.total_bytes, "free_bytes": each.free_bytes} for each in facts.disks]
