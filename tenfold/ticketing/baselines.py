"""What databases did in the half hour before anything happened: counters that are looked at each minute and kept for a while.

The counters of a server since its last reset are an average of weeks; an alert's evidence wants to know what was usual just before.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing

from collectors.postgres_connection import Session, connect
from tenfold.ticketing.readers.statement_counters import Look, look

EVERY_SECONDS = 60.0
KEPT = 45
# An alert fires some minutes after its first symptom; what is this close to it is not usual any more.
LEAD_SECONDS = 600.0
_log = logging.getLogger(__name__)


class Baselines:
    """Looks at every database, the newest last; safe to use from several threads."""

    def __init__(self, databases: Mapping[str, Callable[[], Session]]) -> None:
        """Nothing is read yet.

        Args:
            databases: How to connect to each, by the name of its reader.
        """
        self._databases = databases
        self._looks: dict[str, deque[Look]] = {name: deque(maxlen=KEPT) for name in databases}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, databases: Mapping[str, tuple[str, str | None]]) -> "Baselines":
        """For databases by DSN and name."""

        def connecting(dsn: str, name: str | None) -> Callable[[], Session]:
            return lambda: connect(dsn, name)

        return cls({reader: connecting(*each) for reader, each in databases.items()})

    def read(self) -> None:
        """Looks once at each; one that does not answer is passed over."""
        for name, connecting in self._databases.items():
            try:
                with closing(connecting()) as session:
                    seen = look(session)
            except Exception as error:  # noqa: BLE001  (a database that is down must not end the looking)
                _log.debug("no baseline of %s: %s", name, error)
                continue
            with self._lock:
                self._looks[name].append(seen)

    def before(self, name: str, lead: float = LEAD_SECONDS) -> tuple[Look, Look] | None:
        """The first and the last look that lie at least so many seconds back; None where there are no two.

        Args:
            name: Of the reader.
            lead: Seconds before now.
        """
        latest = time.monotonic() - lead
        with self._lock:
            found = [each for each in self._looks.get(name, ()) if each.at <= latest]
        return (found[0], found[-1]) if len(found) > 1 else None
