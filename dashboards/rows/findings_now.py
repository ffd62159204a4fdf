"""What the newest audit found, the worst first."""

from dashboards.board import Link, Query, Row, Step
from dashboards.links import MALL, POSTGRES, REHEARSAL
from dashboards.panel import stat, table, time_series
from dashboards.queries import ranked
from dashboards.words import SEVERITIES, VERDICTS, words_of
from facts.message import msg

_WORST_FIRST = " or ".join(
    f'{rank} * tenfold_finding{{severity="{severity}"}}'
    for rank, severity in ((4, "critical"), (3, "high"), (2, "medium"), (1, "low"))
)

ROW = Row(
    msg("The newest audit"),
    (
        stat(
            msg("Verdict"),
            msg("Whether the mall carries the traffic that is to come, as far as the audit can tell."),
            unit="none",
            ours=(Query(ranked("tenfold_audit_verdict", "verdict", VERDICTS), "{{mall}}"),),
            words=words_of(VERDICTS),
            width=6,
            links=(MALL,),
        ),
        *(
            stat(
                title,
                msg("Findings of this severity. Critical means that the mall falls over at the promotion's traffic."),
                unit="none",
                ours=(Query(f'sum by (mall) (tenfold_findings{{severity="{severity}"}})', "{{mall}}"),),
                steps=(Step(1, color),),
                width=3,
            )
            for severity, title, color in (
                ("critical", msg("Critical"), "red"),
                ("high", msg("High"), "orange"),
                ("medium", msg("Medium"), "yellow"),
                ("low", msg("Low"), "blue"),
            )
        ),
        stat(
            msg("Examined"),
            msg("Share of the workload's time that the audit looked at. What it did not look at may still fall over."),
            unit="percentunit",
            ours=(Query("max by (mall) (tenfold_audit_workload_examined_ratio)", "{{mall}}"),),
            base="red",
            steps=(Step(0.8, "orange"), Step(0.95, "green")),
            width=3,
        ),
        stat(
            msg("Age"),
            msg("Since the newest audit. After every change, audit again."),
            unit="s",
            ours=(Query("time() - max by (mall) (tenfold_audit_timestamp_seconds)", "{{mall}}"),),
            steps=(Step(7 * 86400.0, "orange"), Step(14 * 86400.0, "red")),
            width=3,
        ),
        table(
            msg("Findings, the worst first"),
            msg(
                "Each leads to its rule's page: why it hurts, when it is quiet, what to do. 60 at most; the report has all."
            ),
            unit="none",
            ours=(Query(f"sort_desc({_WORST_FIRST})"),),
            columns=(
                ("severity", msg("Severity")),
                ("code", msg("Rule")),
                ("subject", msg("Subject")),
                ("mall", msg("Mall")),
            ),
            base="transparent",
            words=SEVERITIES,
            width=24,
            height=12,
            links=(Link(msg("The rule's page"), page="rules/${__data.fields.code}.md"),),
        ),
        time_series(
            msg("Findings over time"),
            msg("By severity, audit after audit. It falls when what was advised is done."),
            unit="none",
            ours=(Query("sum by (mall, severity) (tenfold_findings)", "{{mall}} {{severity}}"),),
            stacked=True,
            width=24,
            links=(POSTGRES, REHEARSAL),
        ),
    ),
)
