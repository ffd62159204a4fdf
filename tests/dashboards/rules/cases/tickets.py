"""The ticket room's cases."""

from collections.abc import Iterator

from tests.dashboards.rules.case import About, Case, series

_ROOM = {"target": "tickets"}


def _of(metric: str, **labels: str) -> str:
    return series(metric, target="tickets", **labels)


def _service() -> Iterator[Case]:
    up = _of("tenfold_tickets_up")
    about = About("TicketStoreDown", "urgent", labels=_ROOM)
    yield about.fires("no answer", {up: "0+0x60"})
    yield about.quiet("it answers", {up: "1+0x60"})
    yield about.quiet("it was restarted", {up: "1+0x28 0 1+0x30"})
    for name, severity, metric, well, ill in (
        ("LedgerUnbalanced", "urgent", "tenfold_ledger_difference_alerts", "0", "1"),
        ("OutboxStuck", "urgent", "tenfold_outbox_delay_seconds", "300", "301"),
        ("TicketTimersLate", "urgent", "tenfold_ticket_timers_delay_seconds", "120", "121"),
        ("HeartbeatFails", "important", "tenfold_ticket_heartbeat_success", "1", "0"),
    ):
        about = About(name, severity, labels=_ROOM)
        yield about.fires("for long", {_of(metric): f"{ill}+0x60"})
        yield about.quiet("at the edge", {_of(metric): f"{well}+0x60"})
        yield about.quiet("for a moment", {_of(metric): f"{well}+0x28 {ill} {well}+0x30"})
    about = About("LedgerUnbalanced", "urgent", labels=_ROOM)
    yield about.fires("more outcomes than alerts", {_of("tenfold_ledger_difference_alerts"): "-1+0x60"})
    audit = "tenfold_ticket_self_audit_violations"
    about = About("TicketsForgotten", "important", labels={**_ROOM, "lapse": "nobody"})
    yield about.fires("nobody is told", {_of(audit, lapse="nobody"): "2+0x60", _of(audit, lapse="late"): "0+0x60"})
    yield about.quiet("it was mended", {_of(audit, lapse="nobody"): "0+0x60", _of(audit, lapse="late"): "2+0x60"})


def _tickets() -> Iterator[Case]:
    oldest = _of("tenfold_tickets_oldest_waiting_seconds", urgency="urgent")
    about = About("UrgentTicketUnclaimed", "urgent", labels={**_ROOM, "urgency": "urgent"})
    yield about.fires("for twenty minutes", {oldest: "0+0x9 0+60x50"})
    yield about.quiet("it was taken in time", {oldest: "0+0x9 0+60x14 0+0x40"})
    normal = _of("tenfold_tickets_oldest_waiting_seconds", urgency="normal")
    yield about.quiet("a normal one may wait", {oldest: "0+0x60", normal: "0+60x60"})
    for severity, urgency, other in (("important", "urgent", "normal"), ("normal", "normal", "urgent")):
        broken = _of("tenfold_ticket_sla_total", clock="fix", urgency=urgency, result="broken")
        kept = _of("tenfold_ticket_sla_total", clock="fix", urgency=urgency, result="kept")
        others = _of("tenfold_ticket_sla_total", clock="fix", urgency=other, result="broken")
        about = About(
            "TicketPromiseBroken", severity, labels={**_ROOM, "clock": "fix", "urgency": urgency, "result": "broken"}
        )
        yield about.fires("a moment ago", {broken: "0+0x25 1+0x40"})
        yield about.fires("the process has just begun anew", {broken: "7+0x20 0+0x5 1+0x40"})
        yield about.quiet("an hour ago", {broken: "0+0x25 1+0x90"}, at="90m")
        yield about.quiet("it was kept", {broken: "0+0x60", kept: "0+1x60"})
        yield about.quiet("another tier", {broken: "0+0x60", others: "0+0x25 1+0x40"})
        yield about.quiet("the process began anew and nothing was broken", {broken: "7+0x20 0+0x40"})


def _alerts() -> Iterator[Case]:
    waits = _of("tenfold_alerts_quarantined")
    about = About("AlertsQuarantined", "important", labels=_ROOM)
    yield about.fires("one waits", {waits: "1+0x60"})
    yield about.quiet("none does", {waits: "0+0x60"})
    yield about.quiet("it was replayed at once", {waits: "0+0x26 1+0x2 0+0x30"})
    about = About("AlertsQuarantined", "urgent", labels=_ROOM)
    yield about.fires("a sender has changed its form", {waits: "0+0x20 0+5x40"})
    yield about.quiet("they only wait", {waits: "100+0x60"})
    yield about.quiet("they are replayed", {waits: "300-5x60"})


def _messages() -> Iterator[Case]:
    name = "tenfold_ticket_messages_total"
    lost, sent = (_of(name, channel="wecom", result=result) for result in ("undelivered", "delivered"))
    about = About("MessagesUndelivered", "important", labels={**_ROOM, "channel": "wecom", "result": "undelivered"})
    yield about.fires("the first of its channel", {lost: "_x25 1+0x40"})
    yield about.fires("one more", {lost: "4+0x25 5+0x40"})
    yield about.quiet("an hour ago", {lost: "_x25 1+0x90"}, at="90m")
    yield about.quiet("all come through", {sent: "0+1x60"})
    yield about.quiet("the process began anew", {lost: "4+0x25 0+0x40"})


CASES = (*_service(), *_tickets(), *_alerts(), *_messages())
