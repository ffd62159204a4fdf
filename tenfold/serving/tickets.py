"""The ticket room's own figures: tickets by state, promises kept and broken, alerts received, what waits to be sent.

Source: the ticket store; events and posts of a span of time by their index, open tickets and pending tasks by theirs.
Needed role and versions: the store's own connection; SQLite or PostgreSQL.
Consumed by: the Tickets and SLA board, the alerts on tickets.
Cost: about ten statements, below 10 ms, every 5 s at most; the whole ledger is compared once an hour.
Caveats: counters begin with the process; each process counts what all of them did, so take the highest,
never the sum. What happened within the last 10 s is counted later. The urgency of a counted event is the ticket's at that reading.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors.runner import CollectorError
from collectors.serving.metric import Kind, Metric, Part, Reader, Sample, counter, gauge
from facts.message import msg
from tenfold.serving.ticket_counts import URGENCIES, Counted
from tenfold.serving.watched import Watched

if TYPE_CHECKING:
    from tickets.store.counting import Standing
    from tickets.store.opening import Store

# On a clock of its own: a store that is busy for a moment leaves no gap in the figures.
EVERY_SECONDS = 5.0
OPENING_SECONDS = 3.0
LOOK_SECONDS = 0.05
# A transaction that writes an event may end so much later than the moment that the event carries.
SETTLED = timedelta(seconds=10)
GIVEN_UP_SINCE = timedelta(days=7)
KINDS_AT_MOST = CHANNELS_AT_MOST = 20
STATES = ("waiting", "in_progress", "resolved")
OUTCOMES = ("ticketed", "merged", "suppressed", "quarantined")
RESULTS = ("kept", "broken")
HEARTBEAT, SELF_AUDIT, WATCHDOG = "heartbeat", "self_audit", "watchdog"

TICKETS = gauge("tenfold_tickets", "Tickets that are not closed.", "state", "urgency")
LATE = gauge("tenfold_tickets_late", "Open tickets that have broken this promise.", "clock", "urgency")
OLDEST = gauge(
    "tenfold_tickets_oldest_waiting_seconds", "How long the ticket waits that nobody has taken for longest; 0 for none.",
    "urgency",
)  # fmt: skip
OPENED = counter("tenfold_tickets_opened_total", "Tickets opened since the process began.", "urgency")
SLA = counter(
    "tenfold_ticket_sla_total",
    "Promises that were kept, or broken, since the process began.",
    "clock",
    "urgency",
    "result",
)
RESPONSE = Metric(
    "tenfold_ticket_response_seconds", Kind.HISTOGRAM, "From the opening to the first response, by the clock on the wall.",
    ("urgency",),
)  # fmt: skip
RESOLUTION = Metric(
    "tenfold_ticket_resolution_seconds", Kind.HISTOGRAM, "From the opening to the first solution, by the clock on the wall.",
    ("urgency",),
)  # fmt: skip
RECEIVED = counter("tenfold_alerts_received_total", "Alerts received since the process began.", "outcome")
QUARANTINED = gauge("tenfold_alerts_quarantined", "Posts that could not be understood and were not replayed.")
DIFFERENCE = gauge(
    "tenfold_ledger_difference_alerts", "Alerts received without an outcome in the ledger; anything but 0 is a loss."
)
WAITING = gauge("tenfold_outbox_waiting_tasks", "What has yet to be done outside of the store.", "kind")
DELAY = gauge("tenfold_outbox_delay_seconds", "How long the oldest task is overdue; 0 for none.")
GIVEN_UP = gauge("tenfold_outbox_given_up_tasks", "Tasks that were given up within the last week.")
MESSAGES = counter(
    "tenfold_ticket_messages_total", "Messages delivered or given up since the process began.", "channel", "result"
)
TIMERS = gauge(
    "tenfold_ticket_timers_delay_seconds", "How long the oldest timer of an open ticket is overdue; 0 for none."
)
AUDITED = gauge("tenfold_ticket_self_audit_timestamp_seconds", "When the self-audit of the open tickets ended last.")
VIOLATIONS = gauge(
    "tenfold_ticket_self_audit_violations", "Open tickets that might be forgotten, by what is wrong.", "lapse"
)
HEARTBEAT_SENT = gauge("tenfold_ticket_heartbeat_timestamp_seconds", "When the heartbeat outward was tried last.")
HEARTBEAT_OK = gauge("tenfold_ticket_heartbeat_success", "1 if the heartbeat outward came through the last time.")
WATCHDOG_HEARD = gauge("tenfold_watchdog_timestamp_seconds", "When Alertmanager's watchdog was heard of last.")
METRICS = (
    TICKETS, LATE, OLDEST, OPENED, SLA, RESPONSE, RESOLUTION, RECEIVED, QUARANTINED, DIFFERENCE, WAITING, DELAY, GIVEN_UP, MESSAGES, TIMERS,
    AUDITED, VIOLATIONS, HEARTBEAT_SENT, HEARTBEAT_OK, WATCHDOG_HEARD,
)  # fmt: skip
Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class StoreSource:
    """The ticket store, once it is open.

    Attributes:
        store: Gives it, or None while it is not.
    """

    store: "Callable[[], Store | None]"
    stands: bool = True
    _asked: bool = False

    def ready(self, deadline: float) -> "Store":
        """The store.

        Raises:
            CollectorError: It is not open yet.
            StoreUnavailable: It does not answer.
        """
        from tickets.store.counting import answers

        # The first reading begins together with the opening; nobody has to be told that the store is not open yet.
        until = min(deadline, time.monotonic() + OPENING_SECONDS) if not self._asked else 0.0
        self._asked = True
        while (opened := self.store()) is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        if opened is None:
            raise CollectorError(
                msg("the ticket store is not open"), remedy=msg("Check [tickets] database; tenfold serve says why.")
            )
        with opened.read() as connection:
            answers(connection)
        return opened

    def understand(self, error: Exception) -> CollectorError | None:
        """What the store says of itself."""
        from tickets.store.opening import StoreUnavailable

        return CollectorError(error.reason, remedy=error.remedy) if isinstance(error, StoreUnavailable) else None

    def close(self) -> None:
        """The store is closed by whoever opened it."""


def counted_samples(counted: Counted) -> Iterator[Sample]:
    """What has happened, zeros too: what has not happened yet is no gap."""
    for urgency in URGENCIES:
        yield OPENED.sample(counted.opened[urgency], urgency)
        for clock in sorted(counted.promised.get(urgency, ())):
            for result in RESULTS:
                yield SLA.sample(counted.sla[clock, urgency, result], clock, urgency, result)
        yield RESPONSE.sample(counted.response[urgency].shown(), urgency)
        yield RESOLUTION.sample(counted.resolution[urgency].shown(), urgency)
    for outcome in OUTCOMES:
        yield RECEIVED.sample(counted.received[outcome], outcome)
    for (channel, result), count in sorted(counted.messages.items())[: 2 * CHANNELS_AT_MOST]:
        yield MESSAGES.sample(count, channel, result)
    yield DIFFERENCE.sample(counted.difference)


def standing_samples(standing: "Standing", now: datetime, promised: Mapping[str, frozenset[str]]) -> Iterator[Sample]:
    """How things stand."""
    for urgency in URGENCIES:
        for state in STATES:
            yield TICKETS.sample(standing.tickets.get((state, urgency), 0), state, urgency)
        for clock in sorted(promised.get(urgency, ())):
            yield LATE.sample(standing.late.get((clock, urgency), 0), clock, urgency)
        yield OLDEST.sample(_since(standing.waiting_since.get(urgency), now), urgency)
    yield QUARANTINED.sample(standing.quarantined)
    for kind, count in sorted(standing.tasks.items())[:KINDS_AT_MOST]:
        yield WAITING.sample(count, kind)
    yield DELAY.sample(_since(standing.due_since, now))
    yield GIVEN_UP.sample(standing.given_up)
    yield TIMERS.sample(_since(standing.timer_since, now))
    yield from _kept(standing.kept)


def _kept(kept: Mapping[str, Any]) -> Iterator[Sample]:
    from tickets.sla.self_audit import Lapse

    audit, heartbeat, watchdog = (kept.get(name) or {} for name in (SELF_AUDIT, HEARTBEAT, WATCHDOG))
    if "at" in audit:
        yield AUDITED.sample(_timestamp(audit["at"]))
        for lapse in Lapse:
            yield VIOLATIONS.sample(audit.get("violations", {}).get(lapse.value, 0), lapse.value)
    if "at" in heartbeat:
        yield HEARTBEAT_SENT.sample(_timestamp(heartbeat["at"]))
        yield HEARTBEAT_OK.sample(float(bool(heartbeat.get("sent"))))
    if "heard_at" in watchdog:
        yield WATCHDOG_HEARD.sample(_timestamp(watchdog["heard_at"]))


def _timestamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _since(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)


def newest_tickets(promised: Mapping[str, frozenset[str]], now: Clock = _now) -> Part:
    """The part of the ticket store.

    Args:
        promised: The clocks of each urgency.
        now: The clock; tests set it.
    """

    def begin() -> Reader:
        counted = Counted(until=now() - SETTLED, promised=promised)

        def read(store: "Store") -> Iterable[Sample]:
            from tickets.store import counting

            moment = now()
            with store.read() as connection:
                counted.go_on(connection, moment - SETTLED)
                names = (SELF_AUDIT, HEARTBEAT, WATCHDOG)
                standing = counting.standing(connection, moment, moment - GIVEN_UP_SINCE, names)
            return [*standing_samples(standing, moment, promised), *counted_samples(counted)]

        return read

    return Part(name="tickets", metrics=METRICS, begin=begin, every=EVERY_SECONDS)


def watched_tickets(
    store: "Callable[[], Store | None]", promised: Mapping[str, frozenset[str]], now: Clock = _now
) -> Watched:
    """The ticket store as a target of its own.

    Args:
        store: Gives it, or None while it is not open.
        promised: The clocks of each urgency.
        now: The clock; tests set it.
    """
    return Watched("tickets", "tickets", StoreSource(store), (newest_tickets(promised, now),))
