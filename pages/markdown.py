"""`report.md`: the report for a wiki or a merge request."""

from collections.abc import Iterator

from facts import quantities
from facts.findings import Finding, Report
from facts.quantities import cores
from pages.markdown_text import escaped
from pages.plain import harmless
from pages.proofs import OUTCOMES, proof_sentences
from pages.translation import Language, Translate, translator
from pages.words import METHODS, SEVERITIES, VERDICTS


def markdown(report: Report, language: Language) -> str:
    """The whole report; text from outside is escaped."""
    return "\n".join(_lines(report, translator(language))) + "\n"


def _lines(report: Report, say: Translate) -> Iterator[str]:
    multiplier = f"{report.promotion.multiplier:g}"
    condition = say("at {multiplier} times the everyday peak").format(multiplier=multiplier)
    yield "# " + say("{verdict} {condition}").format(verdict=say(VERDICTS[report.verdict]), condition=condition)
    yield ""
    yield escaped(say(report.first_sentence))
    ratio = report.coverage.workload_time_examined_ratio
    share = say("not known") if ratio is None else quantities.percent(ratio)
    examined = say("Examined: {share} of database time.").format(share=share)
    yield ""
    yield say("{sentence} {next}").format(sentence=examined, next=escaped(say(report.window)))
    yield ""
    yield f"| # | {say('Code')} | {say('Severity')} | {say('Cores at the multiplier')} | {say('Subject and finding')} |"
    yield "|---|---|---|---|---|"
    for number, finding in enumerate(report.findings, start=1):
        loss = escaped(cores(finding.loss)) if finding.loss else "–"
        what = _named(finding.subject, say(finding.title), say)
        yield f"| {number} | {finding.code} | {say(SEVERITIES[finding.severity])} | {loss} | {what} |"
    for number, finding in enumerate(report.findings, start=1):
        yield from _finding(number, finding, say)
    if report.ignored:
        yield f"\n## {say('Left out, as the configuration says')}\n"
        for finding in report.ignored:
            yield f"- {finding.code} {_named(finding.subject, say(finding.title), say)}"
    if report.coverage.skipped:
        yield f"\n## {say('Not examined')}\n"
        for gap in report.coverage.skipped:
            remedy = f" → {escaped(say(gap.remedy))}" if gap.remedy else ""
            yield f"- {_named(gap.subject, say(gap.reason), say)}{remedy}"


def _finding(number: int, finding: Finding, say: Translate) -> Iterator[str]:
    yield f"\n## {number}. {finding.code} {escaped(say(finding.title))}\n"
    yield escaped(say(finding.summary))
    if finding.expected and finding.expected.seconds_after is not None:
        yield ""
        yield say("Cores busy today: {before} now, {after} afterwards ({method}).").format(
            before=escaped(cores(finding.expected.seconds_before)),
            after=escaped(cores(finding.expected.seconds_after)),
            method=say(METHODS[finding.expected.method]),
        )
    if finding.proof:
        outcome = say("On the copy: {outcome}").format(outcome=say(OUTCOMES[finding.proof.outcome]))
        yield f"\n{escaped(outcome)}\n"
        for sentence in proof_sentences(finding.proof):
            yield f"- {escaped(say(sentence))}"
    yield ""
    yield f"**{escaped(say(finding.remedy.text))}**"
    statements = [*(f"{each};" for each in finding.remedy.sql), *finding.remedy.commands]
    if statements:
        yield ""
        yield from _fenced("\n".join(statements))
    if finding.remedy.before:
        yield f"\n{say('Before you run it:')}\n"
        for check in finding.remedy.before:
            yield f"- {'**!** ' if check.against else ''}{escaped(say(check.says))}"
    if finding.remedy.risk:
        yield ""
        yield say("Risk: {text}").format(text=escaped(say(finding.remedy.risk)))


def _named(subject: str, text: str, say: Translate) -> str:
    return say("{subject}: {reason}").format(subject=escaped(subject), reason=escaped(text))


def _fenced(text: str) -> Iterator[str]:
    text = harmless(text)
    fence = "```"
    while fence in text:
        fence += "`"
    yield f"{fence}sql"
    yield text
    yield fence
