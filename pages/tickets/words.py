"""The fixed words of tickets for people."""

from collections.abc import Mapping

from facts.message import Message, msg, verbatim

URGENCIES: Mapping[str, Message] = {
    "urgent": msg("urgent"),
    "important": msg("important"),
    "normal": msg("normal"),
}
STATES: Mapping[str, Message] = {
    "waiting": msg("Not taken yet"),
    "in_progress": msg("In progress"),
    "resolved": msg("Resolved"),
    "closed": msg("Closed"),
}
CLOCKS: Mapping[str, Message] = {
    "response": msg("First response"),
    "plan": msg("Plan"),
    "fix": msg("Fix"),
}
CLOCK_STATES: Mapping[str, Message] = {
    "running": msg("running"),
    "paused": msg("paused"),
    "met": msg("kept"),
    "breached": msg("over"),
    "stopped": msg("stopped"),
}
WEEKDAYS: tuple[Message, ...] = (
    msg("Mon"), msg("Tue"), msg("Wed"), msg("Thu"), msg("Fri"), msg("Sat"), msg("Sun"),
)  # fmt: skip
CAUSES: Mapping[str, Message] = {
    "own_code": msg("the mall's own code"),
    "third_party": msg("a third party"),
    "configuration": msg("configuration"),
    "capacity": msg("capacity"),
    "data": msg("data"),
    "insufficient_evidence": msg("insufficient evidence"),
}
# What a reader of evidence is about; a target's name may follow it.
READERS: Mapping[str, Message] = {
    "changes": msg("Deployments and changes"),
    "findings": msg("Findings of the newest audit"),
    "similar": msg("Similar tickets"),
    "database": msg("Database"),
    "redis": msg("Redis"),
    "host": msg("Machine"),
    "application": msg("Application"),
    "log": msg("Access log"),
    "errors": msg("Error log"),
    "payments": msg("Payments"),
    "integrity": msg("Business rules"),
    "probes": msg("Probes"),
    "metrics": msg("Metrics of Prometheus"),
}
ROLES: Mapping[str, Message] = {
    "reporter": msg("reporter"),
    "engineer": msg("engineer"),
    "lead": msg("lead"),
    "admin": msg("administrator"),
    "machine": msg("program"),
}
WAITING_FOR: Mapping[str, Message] = {
    "reporter": msg("the reporter"),
    "third_party": msg("a third party"),
}
RELATIONS: Mapping[str, Message] = {
    "follow-up": msg("follow-up"),
    "same-alert": msg("same alert"),
    "similar": msg("similar"),
}
OUTCOMES: Mapping[str, Message] = {
    "ticketed": msg("ticketed"),
    "merged": msg("merged"),
    "suppressed": msg("suppressed"),
    "quarantined": msg("quarantined"),
}
# Why an alert had its outcome; windows and quarantined alerts give sentences of their own.
REASONS: Mapping[str, Message] = {
    "opened": msg("opened a ticket"),
    "reopened": msg("reopened its ticket"),
    "again": msg("fires again"),
    "joined": msg("another alert of an open ticket"),
    "repeat": msg("told before"),
    "subsided": msg("the alert has ended"),
    "already-subsided": msg("its end was known"),
    "late": msg("from before its end"),
    "no-open-ticket": msg("ended, and no ticket is open for it"),
    "watchdog": msg("the watchdog, which fires while all is well"),
}
WINDOWS: Mapping[str, Message] = {
    "rehearsal": msg("rehearsal"),
    "maintenance": msg("maintenance"),
}
WINDOW_STATES: Mapping[str, Message] = {
    "now": msg("lasts now"),
    "to_come": msg("to come"),
    "over": msg("it is over"),
}
# What the log of who did what has; the subject follows.
ACTIONS: Mapping[str, Message] = {
    "login": msg("logged in"),
    "login.refused": msg("was refused at the login"),
    "logout": msg("logged out"),
    "account.add": msg("added the account"),
    "account.change": msg("changed the account"),
    "account.password": msg("changed the password of"),
    "account.disable": msg("locked the account"),
    "account.enable": msg("unlocked the account"),
    "token.create": msg("made the token"),
    "token.revoke": msg("revoked the token"),
    "window.begin": msg("began the window"),
    "window.end": msg("ended the window"),
    "ticket.open": msg("opened"),
    "ticket.comment": msg("commented on"),
    "ticket.comment_internally": msg("commented internally on"),
    "ticket.attach": msg("attached a file to"),
    "ticket.take": msg("took"),
    "ticket.assign": msg("handed over"),
    "ticket.plan": msg("gave the plan of"),
    "ticket.expect": msg("changed the expected time of"),
    "ticket.pause": msg("paused the clocks of"),
    "ticket.resume": msg("let the clocks run of"),
    "ticket.urgency": msg("changed the urgency of"),
    "ticket.area": msg("changed the area of"),
    "ticket.resolve": msg("resolved the ticket"),
    "ticket.close": msg("closed the ticket"),
    "ticket.rate": msg("rated the ticket"),
    "ticket.reopen": msg("reopened the ticket"),
    "ticket.merge": msg("merged the ticket"),
}
PARTS: Mapping[str, Message] = {
    "first": msg("At the alert"),
    "after": msg("Half an hour later"),
}
RUNS: Mapping[str, Message] = {
    "started": msg("started"),
    "done": msg("done"),
    "failed": msg("failed"),
    "unknown": msg("outcome unknown"),
    "undoing": msg("being taken back"),
    "undone": msg("taken back"),
}


def word(words: Mapping[str, Message], stored: str) -> Message:
    """What is stored, for people; a word that is not known yet stays as it is."""
    return words.get(stored) or verbatim(stored)


def reason(stored: str) -> Message:
    """Why an alert had its outcome, for people: one of the program's words, a window with its own reason, or a sentence as it is."""
    kind, _, rest = stored.partition(": ")
    if kind in WINDOWS and rest:
        return msg("{kind}: {what}", kind=WINDOWS[kind], what=rest)
    return word({**REASONS, **WINDOWS}, stored)
