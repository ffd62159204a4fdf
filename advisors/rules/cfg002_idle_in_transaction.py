"""A session has begun a transaction and does nothing in it.

What it finds:
    Applications whose sessions were idle in a transaction for seconds at one of the looks within the window.
Why it hurts:
    It keeps its locks, it keeps VACUUM from removing any row that died since it began, and it occupies a connection. CREATE INDEX
    CONCURRENTLY
    waits for it.
Needs:
    pg_stat_activity, looked at several times within the window.
Quiet when:
    - short: no session was idle in a transaction for long
    - unseen: no sessions of applications were seen
Before:
    BEGIN; SELECT … FOR UPDATE; and then a call to a payment provider
After:
    The call before or after the transaction; idle_in_transaction_session_timeout as a net below it
Risk:
    The timeout ends sessions: the application must be able to begin again.
Source:
    PostgreSQL documentation, idle_in_transaction_session_timeout; "Routine Vacuuming".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import owner
from advisors.rule import Context, Outcome, Rule
from advisors.workload import Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.identifiers import quote
from facts.message import Message, msg
from facts.postgres import Activity, Application


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an idle transaction is long.

    Attributes:
        seconds: A transaction of a shop takes milliseconds; five seconds is no pause between two statements.
        long_seconds: From here on it is no accident of the moment.
    """

    seconds: float = 5.0
    long_seconds: float = 300.0


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at each application's longest idle transaction."""
    for workload in context.workloads:
        activity = workload.facts.activity
        if activity is None:
            continue
        if not activity.applications:
            yield Quiet(code="CFG002", target=owner(workload), subject=owner(workload), reason="unseen")
        for application in activity.applications:
            yield _outcome(application, activity, workload)


def _outcome(application: Application, activity: Activity, workload: Workload) -> Outcome:
    seconds = application.idle_in_transaction_peak_seconds
    if seconds < THRESHOLDS.seconds:
        return Quiet(code="CFG002", target=owner(workload), subject=application.name, reason="short")
    return Finding(
        code="CFG002",
        rule="idle-in-transaction",
        area=Area.CONFIG,
        target=owner(workload),
        subject=application.name,
        severity=Severity.HIGH if seconds >= THRESHOLDS.long_seconds else Severity.MEDIUM,
        title=msg(
            "{application} is idle in a transaction for {seconds}",
            application=application.name,
            seconds=quantities.seconds(seconds),
        ),
        summary=msg("It keeps its locks and keeps VACUUM from cleaning up for that long, while it does nothing."),
        evidence=Evidence(
            figures={"idle_in_transaction_seconds": seconds, "looks": float(activity.samples)},
            facts=tuple(_last_statements(application, activity)),
        ),
        remedy=Remedy(
            text=msg(
                "End the transaction before anything that waits; as a net below it, let the server end such sessions."
            ),
            sql=(f"ALTER ROLE {quote(application.role)} SET idle_in_transaction_session_timeout = '30s'",),
            rollback=(f"ALTER ROLE {quote(application.role)} RESET idle_in_transaction_session_timeout",),
            risk=msg(
                "It counts for sessions that begin afterwards, and ends them when they idle: the application must be able to begin again."
            ),
        ),
    )


def _last_statements(application: Application, activity: Activity) -> Iterable[Message]:
    for session in activity.sessions:
        idle = (session.state or "").startswith("idle in transaction")
        if idle and (session.application or session.role) == application.name and session.text:
            yield msg("Its last statement: {text}", text=session.text[:300])


RULE = Rule(code="CFG002", name="idle-in-transaction", area=Area.CONFIG, judge=judge, reasons=("short", "unseen"))
