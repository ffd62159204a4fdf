"""The ticket room itself: promises that are broken, alerts that get lost, messages that do not go out.

Several processes on one store show the same figures, so the highest is taken.
"""

from dashboards.rules.places import COUNT, LABELS, TIME
from dashboards.rules.rule import Alert, Group, Severity, once
from facts.message import msg

# Half of the 30 minutes in which an urgent ticket is promised its first response.
UNCLAIMED_SECONDS = 900
_UNDELIVERED = once('tenfold_ticket_messages_total{result="undelivered"}')
_UNDELIVERED_BEFORE = once('tenfold_ticket_messages_total{result="undelivered"} offset 15m')
_QUARANTINED = once("tenfold_alerts_quarantined")


def _broken(urgency: str) -> str:
    return once(f'increase(tenfold_ticket_sla_total{{result="broken", {urgency}}}[15m])') + " > 0"


GROUP = Group(
    name="tickets",
    about=msg("The ticket room itself: promises that are broken, alerts that get lost, messages that do not go out."),
    alerts=(
        Alert(
            name="TicketStoreDown",
            expr=f"{once('tenfold_tickets_up')} == 0",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: the ticket store does not answer", **LABELS),
            description=msg("Alerts are answered with 503, and Alertmanager sends them again for a while only."),
        ),
        Alert(
            name="UrgentTicketUnclaimed",
            expr=f"""{once('tenfold_tickets_oldest_waiting_seconds{urgency="urgent"}')} > {UNCLAIMED_SECONDS}""",
            lasts="1m",
            severity=Severity.URGENT,
            summary=msg("{mall}: nobody has taken an urgent ticket", **LABELS),
            description=msg("It has waited for {value}; a first response is promised within 30 minutes.", value=TIME),
        ),
        Alert(
            name="TicketPromiseBroken",
            expr=_broken('urgency="urgent"'),
            lasts="",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: a promise of a ticket is broken ({urgency}, {clock})", **LABELS),
            description=msg("Within the last 15 minutes: {value}.", value=COUNT),
        ),
        Alert(
            name="TicketPromiseBroken",
            expr=_broken('urgency!="urgent"'),
            lasts="",
            severity=Severity.NORMAL,
            summary=msg("{mall}: a promise of a ticket is broken ({urgency}, {clock})", **LABELS),
            description=msg("Within the last 15 minutes: {value}.", value=COUNT),
        ),
        Alert(
            name="AlertsQuarantined",
            expr=f"{_QUARANTINED} > 0\nand\n{once('delta(tenfold_alerts_quarantined[15m])')} > 20",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: alerts that could not be understood wait for somebody", **LABELS),
            description=msg("{value} posts: what they tell has reached nobody yet.", value=COUNT),
        ),
        Alert(
            name="AlertsQuarantined",
            expr=f"{_QUARANTINED} > 0",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: alerts that could not be understood wait for somebody", **LABELS),
            description=msg("{value} posts: what they tell has reached nobody yet.", value=COUNT),
        ),
        Alert(
            name="LedgerUnbalanced",
            expr=f"{once('tenfold_ledger_difference_alerts')} != 0",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: alerts are missing from the ledger", **LABELS),
            description=msg("{value} alerts were received, and nothing tells what became of them.", value=COUNT),
        ),
        Alert(
            name="OutboxStuck",
            expr=f"{once('tenfold_outbox_delay_seconds')} > 300",
            lasts="5m",
            severity=Severity.URGENT,
            summary=msg("{mall}: messages and evidence of tickets do not get out", **LABELS),
            description=msg("The oldest is overdue by {value}.", value=TIME),
        ),
        Alert(
            name="MessagesUndelivered",
            # A channel's series begins with its first message, which `increase` would not see.
            expr=f"{_UNDELIVERED} - {_UNDELIVERED_BEFORE} > 0\nor\n{_UNDELIVERED}\nunless\n{_UNDELIVERED_BEFORE}",
            lasts="",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: messages by {channel} do not come through", **LABELS),
            description=msg("Within the last 15 minutes: {value}.", value=COUNT),
        ),
        Alert(
            name="TicketTimersLate",
            expr=f"{once('tenfold_ticket_timers_delay_seconds')} > 120",
            lasts="2m",
            severity=Severity.URGENT,
            summary=msg("{mall}: deadlines of tickets are not looked at", **LABELS),
            description=msg("The oldest is overdue by {value}: nobody is warned, nothing escalates.", value=TIME),
        ),
        Alert(
            name="TicketsForgotten",
            expr=f"""{once('tenfold_ticket_self_audit_violations{lapse=~"nobody|unreadable"}')} > 0""",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: open tickets that nobody will be told of", **LABELS),
            description=msg(
                "{value} have neither an owner nor a step of an escalation, or cannot be read.", value=COUNT
            ),
        ),
        Alert(
            name="HeartbeatFails",
            expr=f"{once('tenfold_ticket_heartbeat_success')} == 0",
            lasts="5m",
            severity=Severity.IMPORTANT,
            summary=msg("{mall}: the heartbeat of the ticket room does not get out", **LABELS),
            description=msg("Whoever watches from outside will call soon."),
        ),
    ),
)
