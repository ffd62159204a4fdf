"""The report on a terminal: verdict, the worst findings with what to run, the others in a line each, gaps, cost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from facts import quantities
from facts.findings import Finding, Report, Severity, Skipped, Verdict
from facts.quantities import cores
from pages.figures import WORST
from pages.plain import harmless
from pages.proofs import OUTCOMES, STYLES
from pages.translation import Language, Translate, translator
from pages.words import METHODS, SEVERITIES, VERDICTS, cost_sentence
from pages.wrapping import wrap

_VERDICT_STYLES = {
    Verdict.FITS: "bold green",
    Verdict.AT_RISK: "bold yellow",
    Verdict.FALLS_OVER: "bold white on red",
    Verdict.NOT_ENOUGH_EVIDENCE: "bold yellow",
}
_SEVERITY_STYLES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
SKIPPED_SHOWN = 12
_INDENT = 3
_NARROWEST = 20
_GAP = "  "


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table of findings."""

    number: str
    code: str
    severity: str
    style: str
    loss: str
    title: str
    subject: str = ""


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
        _heading(console, say("The worst first, and what to run"))
        for number, finding in enumerate(report.findings[:WORST], start=1):
            _detail(number, finding, console, say)
        _others(report.findings[WORST:], console, say)
    if report.ignored:
        _heading(console, say("Left out, as the configuration says"))
        for finding in report.ignored:
            _indented(console, f"{finding.code} {finding.subject}", "dim")
    _not_examined(report.coverage.skipped, console, say)
    _scripts(report.findings, console, say)
    _footer(report, console, say)


def _headline(report: Report, console: Console, say: Translate) -> None:
    multiplier = f"{report.promotion.multiplier:g}"
    headline = Text(f" {say(VERDICTS[report.verdict])} ", style=_VERDICT_STYLES[report.verdict])
    headline.append(" " + say("at {multiplier} times the everyday peak").format(multiplier=multiplier), style="bold")
    console.print()
    console.print(headline)
    if report.findings:
        found = Counter(finding.severity for finding in report.findings)
        counts = [
            Text(
                say("{count} {severity}").format(count=found[severity], severity=say(SEVERITIES[severity])),
                style=_SEVERITY_STYLES[severity],
            )
            for severity in Severity
            if severity in found
        ]
        _line(console, Text(say(", ")).join(counts))
    else:
        _line(console, say("Nothing was found in what was examined."))
    _line(console, say(report.first_sentence))
    ratio = report.coverage.workload_time_examined_ratio
    share = say("not known") if ratio is None else quantities.percent(ratio)
    examined = say("Examined: {share} of database time.").format(share=share)
    _line(console, say("{sentence} {next}").format(sentence=examined, next=say(report.window)), "dim")


def _detail(number: int, finding: Finding, console: Console, say: Translate) -> None:
    title = say(finding.title)
    head = Text(f"{finding.code} ", style="bold")
    head.append(say(SEVERITIES[finding.severity]), style=_SEVERITY_STYLES[finding.severity])
    head.append(" " + harmless(title))
    head.append(" · " + harmless(finding.target), style="not bold dim")
    _wrapped(console, head, _INDENT, start=Text(f"{number}.", style="bold"))
    if finding.subject not in title:
        _indented(console, finding.subject, "dim")
    _indented(console, say(finding.summary))
    for fact in finding.evidence.facts:
        _indented(console, say(fact), "dim")
    if finding.proof:
        outcome = say("{subject}: {reason}").format(
            subject=say(OUTCOMES[finding.proof.outcome]), reason=say(finding.proof.reason)
        )
        _indented(console, outcome, STYLES[finding.proof.outcome])
    expected = finding.expected
    if expected and expected.seconds_after is not None:
        change = say("Cores busy today: {before} now, {after} afterwards ({method}).").format(
            before=cores(expected.seconds_before),
            after=cores(expected.seconds_after),
            method=say(METHODS[expected.method]),
        )
        _indented(console, change)
    if finding.consequences:
        codes = say(", ").join(dict.fromkeys(each.code for each in finding.consequences))
        _indented(console, say("It also explains: {codes}").format(codes=codes), "dim")
    _indented(console, "→ " + say(finding.remedy.text), "bold")
    for check in finding.remedy.before:
        if check.against:
            _indented(console, "• " + say(check.says), "yellow")
    # Statements are printed without wrapping marks, so that they can be copied from the terminal.
    for statement in (*(f"{each};" for each in finding.remedy.sql), *finding.remedy.commands):
        console.print(Text(" " * _INDENT + harmless(statement), style="cyan"), soft_wrap=True)
    console.print()


def _others(findings: Sequence[Finding], console: Console, say: Translate) -> None:
    """A line each, and one more for the subject where the title does not name it."""
    if not findings:
        return
    table = [_Row("#", say("Code"), say("Severity"), "", say("Cores"), say("Finding"))]
    for number, finding in enumerate(findings, start=WORST + 1):
        title = say(finding.title)
        table.append(
            _Row(
                number=str(number),
                code=finding.code,
                severity=say(SEVERITIES[finding.severity]),
                style=_SEVERITY_STYLES[finding.severity],
                loss=cores(finding.loss) if finding.loss else "–",
                title=harmless(title),
                subject="" if finding.subject in title else " ".join(harmless(finding.subject).split()),
            )
        )
    number_width, code_width, severity_width, loss_width = (
        max(cell_len(cell) for cell in column)
        for column in zip(*((row.number, row.code, row.severity, row.loss) for row in table), strict=True)
    )
    indent = number_width + code_width + severity_width + loss_width + 4 * len(_GAP)
    for row in table:
        start = Text(_right(row.number, number_width) + _GAP + _left(row.code, code_width) + _GAP)
        start.append(_left(row.severity, severity_width), style=row.style)
        start.append(_GAP + _right(row.loss, loss_width))
        what = Text(row.title)
        if row is table[0]:
            start.stylize("bold")
            what.stylize("bold")
        _wrapped(console, what, indent, start)
        subject = Text(row.subject, style="dim")
        subject.truncate(max(console.width - indent, _NARROWEST), overflow="ellipsis")
        if row.subject:
            _wrapped(console, subject, indent)
    _line(console, say("Cores: what the mall loses at the multiplier, in processor cores kept busy."), "dim")
    _line(console, say("Their evidence and what to run stand in the report."), "dim")


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text


def _not_examined(skipped: Sequence[Skipped], console: Console, say: Translate) -> None:
    if not skipped:
        return
    _heading(console, say("Not examined"))
    for gap in skipped[:SKIPPED_SHOWN]:
        _indented(console, say("{subject}: {reason}").format(subject=gap.subject, reason=say(gap.reason)))
        if gap.remedy:
            _indented(console, "→ " + say(gap.remedy), "dim")
    if len(skipped) > SKIPPED_SHOWN:
        _indented(console, say("{count} more are in the report.").format(count=len(skipped) - SKIPPED_SHOWN), "dim")


def _scripts(findings: Sequence[Finding], console: Console, say: Translate) -> None:
    count = sum(len(finding.remedy.sql) for finding in findings)
    if count:
        _heading(console, say("What to run"))
        text = say(
            "apply.sql, beside the report, holds all {count} SQL statements and can be run again; rollback.sql takes them back."
        ).format(count=count)
        _indented(console, text)


def _footer(report: Report, console: Console, say: Translate) -> None:
    console.print()
    _line(console, say("{count} subjects were looked at and found well.").format(count=len(report.quiet)), "dim")
    _line(console, say(cost_sentence(report.cost)), "dim")


def _heading(console: Console, text: str) -> None:
    console.print()
    _line(console, text, "bold")


def _line(console: Console, text: str | Text, style: str = "") -> None:
    _wrapped(console, text if isinstance(text, Text) else Text(harmless(text), style=style), 0)


def _indented(console: Console, text: str, style: str = "") -> None:
    _wrapped(console, Text(harmless(text), style=style), _INDENT)


def _wrapped(console: Console, text: Text, indent: int, start: Text | None = None) -> None:
    """Prints the text with an indent.

    Args:
        console: Where to.
        text: To be wrapped.
        indent: Of every line.
        start: What stands in the first line's indent.
    """
    before = start or Text()
    for line in wrap(text, max(console.width - indent, _NARROWEST)):
        console.print(before + Text(" " * (indent - before.cell_len)) + line, soft_wrap=True)
        before = Text()
