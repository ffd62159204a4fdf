"""The report on a terminal: verdict, ranked findings, what was not examined, what it cost."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from facts import quantities
from facts.findings import Finding, Report, Severity, Skipped, Verdict
from pages.plain import harmless
from pages.translation import Language, Translate, translator
from pages.words import METHODS, SEVERITIES, VERDICTS

_VERDICT_STYLES = {
    Verdict.FITS: "bold green",
    Verdict.AT_RISK: "bold yellow",
    Verdict.FALLS_OVER: "bold white on red",
    Verdict.NOT_ENOUGH_EVIDENCE: "bold yellow",
}
_SEVERITY_STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
DETAILED = 10
SKIPPED_SHOWN = 12


def print_report(report: Report, console: Console, language: Language) -> None:
    """Prints the whole report.

    Args:
        report: What was found.
        console: Where to.
        language: Of every sentence.
    """
    say = translator(language)
    _headline(report, console, say)
    if report.findings:
        console.print(_ranking(report.findings, say))
        _line(console, say("Cores: what the mall loses at the multiplier, in processor cores kept busy."), "dim")
        for number, finding in enumerate(report.findings[:DETAILED], start=1):
            _detail(number, finding, console, say)
        if len(report.findings) > DETAILED:
            left = len(report.findings) - DETAILED
            _line(console, say("{count} more findings are in the report.").format(count=left), "dim")
    if report.ignored:
        console.print()
        _line(console, say("Left out, as the configuration says"), "bold")
        for finding in report.ignored:
            _indented(console, f"{finding.code} {finding.subject}", "dim")
    _not_examined(report.coverage.skipped, console, say)
    _footer(report, console, say)


def _headline(report: Report, console: Console, say: Translate) -> None:
    multiplier = f"{report.promotion.multiplier:g}"
    verdict = f" {say(VERDICTS[report.verdict])} "
    headline = Text(verdict, style=_VERDICT_STYLES[report.verdict])
    headline.append(" " + say("at {multiplier} times the everyday peak").format(multiplier=multiplier), style="bold")
    console.print()
    console.print(headline)
    _line(console, say(report.first_sentence))
    ratio = report.coverage.workload_time_examined_ratio
    examined = say("not known") if ratio is None else quantities.percent(ratio)
    _line(console, say("Examined: {share} of database time.").format(share=examined) + " " + say(report.window), "dim")
    console.print()


def _ranking(findings: Iterable[Finding], say: Translate) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("#", justify="right")
    table.add_column(say("Code"), no_wrap=True)
    table.add_column(say("Severity"), no_wrap=True)
    table.add_column(say("Cores"), justify="right", no_wrap=True)
    table.add_column(say("Finding"), overflow="fold", ratio=1)
    for number, finding in enumerate(findings, start=1):
        what = Text(harmless(say(finding.title)))
        if finding.subject not in what.plain:
            what.append("\n" + harmless(finding.subject), style="dim")
        loss = f"{finding.loss:.2g}" if finding.loss else "–"
        style = _SEVERITY_STYLES[finding.severity]
        table.add_row(str(number), finding.code, Text(say(SEVERITIES[finding.severity]), style=style), loss, what)
    return table


def _detail(number: int, finding: Finding, console: Console, say: Translate) -> None:
    console.print()
    head = Text(f"{number}. {finding.code} ", style="bold")
    head.append(harmless(say(finding.title)))
    console.print(head)
    _indented(console, say(finding.summary))
    for fact in finding.evidence.facts:
        _indented(console, say(fact), "dim")
    expected = finding.expected
    if expected and expected.seconds_after is not None:
        change = say("Cores busy today: {before} now, {after} afterwards ({method}).").format(
            before=f"{expected.seconds_before:.3g}",
            after=f"{expected.seconds_after:.3g}",
            method=say(METHODS[expected.method]),
        )
        _indented(console, change)
    _indented(console, say(finding.remedy.text), "bold")
    # Statements are printed without wrapping marks, so that they can be copied from the terminal.
    for statement in finding.remedy.sql:
        console.print(Text("   " + harmless(statement) + ";", style="cyan"), soft_wrap=True)
    for command in finding.remedy.commands:
        console.print(Text("   " + harmless(command), style="cyan"), soft_wrap=True)
    if finding.consequences:
        codes = ", ".join(dict.fromkeys(each.code for each in finding.consequences))
        _indented(console, say("It also explains: {codes}").format(codes=codes), "dim")


def _not_examined(skipped: Iterable[Skipped], console: Console, say: Translate) -> None:
    gaps = list(skipped)
    if not gaps:
        return
    console.print()
    _line(console, say("Not examined"), "bold")
    for gap in gaps[:SKIPPED_SHOWN]:
        _indented(console, f"{gap.subject}: {say(gap.reason)}")
        if gap.remedy:
            _indented(console, "→ " + say(gap.remedy), "dim")
    if len(gaps) > SKIPPED_SHOWN:
        _indented(console, say("{count} more are in the report.").format(count=len(gaps) - SKIPPED_SHOWN), "dim")


def _footer(report: Report, console: Console, say: Translate) -> None:
    cost = report.cost
    text = say(
        "What this cost the mall: {statements} statements over {connections} connections, {seconds} of execution as seen from here, "
        "longest lock wait {wait}."
    ).format(
        statements=quantities.count(cost.statements),
        connections=cost.connections,
        seconds=quantities.seconds(cost.execution_seconds),
        wait=quantities.seconds(cost.longest_lock_wait_seconds),
    )
    console.print()
    _line(console, text, "dim")
    _line(console, say("{count} subjects were looked at and found well.").format(count=len(report.quiet)), "dim")


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(harmless(text), style=style))


def _indented(console: Console, text: str, style: str = "") -> None:
    console.print(Padding(Text(harmless(text), style=style, overflow="fold"), (0, 0, 0, 3)))
