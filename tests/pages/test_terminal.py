"""The report on a terminal: what stands first, what is never left out, and that nobody's text can command the terminal."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from facts.findings import Report, Skipped
from facts.message import msg
from pages.terminal import DETAILED, SKIPPED_SHOWN, print_report
from tests.pages.sample import ORDERS_INDEX, empty_report, hostile_report, rich_report

CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(report: Report, *, width: int = 100, colour: bool = False) -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
    )
    print_report(report, console, "en")
    return file.getvalue()


def test_the_verdict_stands_first_and_the_rest_follows_in_order() -> None:
    text = " ".join(shown(rich_report()).split())
    parts = (
        "The mall falls over at 10 times the everyday peak",
        "A request takes 182 ms on average",
        "Examined: 97 % of database time. Counters are the difference of two readings 60 s apart.",
        "Cores: what the mall loses at the multiplier",
        "1. IDX001 No index on public.orders(user_id, created_at DESC)",
        "8. IDX003 Index public.idx_lines_order is covered",
        "Not examined",
        "→ GRANT SELECT (id, status) ON public.payments TO tenfold",
        "What this cost the mall: 214 statements over 3 connections",
        "11 subjects were looked at and found well.",
    )
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)


def test_the_ranking_has_a_line_for_each_finding_in_the_reports_order() -> None:
    report = rich_report()
    ranking = re.findall(r"^ *(\d+) +([A-Z]{3}\d{3}) +(critical|high|medium|low) +(\S+)", shown(report), re.MULTILINE)
    assert [row[:3] for row in ranking] == [
        (str(number), each.code, str(each.severity)) for number, each in enumerate(report.findings, start=1)
    ]
    assert [row[3] for row in ranking] == ["8.1", "4.2", "–", "1.6", "0.02", "–", "–", "–"]


def test_a_finding_tells_evidence_projection_remedy_and_what_it_explains() -> None:
    text = shown(rich_report(), width=120)
    assert "Cores busy today: 0.81 now, 0.0035 afterwards (by the planner's costs on the observed time)." in text
    assert "Create the index; it takes about 30.1 MiB." in text
    assert "It also explains: SQL001, CCH001" in text
    assert "Patterns of one or two characters" in text
    assert "redis-cli CONFIG SET maxmemory-policy allkeys-lfu" in text


def test_a_statement_can_be_copied_from_a_narrow_terminal() -> None:
    assert f"{ORDERS_INDEX};" in shown(rich_report(), width=40)


def test_many_findings_are_all_ranked_and_the_first_are_told_in_full() -> None:
    report = rich_report()
    many = replace(report, findings=tuple(replace(report.findings[0], subject=f"t{number}") for number in range(25)))
    text = shown(many)
    assert all(f"t{number}\n" in re.sub(r" +\n", "\n", text) for number in range(25))
    assert f"\n{DETAILED}. IDX001" in text
    assert f"\n{DETAILED + 1}. IDX001" not in text
    assert "15 more findings are in the report." in text


def test_many_gaps_are_counted() -> None:
    report = rich_report()
    gaps = tuple(Skipped(subject=f"gap-{number:02}", reason=msg("locked")) for number in range(SKIPPED_SHOWN + 3))
    text = shown(replace(report, coverage=replace(report.coverage, skipped=gaps)))
    assert f"gap-{SKIPPED_SHOWN - 1:02}: locked" in text
    assert f"gap-{SKIPPED_SHOWN:02}" not in text
    assert "3 more are in the report." in text


def test_an_audit_that_read_nothing_says_so() -> None:
    text = shown(empty_report())
    assert "Not enough evidence for a verdict" in text
    assert "Examined: not known of database time." in text
    assert "0 statements" in text


def test_no_text_from_outside_reaches_the_terminal_as_a_command() -> None:
    text = shown(hostile_report())
    assert not CONTROLS.search(text)
    assert text.encode("utf-8")
    assert "<script>window.hacked = true</script>" in re.sub(r"\s+", " ", text)


def test_on_a_colour_terminal_every_sequence_is_a_style_of_ours() -> None:
    coloured = shown(hostile_report(), colour=True)
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert not CONTROLS.search(plain)
    assert plain == shown(hostile_report())


def test_markup_of_the_terminal_library_is_shown_as_it_stands() -> None:
    assert "[red]rich[/red]" in shown(hostile_report(), width=2000)


@pytest.mark.parametrize("width", [60, 80, 132])
def test_nothing_but_statements_is_wider_than_the_terminal(width: int) -> None:
    for report in (rich_report(), hostile_report()):
        # The hand-made commands of the hostile report hold line breaks; only the lines that start as statements do may be long.
        calm = replace(
            report,
            findings=tuple(replace(each, remedy=replace(each.remedy, sql=(), commands=())) for each in report.findings),
        )
        assert max(cell_len(line) for line in shown(calm, width=width).splitlines()) <= width
