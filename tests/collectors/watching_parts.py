"""What the tests of watching share: watching until something has been seen."""

import time
from collections.abc import Callable

from collectors.watching.source import Opening
from collectors.watching.watcher import Watcher
from facts.watch import Watch


def watched(*openings: Opening, until: Callable[[], bool]) -> Watch:
    """Watches ten times a second until the condition holds."""
    watcher = Watcher(openings, interval=0.1, patience=10)
    with watcher:
        deadline = time.monotonic() + 20
        while not until() and time.monotonic() < deadline:
            time.sleep(0.05)
    return watcher.stop()


# PostgreSQL
