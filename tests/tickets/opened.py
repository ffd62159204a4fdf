"""What the room's tests share: a ticket that an alert has opened, and the outbox done once."""

from collections.abc import Mapping

from sqlalchemy import Connection

from tickets import events
from tickets.changing import open_within
from tickets.desk import Desk
from tickets.events import Entry
from tickets.names import Urgency
from tickets.running import HANDLERS
from tickets.store import log
from tickets.tasks import Worker

LABELS = {"alertname": "PaymentChannelFailing", "channel": "wechat", "severity": "critical"}


def opened(
    desk: Desk, *, source: str = "alertmanager", area: str = "payments", labels: Mapping[str, str] = LABELS
) -> int:
    """A new ticket with everything that follows."""

    def write(connection: Connection) -> int:
        first = events.Opened(
            title="Payments on wechat fail", urgency=Urgency.URGENT, area=area, source=source, labels=labels,
            key=None if source == "person" else "key",
        )  # fmt: skip
        further = (
            [] if source == "person" else [events.Fired(fingerprint="f1", name="PaymentChannelFailing", labels=labels)]
        )
        return open_within(connection, desk, source, first, further).number

    return desk.store.writing(write)


def work_once(desk: Desk) -> int:
    """Does what the outbox asks for now, and what follows from it."""
    done = 0
    while True:
        worker = Worker(HANDLERS)
        count = worker(desk)
        worker.finish()
        if not count:
            return done
        done += count


def log_of(desk: Desk, number: int) -> list[Entry]:
    with desk.store.read() as connection:
        return log.load_log(connection, number)


def kinds(desk: Desk, number: int) -> list[str]:
    """Of the lines in a ticket's log."""
    return [entry.event.kind for entry in log_of(desk, number)]
