"""The fixed words of reports: verdicts, severities, methods, parts of a page's time, statuses."""

from collections.abc import Collection

from facts import quantities
from facts.findings import Severity, Verdict
from facts.message import Message, msg
from facts.readings import Status
from facts.snapshot import Cost

VERDICTS: dict[Verdict, Message] = {
    Verdict.FITS: msg("The mall fits"),
    Verdict.AT_RISK: msg("The mall is at risk"),
    Verdict.FALLS_OVER: msg("The mall falls over"),
    Verdict.NOT_ENOUGH_EVIDENCE: msg("Not enough evidence for a verdict"),
}
SEVERITIES: dict[Severity, Message] = {
    Severity.CRITICAL: msg("critical"),
    Severity.HIGH: msg("high"),
    Severity.MEDIUM: msg("medium"),
    Severity.LOW: msg("low"),
}
METHODS: dict[str, Message] = {
    "planner": msg("by the planner's costs on the observed time"),
    "measured": msg("measured"),
    "counted": msg("by arithmetic on counters"),
}
PARTS: dict[str, Message] = {
    "application": msg("Application"),
    "database": msg("Database"),
    "cache": msg("Cache"),
    "network": msg("Network"),
}
_TOGETHER = msg("Application and network")
STATUSES: dict[Status, Message] = {
    Status.OK: msg("ok"),
    Status.EMPTY: msg("empty"),
    Status.FORBIDDEN: msg("forbidden"),
    Status.UNSUPPORTED: msg("unsupported"),
    Status.FAILED: msg("failed"),
    Status.TIMED_OUT: msg("timed out"),
}


def part_name(name: str, parts: Collection[str]) -> Message:
    """What a part of a request's time is called; the application's holds the network's where that could not be told apart."""
    return _TOGETHER if name == "application" and "network" not in parts else PARTS[name]


def cost_sentence(cost: Cost) -> Message:
    """The report's last line: what the reading cost the mall."""
    statements, seconds = quantities.count(cost.statements), quantities.seconds(cost.execution_seconds)
    wait = quantities.seconds(cost.longest_lock_wait_seconds)
    if cost.cpu_seconds is None:
        return msg(
            "What this cost the mall: {statements} statements over {connections} connections, {seconds} of execution as seen from here, "
            "longest lock wait {wait}.",
            statements=statements,
            connections=cost.connections,
            seconds=seconds,
            wait=wait,
        )
    return msg(
        "What this cost the mall: {statements} statements over {connections} connections, {cpu} of processor time in PostgreSQL, "
        "{seconds} of execution as seen from here, longest lock wait {wait}.",
        statements=statements,
        connections=cost.connections,
        cpu=quantities.seconds(cost.cpu_seconds),
        seconds=seconds,
        wait=wait,
    )
