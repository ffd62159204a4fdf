"""`tenfold compare A B` of two rounds: on a terminal, as Markdown and as a page."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from facts.round_comparison import RoundComparison, RoundDifference
from facts.rounds import Round
from pages.markdown_text import escaped, table
from pages.plain import harmless
from pages.rounds import words
from pages.rounds.html import rounds_html
from pages.rounds.rehearsal import Rehearsal
from pages.rounds.terminal import table_lines
from pages.rounds.words import difference_value
from pages.translation import Language, Translate, translator
from pages.wrapping import wrap


def print_comparison(comparison: RoundComparison, console: Console, language: Language) -> None:
    """Prints the differences.

    Args:
        comparison: Of two rounds, or of two sets of repeated ones.
        console: Where to.
        language: Of every sentence.
    """
    say = translator(language)
    console.print()
    _line(console, say(words.outcome(comparison)), "bold")
    for each in comparison.cautions:
        _line(console, "! " + say(each), "yellow")
    if comparison.differences:
        _print_differences(comparison, console, say)
    _line(console, say(words.sureness(comparison)), "dim")


def comparison_markdown(comparison: RoundComparison, language: Language) -> str:
    """The differences as a document of their own; text from outside is escaped."""
    say = translator(language)
    lines = [f"# {escaped(say(words.outcome(comparison)))}", "", *comparison_lines(comparison, say)]
    return "\n".join(lines) + "\n"


def comparison_lines(comparison: RoundComparison, say: Translate) -> Iterator[str]:
    """The same as part of a document."""
    for caution in comparison.cautions:
        yield f"> **{escaped(say(caution))}**\n"
    rows = [_cells(each, say, escaped(each.subject)) for each in comparison.differences]
    yield from table(_heads(say), rows)
    yield ""
    yield escaped(say(words.sureness(comparison)))


def comparison_html(
    before: Sequence[Round],
    after: Sequence[Round],
    comparison: RoundComparison,
    language: Language,
    *,
    mall: str,
    version: str,
) -> str:
    """The page of the later rounds with the earlier ones beside them.

    Args:
        before: The earlier rounds; of a repeated one all its runs.
        after: The later ones.
        comparison: Of the two.
        language: Of every sentence.
        mall: What was tested, as the page's heading.
        version: Of Tenfold.
    """
    rehearsal = Rehearsal(
        mall=mall,
        multiplier=None,
        tool_version=version,
        rounds=tuple(after),
        before=tuple(before),
        comparison=comparison,
    )
    return rounds_html(rehearsal, language)


def _print_differences(comparison: RoundComparison, console: Console, say: Translate) -> None:
    """Each subject on a line of its own above its figures, so that no name is cut and all columns stay under each other."""
    rows = [_heads(say)[1:], *(_cells(each, say, "")[1:] for each in comparison.differences)]
    lines = iter(table_lines(rows, (1, 2, 3)))
    _line(console, next(lines), "bold")
    subject = None
    for each, line in zip(comparison.differences, lines, strict=True):
        if each.subject != subject:
            subject = each.subject
            _line(console, " ".join(harmless(subject).split()) or say("All requests"), "bold")
        console.print(line, soft_wrap=True, markup=False)


def _heads(say: Translate) -> tuple[str, ...]:
    return (
        say("Subject"),
        say("Figure"),
        say("Before"),
        say("After"),
        say("Difference"),
        say("Result"),
    )


def _cells(each: RoundDifference, say: Translate, subject: str) -> tuple[str, ...]:
    between = "–"
    if each.low is not None and each.high is not None:
        ends = (difference_value(each.figure, end, signed=True) for end in (each.low, each.high))
        between = " … ".join(ends)
    return (
        subject or say("All requests"),
        say(words.FIGURES[each.figure]) if each.figure in words.FIGURES else escaped(each.figure),
        difference_value(each.figure, each.before),
        difference_value(each.figure, each.after),
        between,
        say(words.DIFFERENCES[each.verdict]),
    )


def _line(console: Console, text: str, style: str = "") -> None:
    for line in wrap(Text(harmless(text), style=style), max(console.width, 20)):
        console.print(line, soft_wrap=True)
