"""Rounds on a terminal when they are over: verdict in words, a line a round, why, what gave first, what to buy, gaps."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from facts import quantities
from facts.findings import Report
from facts.rounds import Figures, Round, RoundVerdict
from pages.plain import harmless
from pages.rounds import rule_words, sentences, words
from pages.rounds.rehearsal import Rehearsal, overall_verdict, told_and_folded
from pages.rounds.words import milliseconds
from pages.translation import Language, Translate, translator
from pages.wrapping import wrap

STYLES = {RoundVerdict.GO: "bold green", RoundVerdict.NO_GO: "bold white on red", RoundVerdict.INVALID: "bold yellow"}
FINDINGS = 5
_INDENT = 3
_NARROWEST = 20
_NARROWEST_NAME = 8


def print_rounds(rehearsal: Rehearsal, console: Console, language: Language) -> None:
    """Prints the summary.

    Args:
        rehearsal: What was run.
        console: Where to.
        language: Of every sentence.
    """
    say = translator(language)
    verdict = overall_verdict(rehearsal.rounds)
    head = Text(f" {verdict} ", style=STYLES[verdict])
    console.print()
    _wrapped(console, Text.assemble(head, " " + harmless(say(sentences.headline(rehearsal)))), 0)
    lead = sentences.lead(rehearsal)
    # Of a single round that held it is the sentence that its own lines begin with.
    if len(rehearsal.rounds) != 1 or lead != sentences.carried(rehearsal.rounds[0]):
        _line(console, say(lead))
    for one in rehearsal.rounds:
        _round(one, console, say)
    if rehearsal.findings is not None:
        _findings(rehearsal.findings, console, say)
    missing = [say(each) for watch in rehearsal.watches if watch for each in watch.missing]
    gaps = [*(say(each) for one in rehearsal.rounds for each in one.not_examined), *missing]
    if gaps:
        _heading(console, say("Not examined"))
        for gap in dict.fromkeys(gaps):
            _indented(console, gap, "dim")


def _findings(report: Report, console: Console, say: Translate) -> None:
    _heading(console, say("What the advisors found in this window"))
    if not report.findings:
        _indented(console, say(report.first_sentence), "")
    for each in report.findings[:FINDINGS]:
        _indented(console, f"{each.code}  {harmless(say(each.title))}: {harmless(each.subject)}", "")
    if len(report.findings) > FINDINGS:
        _indented(console, say(words.further_findings(len(report.findings) - FINDINGS)), "dim")


def print_table(console: Console, rows: Sequence[Sequence[str]], numbers: Iterable[int]) -> None:
    """Prints rows in columns, the first row as the heading; the first column is cut where all would be too wide.

    Args:
        console: Where to.
        rows: All of one length; text from outside already made harmless.
        numbers: Columns that are aligned to the right.
    """
    widths = _widths(rows)
    others = _INDENT + sum(widths[1:]) + 2 * len(widths[1:])
    widths[0] = min(widths[0], max(console.width - others, _NARROWEST_NAME))
    for row, line in zip(rows, _aligned(rows, widths, set(numbers)), strict=True):
        console.print(Text(line, style="bold" if row is rows[0] else ""), soft_wrap=True)


def table_lines(rows: Sequence[Sequence[str]], numbers: Iterable[int]) -> Iterable[str]:
    """The lines of a table of which nothing is cut.

    Args:
        rows: All of one length; text from outside already made harmless.
        numbers: Columns that are aligned to the right.
    """
    return _aligned(rows, _widths(rows), set(numbers))


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(row[place]) for row in rows) for place in range(len(rows[0]))]


def _aligned(rows: Sequence[Sequence[str]], widths: Sequence[int], right: set[int]) -> Iterable[str]:
    for row in rows:
        cells = []
        for place, cell in enumerate(row):
            text = Text(cell)
            text.truncate(widths[place], overflow="ellipsis")
            room = " " * (widths[place] - text.cell_len)
            cells.append(room + text.plain if place in right else text.plain + room)
        yield " " * _INDENT + "  ".join(cells).rstrip()


def _round(one: Round, console: Console, say: Translate) -> None:
    console.print()
    _wrapped(console, Text.assemble(Text(say(words.KINDS[one.kind]), style="bold"), " ", _verdict(one.verdict)), 0)
    for warning in sentences.warnings(one):
        _indented(console, "! " + say(warning), "yellow")
    _indented(console, say(sentences.carried(one)))
    for sentence in sentences.further(one):
        _indented(console, say(sentence))
    told, folded = told_and_folded(one)
    for reason in told:
        name, sign = say(rule_words.rule_name(reason.rule)), rule_words.sign(reason)
        style = "dim" if reason.ok else "yellow" if rule_words.unjudged(reason) else "red"
        _indented(
            console, say("{subject}: {reason}").format(subject=f"{sign} {name}", reason=say(reason.evidence)), style
        )
    if folded:
        _indented(console, "✓ " + say("{count} further rules held").format(count=len(folded)), "dim")
    for cause in one.causes[:1]:
        found = say("What gave first: {resource}, confidence {share}").format(
            resource=say(words.resource(cause.resource)), share=quantities.percent(cause.confidence)
        )
        _indented(console, found, "bold")
        _indented(console, say(cause.evidence))
    figures = [each for each in one.recording.endpoints if each.latency_ms]
    if figures:
        print_table(console, [_columns(say), *(_row(each) for each in _slowest_first(figures))], range(1, 7))
    for purchase in one.shopping:
        line = words.purchase(purchase)
        if line is not None:
            _indented(console, say(line))


def _verdict(verdict: RoundVerdict) -> Text:
    return Text(str(verdict), style=STYLES[verdict])


def _slowest_first(figures: Iterable[Figures]) -> list[Figures]:
    return sorted(figures, key=lambda each: -(each.latency_ms.p99 if each.latency_ms else 0.0))


def _columns(say: Translate) -> tuple[str, ...]:
    return (say("Endpoint"), say("Scheduled"), "p50", "p95", "p99", "p99.9", say("Failed"))


def _row(figures: Figures) -> tuple[str, ...]:
    times = figures.latency_ms
    return (
        " ".join(harmless(figures.name).split()),
        quantities.count(figures.scheduled),
        *(milliseconds(each) for each in ((times.p50, times.p95, times.p99, times.p99_9) if times else ())),
        quantities.count(figures.failed),
    )


def _heading(console: Console, text: str) -> None:
    console.print()
    _line(console, text, "bold")


def _line(console: Console, text: str, style: str = "") -> None:
    _wrapped(console, Text(harmless(text), style=style), 0)


def _indented(console: Console, text: str, style: str = "") -> None:
    _wrapped(console, Text(harmless(text), style=style), _INDENT)


def _wrapped(console: Console, text: Text, indent: int) -> None:
    for line in wrap(text, max(console.width - indent, _NARROWEST)):
        console.print(Text(" " * indent) + line, soft_wrap=True)
