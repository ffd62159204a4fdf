"""The report on a terminal: what stands first, what is never left out, and that nobody's text can command the terminal."""

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from facts.findings import Report, Severity, Skipped
from facts.message import msg
from pages.figures import WORST
from pages.terminal import SKIPPED_SHOWN, print_report
from pages.translation import Language
from tests.pages.hostile_sample import hostile_report
from tests.pages.sample import empty_report, rich_report
from tests.pages.sample_findings import ORDERS_INDEX, SEARCH

CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(report: Report, *, width: int = 100, colour: bool = False, language: Language = "en") -> str:
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
        legacy_windows=False,
    )
    print_report(report, console, language)
    return file.getvalue()


def test_the_verdict_stands_first_and_the_rest_follows_in_order() -> None:
    text = " ".join(shown(rich_report()).split())
    parts = (
        "The mall falls over at 10 times the everyday peak",
        "2 critical, 2 high, 3 medium, 1 low",
        "A request takes 182 ms on average",
        "Examined: 97 % of database time. Counters are the difference of two readings 60 s apart.",
        "The worst first, and what to run",
        "1. IDX001 critical No index on public.orders(user_id, created_at DESC) · orders/mall",
        ORDERS_INDEX,
        "3. RDS001 high Redis refuses writes when its memory is full · cache",
        "4 SQL002 high",
        "8 IDX003 low",
        "Cores: what the mall loses at the multiplier",
        "Left out, as the configuration says IDX003 public.idx_known_to_us",
        "Not examined",
        "→ GRANT SELECT (id, status) ON public.payments TO tenfold",
        "What to run apply.sql, beside the report, holds all 7 SQL statements",
        "11 subjects were looked at and found well.",
        "What this cost the mall: 214 statements over 3 connections",
    )
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)


def test_verdict_and_the_worst_findings_with_what_to_run_fit_on_a_screen() -> None:
    before_the_others = shown(rich_report(), width=80).split("  Code  ")[0]
    assert len(before_the_others.splitlines()) <= 40


def test_every_finding_is_told_once_in_the_reports_order() -> None:
    report = rich_report()
    rows = re.findall(r"^ *(\d+)\.? +([A-Z]{3}\d{3}) +(critical|high|medium|low) ", shown(report), re.MULTILINE)
    assert rows == [
        (str(number), each.code, str(each.severity)) for number, each in enumerate(report.findings, start=1)
    ]


def test_the_others_stand_in_a_table_with_what_the_mall_loses() -> None:
    table = re.findall(r"^\d +[A-Z]{3}\d{3} +[a-z]+ +(\S+)  \S", shown(rich_report()), re.MULTILINE)
    assert table == ["1.6", "0.02", "–", "–", "–"]


def test_cores_are_never_told_in_powers_of_ten() -> None:
    report = rich_report()
    losses = (12_345.6, 99.9, 9.96, 1.25, 0.00001, 0.0)
    findings = tuple(replace(report.findings[4], loss=loss) for loss in losses)
    text = shown(replace(report, findings=(*report.findings[:WORST], *findings)))
    assert re.findall(r"medium +(\S+)  Index", text) == ["12,346", "100", "10", "1.2", "<0.001", "–"]


def test_a_finding_tells_evidence_projection_remedy_and_what_it_explains() -> None:
    text = shown(rich_report(), width=120)
    assert "Cores busy today: 0.81 now, 0.0035 afterwards (by the planner's costs on the observed time)." in text
    assert "→ Create the index; it takes about 30.1 MiB.\n" in text
    assert "It also explains: SQL001, CCH001" in text
    assert "Patterns of one or two characters" in text
    assert "\n   redis-cli CONFIG SET maxmemory-policy allkeys-lfu\n   redis-cli CONFIG REWRITE\n" in text
    assert "\n   maxmemory-policy\n" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_statement_can_be_copied_from_a_terminal_of_any_width(width: int) -> None:
    assert f"\n   {ORDERS_INDEX};\n" in shown(rich_report(), width=width)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_ends_with_spaces_that_would_be_copied_too(language: Language) -> None:
    assert [line for line in shown(rich_report(), language=language).splitlines() if line != line.rstrip()] == []


def test_many_findings_are_all_ranked_and_the_first_are_told_in_full() -> None:
    report = rich_report()
    many = replace(report, findings=tuple(replace(report.findings[0], subject=f"t{number}") for number in range(25)))
    text = shown(many)
    assert all(f"   t{number}\n" in text for number in range(25))
    assert len(re.findall(r"^\d+\. IDX001", text, re.MULTILINE)) == WORST
    assert len(re.findall(r"^ *\d+ +IDX001", text, re.MULTILINE)) == 25 - WORST
    assert "25 critical\n" in text
    assert "holds all 25 SQL statements" in text


def test_few_findings_make_no_table() -> None:
    report = rich_report()
    text = shown(replace(report, findings=report.findings[:WORST]))
    assert "Their evidence and what to run stand in the report." not in text
    assert "  Code  " not in text


def test_a_long_subject_takes_one_line_of_the_table() -> None:
    report = rich_report()
    long = replace(report.findings[3], subject=SEARCH)
    text = shown(replace(report, findings=(*report.findings[:WORST], long)), width=80)
    assert re.search(r"\n {20,}SELECT p\.id, p\.name.*…\nCores:", text)


def test_without_statements_there_is_no_word_of_scripts() -> None:
    report = rich_report()
    assert "apply.sql" not in shown(replace(report, findings=(report.findings[2],)))


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
    assert "Nothing was found in what was examined." in text
    assert "0 statements" in text
    assert not any(str(severity) in text for severity in Severity)


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
