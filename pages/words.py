"""The fixed words of reports: verdicts, severities, reasons, statuses, and what they look like."""

from facts.findings import Severity, Verdict
from facts.message import Message, msg

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
    "application": msg("Application and network"),
    "database": msg("Database"),
    "cache": msg("Cache"),
}
