"""An incident report as Markdown, to be pasted into a wiki or sent to somebody."""

from collections.abc import Iterable, Iterator

from facts.message import Message, msg_n
from pages.markdown_text import escaped, table
from pages.tickets.incident import CauseFound, Improvement, IncidentReport, cited, kept
from pages.tickets.times import local, spoken
from pages.tickets.words import CLOCKS, PARTS, word
from pages.translation import Language, Translate, translator


def incident_markdown(report: IncidentReport, language: Language) -> str:
    """The report; what people and alerts wrote is escaped.

    Args:
        report: The record.
        language: Of the text.
    """
    say = translator(language)
    return "\n".join(_lines(report, say)).rstrip() + "\n"


def _lines(report: IncidentReport, say: Translate) -> Iterator[str]:
    def said(text: Message | str) -> str:
        return escaped(say(text))

    def section(head: str, lines: Iterable[str]) -> Iterator[str]:
        yield from ("", f"## {head}", "")
        yield from lines

    yield from (f"# {say('Incident report')} T-{report.number}: {escaped(report.title)}", "")
    yield from (said(sentence) for sentence in report.summary)
    if not report.over:
        yield from ("", f"**{say('The ticket is still open: this is what is known so far.')}**")
    yield from section(
        say("Impact"),
        (
            f"- {said(figure.name)}: **{say('not known') if figure.value is None else said(figure.value)}**"
            + (f" ({said(figure.rests_on)})" if figure.rests_on else "")
            for figure in report.impact
        ),
    )
    if report.orders:
        more = say("and {count} more").format(count=report.orders_more) if report.orders_more else ""
        yield f"- {say('Orders affected')}: {', '.join(map(escaped, report.orders))} {more}".rstrip()
    if report.promises:
        yield from section(say("Promised times"), _promises(report, say))
    yield from section(say("Cause"), _cause(report.cause, say))
    if report.solution:
        yield from section(say("Solution"), _paragraphs(report.solution))
        yield from ("", f"### {say('Steps taken')}", "", *_paragraphs(report.steps))
        yield from ("", f"### {say('Cautions')}", "", *_paragraphs(report.cautions))
    yield from section(say("Timeline"), _timeline(report, say))
    yield from section(say("Evidence"), _exhibits(report, say))
    for head, told in ((say("What went well"), report.well), (say("What went badly"), report.badly)):
        yield from section(head, [f"- {said(each)}" for each in told] or [say("Nothing that the log could tell.")])
    yield from section(
        say("Improvements"), [_improvement(each, say) for each in report.improvements] or [say("None yet.")]
    )


def _promises(report: IncidentReport, say: Translate) -> Iterator[str]:
    answers = {True: say("kept"), False: say("over"), None: say("not decided yet")}
    yield from table(
        [say("Promise"), say("Promised"), say("Took"), say("Kept")],
        (
            [say(CLOCKS[each.name]), spoken(each.target), spoken(each.spent), answers[kept(each)]]
            for each in report.promises
        ),
    )


def _cause(cause: CauseFound | None, say: Translate) -> Iterator[str]:
    if cause is None:
        yield say("not known")
        return
    share = "" if cause.confidence is None else ", " + say("confidence {share}").format(share=f"{cause.confidence:.0%}")
    yield f"**{escaped(say(cause.name))}** ({escaped(say(cause.by))}{share})"
    for head, told in (
        (say("Speaks for it"), cause.speaks_for),
        (say("Speaks against it"), cause.against),
        (say("Could not be looked at"), cause.unavailable),
    ):
        if told:
            yield from (
                "",
                f"{head}:",
                "",
                *(f"- {escaped(each if isinstance(each, str) else say(each))}" for each in told),
            )


def _timeline(report: IncidentReport, say: Translate) -> Iterator[str]:
    rows = (
        [
            local(row.at, report.zone, exact=True),
            escaped(row.who),
            escaped(say(row.what))
            + (f": {escaped(row.text if isinstance(row.text, str) else say(row.text))}" if row.text else ""),
            " ".join((f"#{row.number}", cited(row.evidence))).strip(),
        ]
        for row in report.timeline
    )
    yield from table([say("Time"), say("Who"), say("What"), say("Rests on")], rows)
    yield ""
    yield say(
        "#n is the line of that number in the log of the ticket; E-n is a part of the evidence that covers the moment."
    )
    if report.left_out:
        yield say(
            msg_n(
                "{count} line of the log is left out here.",
                "{count} lines of the log are left out here.",
                report.left_out,
            )
        )


def _exhibits(report: IncidentReport, say: Translate) -> Iterator[str]:
    if not report.exhibits:
        yield say("None was frozen.")
    for each in report.exhibits:
        line = f"- **E-{each.number}** {say(word(PARTS, each.part))}, {local(each.at, report.zone, exact=True)}, `sha256 {each.sha256}`"
        if each.verified is not None:
            line += (
                f", {say('hash verified') if each.verified else say('what is kept does not have this hash any more')}"
            )
        if each.failed:
            line += f"; {say('Could not be read')}: {escaped(', '.join(each.failed))}"
        yield line


def _improvement(each: Improvement, say: Translate) -> str:
    line = (
        f"1. {escaped(say(each.title))}"
        if each.ticket is None
        else f"1. **T-{each.ticket}** {escaped(say(each.title))}"
    )
    state = say(each.state) if each.state else "" if each.ticket else say("proposed")
    if state:
        line += f" ({escaped(state)})"
    if each.ticket is None:
        # What `tenfold tickets follow-up` takes; a fixed word.
        line += f" `{each.code}`"
    return line + (f": {escaped(say(each.because))}" if each.because else "")


def _paragraphs(text: str) -> Iterator[str]:
    """The lines of a text, each on its own."""
    for line in text.splitlines():
        yield f"{escaped(line)}  " if line.strip() else ""
