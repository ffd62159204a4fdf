"""Does every alert reach somebody: what arrives, what waits, what does not get out, who watches the watch."""

from dashboards.board import Link, Query, Row, Step
from dashboards.panel import stat, time_series
from facts.message import msg

_MALL = "{{mall}}"
_NO_ROOM = msg("no ticket room")


def _page(name: str) -> Link:
    return Link(msg("What to do first"), page=f"runbooks/{name}.md")


def _most(metric: str, *by: str) -> str:
    return f"max by ({', '.join(('mall', *by))}) ({metric})"


def _rising(metric: str, *by: str) -> str:
    return _most(f"increase({metric}[$__rate_interval])", *by)


ALERTS = Row(
    msg("Alerts"),
    (
        stat(
            msg("Ticket store"),
            msg("Whether it answered the last scrape. While it does not, alerts are answered with 503 and come again."),
            unit="none",
            ours=(Query("min by (mall) (tenfold_tickets_up)", _MALL),),
            base="red",
            steps=(Step(1, "green"),),
            nothing=_NO_ROOM,
            width=4,
            links=(_page("TicketStoreDown"),),
        ),
        stat(
            msg("Missing from the ledger"),
            msg("Alerts that were received and of which nothing tells what became of them. Anything but 0 is a loss."),
            unit="none",
            ours=(Query(f"abs({_most('tenfold_ledger_difference_alerts')})", _MALL),),
            steps=(Step(1, "red"),),
            nothing=_NO_ROOM,
            width=4,
            links=(_page("LedgerUnbalanced"),),
        ),
        stat(
            msg("Not understood"),
            msg("Posts in quarantine that nobody has looked at. They are kept and can be replayed."),
            unit="none",
            ours=(Query(_most("tenfold_alerts_quarantined"), _MALL),),
            steps=(Step(1, "orange"), Step(20, "red")),
            nothing=_NO_ROOM,
            width=4,
            links=(_page("AlertsQuarantined"),),
        ),
        time_series(
            msg("Alerts received"),
            msg("In each interval, by what became of them. Merged ones belong to a ticket that was open already."),
            unit="none",
            ours=(Query(_rising("tenfold_alerts_received_total", "outcome"), "{{outcome}}"),),
            stacked=True,
            width=12,
        ),
    ),
)
SENDING = Row(
    msg("Messages, and who watches the watch"),
    (
        stat(
            msg("Oldest task overdue"),
            msg("Messages, evidence and reports that should have gone out by now. It is a moment, not minutes."),
            unit="s",
            ours=(Query(_most("tenfold_outbox_delay_seconds"), _MALL),),
            steps=(Step(60, "orange"), Step(300, "red")),
            nothing=_NO_ROOM,
            width=4,
            links=(_page("OutboxStuck"),),
        ),
        stat(
            msg("Given up within a week"),
            msg("Tasks that were tried for long and did not succeed. The ticket says which."),
            unit="none",
            ours=(Query(_most("tenfold_outbox_given_up_tasks"), _MALL),),
            steps=(Step(1, "orange"),),
            nothing=_NO_ROOM,
            width=4,
        ),
        stat(
            msg("Deadlines overdue"),
            msg("How late the deadlines of tickets are looked at. It is a moment, not minutes."),
            unit="s",
            ours=(Query(_most("tenfold_ticket_timers_delay_seconds"), _MALL),),
            steps=(Step(30, "orange"), Step(120, "red")),
            nothing=_NO_ROOM,
            width=4,
            links=(_page("TicketTimersLate"),),
        ),
        stat(
            msg("Might be forgotten"),
            msg("Open tickets that the last self-audit found without a next deadline, an owner or an escalation."),
            unit="none",
            ours=(Query(f"sum by (mall) ({_most('tenfold_ticket_self_audit_violations', 'lapse')})", _MALL),),
            steps=(Step(1, "red"),),
            nothing=msg("never audited"),
            width=4,
            links=(_page("TicketsForgotten"),),
        ),
        stat(
            msg("Heartbeat"),
            msg("Since the address outside was fetched that calls you when the service stops."),
            unit="s",
            ours=(Query(f"time() - {_most('tenfold_ticket_heartbeat_timestamp_seconds')}", _MALL),),
            steps=(Step(180, "orange"), Step(600, "red")),
            nothing=msg("not configured"),
            width=4,
            links=(_page("HeartbeatFails"),),
        ),
        stat(
            msg("Watchdog"),
            msg("Since Alertmanager's always firing alert was heard of: alerts get through from end to end."),
            unit="s",
            ours=(Query(f"time() - {_most('tenfold_watchdog_timestamp_seconds')}", _MALL),),
            steps=(Step(600, "orange"), Step(1800, "red")),
            nothing=msg("never heard"),
            width=4,
            links=(_page("Watchdog"),),
        ),
        time_series(
            msg("Tasks that wait"),
            msg("By kind; those that are due later, such as the second half of the evidence, are among them."),
            unit="none",
            ours=(Query(_most("tenfold_outbox_waiting_tasks", "kind"), "{{kind}}"),),
            width=12,
        ),
        time_series(
            msg("Messages"),
            msg("In each interval, by channel and whether they came through."),
            unit="none",
            ours=(Query(_rising("tenfold_ticket_messages_total", "channel", "result"), "{{channel}} {{result}}"),),
            width=12,
            links=(_page("MessagesUndelivered"),),
        ),
    ),
)
