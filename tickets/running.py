"""What the service does in the background: each duty in a thread of its own, so that one that hangs holds up no other.

Several processes may do the same at once; a duty takes care of that by the store alone.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tickets.desk import Desk
from tickets.intake import reconciling, watchdog
from tickets.notify.follower import OVERDUE
from tickets.notify.overdue import overdue
from tickets.notify.turns import TURN_SECONDS, Messenger
from tickets.sla.calendar_alarm import ALARM_SECONDS, calendar_alarm
from tickets.sla.heartbeat import POLL_SECONDS, heartbeat
from tickets.sla.self_audit import EVERY_SECONDS, self_audit
from tickets.sla.ticking import TICK_SECONDS, tick
from tickets.store.opening import StoreUnavailable
from tickets.tasks import Handler, Worker

OUTBOX_SECONDS = 0.25
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that is done again and again.

    Attributes:
        name: Of the thread.
        every: Seconds between two times.
        do: Done; whatever it raises is logged, and it is done again.
    """

    name: str
    every: float
    do: Callable[[Desk], object]


# Who does what the outbox asks for, by kind of task.
HANDLERS: Mapping[str, Handler] = {OVERDUE: overdue}
DUTIES: tuple[Duty, ...] = (
    Duty("messages", TURN_SECONDS, Messenger()),
    Duty("sla", TICK_SECONDS, tick),
    Duty("self-audit", EVERY_SECONDS, self_audit),
    Duty("calendar", ALARM_SECONDS, calendar_alarm),
    Duty("heartbeat", POLL_SECONDS, heartbeat),
    Duty("reconciliation", reconciling.EVERY_SECONDS, reconciling.reconcile),
    Duty("watchdog", watchdog.EVERY_SECONDS, watchdog.watch),
)


@dataclass(slots=True)
class Background:
    """The running threads of one process."""

    desk: Desk
    duties: Sequence[Duty] = DUTIES
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begins."""
        duties = (Duty("outbox", OUTBOX_SECONDS, Worker(self.handlers)), *self.duties)
        for duty in duties:
            thread = threading.Thread(target=self._go_on, args=(duty,), name=f"tickets-{duty.name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, seconds: float = 5.0) -> None:
        """Ends; what is under way is given some time."""
        self._over.set()
        for thread in self._threads:
            thread.join(seconds)

    def _go_on(self, duty: Duty) -> None:
        told = ""
        while not self._over.is_set():
            try:
                duty.do(self.desk)
                told = ""
            except StoreUnavailable as error:
                if str(error) != told:
                    _log.warning("%s: %s", duty.name, error)
                told = str(error)
            except Exception:  # noqa: BLE001  (a duty that ends silently is worse than one that fails aloud)
                _log.exception("%s failed", duty.name)
            self._over.wait(duty.every)
