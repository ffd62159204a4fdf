"""Rounds on a terminal of 80 columns: the live view while they run, the summary afterwards, the comparison of two."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from facts.message import msg
from facts.rounds import Moment, Reason
from facts.watch import Sample
from pages.rounds.comparison import print_comparison
from pages.rounds.live import LiveView, sparkline
from pages.rounds.rehearsal import Rehearsal
from pages.rounds.resources import Heat, hottest
from pages.rounds.terminal import print_rounds
from pages.translation import Language
from tests.pages import round_samples
from tests.pages.hostile_sample import HOSTILE

SAMPLES = (
    round_samples.no_go,
    round_samples.go,
    round_samples.invalid,
    round_samples.closed,
    round_samples.hostile,
    round_samples.nothing,
)


def printed(rehearsal: Rehearsal, language: Language = "en", width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_rounds(rehearsal, console, language)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("build", SAMPLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_line_is_wider_than_the_terminal_and_none_carries_an_escape(
    build: Callable[[], Rehearsal], language: Language
) -> None:
    text = printed(build(), language)
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []


def test_the_verdict_stands_first_in_words() -> None:
    first = printed(round_samples.no_go()).strip().splitlines()[0]
    assert first.split() == "NO-GO the mall does not hold what was asked of it".split()
    assert "the mall holds 10 times the everyday peak" in printed(round_samples.go())
    assert "the measurement cannot be relied on" in printed(round_samples.invalid())


def test_go_is_never_more_than_what_the_rounds_have_shown() -> None:
    go = round_samples.go()
    unconfirmed = printed(replace(go, rounds=go.rounds[:2]))
    assert "the multiplier is not confirmed" in unconfirmed
    assert "the mall holds 10 times" not in unconfirmed
    confirmed = replace(go.rounds[2], reasons=go.rounds[2].reasons[3:])
    assert "the mall holds 10 times" not in printed(replace(go, rounds=(confirmed,)))
    assert "no round was run" in printed(replace(go, rounds=()))
    nothing_asked = printed(round_samples.closed())
    assert "says nothing about readiness" in " ".join(nothing_asked.split())


def test_what_broke_what_gave_first_and_what_is_missing_are_told() -> None:
    text = " ".join(printed(round_samples.no_go()).split())
    assert "✗ slo p99<500ms: measured 8.53 s" in text
    assert "What gave first: Database connection pool, confidence 86 %" in text
    assert "Knee: 262 journeys/s, between 250/s and 275/s." in text
    assert "To buy: Bandwidth, not known today, 126 Mbit/s needed" in text
    assert text.count("cdn: no exporter") == 1


def test_rules_that_held_of_single_pages_are_folded_and_what_did_not_hold_never_is() -> None:
    go = round_samples.go()
    rules = {f"slo GET /page/{number} p99<500ms": True for number in range(40)}
    rules |= {"slo journey buy p99<2s": True, "slo errors<1% over 10s": True, "slo GET /slow p99<500ms": False}
    page = tuple(
        Reason(rule=rule, ok=ok, evidence=msg("measured {measured}", measured="1")) for rule, ok in rules.items()
    )
    one = replace(go.rounds[2], reasons=(*go.rounds[2].reasons, *page))
    text = " ".join(printed(replace(go, rounds=(one,))).split())
    assert "✓ 42 further rules held" in text  # forty pages, the journey and the generator
    assert "/page/" not in text
    assert "journey buy" not in text
    assert "✓ slo p99<500ms: measured" in text
    assert "✓ slo errors<1% over 10s: measured" in text
    assert "✗ slo GET /slow p99<500ms: measured" in text
    assert "generator-cpu" in printed(go), "one rule alone is no more lines than the sentence that hides it"


def test_closed_loop_figures_and_a_round_cut_short_are_warned_of() -> None:
    assert "closed-loop figures" in " ".join(printed(round_samples.closed()).split())
    assert "did not run to its end: stopped: Ctrl-C" in printed(round_samples.nothing())


def a_moment() -> Moment:
    return round_samples.no_go().rounds[2].recording.moments[20]


def view(console: Console) -> LiveView:
    return LiveView(console, "en", title="confirmation, 500/s", seconds=30, slo_ms=500)


def test_the_live_view_shows_rates_percentiles_errors_lag_and_the_hottest_resource() -> None:
    console = Console(file=io.StringIO(), width=80)
    live = view(console)
    for moment in round_samples.no_go().rounds[2].recording.moments:
        live.show(moment)
    lines = [line.plain for line in live.lines(Heat("shop", "pool_busy_ratio", 1.0))]
    text = "\n".join(lines)
    for wanted in (
        "30/30 s",
        "offered 500/s",
        "achieved",
        "p50",
        "p95",
        "p99",
        "failed 1,740 (12 %)",
        "generator's lag",
    ):
        assert wanted in text
    # What is red is marked by a sign too, for those who see no colours.
    assert "hottest shop pool_busy_ratio 100 % !" in text
    assert any(line.endswith("!") and "p99" in line for line in lines)
    assert max(cell_len(line) for line in lines) <= 80


def test_the_live_view_is_silent_where_there_is_no_terminal() -> None:
    console = Console(file=io.StringIO(), width=80)
    with view(console) as live:
        live.show(a_moment())
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_the_live_view_draws_on_a_terminal_and_leaves_nothing_behind() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    with view(console) as live:
        live.show(a_moment())
        live.retitle("capacity, 250/s", 15)
        live.show(a_moment())
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert "confirmation, 500/s" in drawn
    assert "capacity, 250/s" in drawn
    # The last thing is to take the lines back.
    assert drawn.rstrip("\n").endswith("\x1b[2K")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_the_live_view_fits_any_width_and_takes_hostile_names(width: int) -> None:
    live = LiveView(Console(file=io.StringIO(), width=width), "zh", title=HOSTILE, seconds=5)
    live.show(replace(a_moment(), p50_ms=None, p95_ms=None, p99_ms=None, lag_p99_ms=None, offered=0))
    for line in live.lines(Heat(HOSTILE, HOSTILE, 5.0)):
        assert cell_len(line.plain) <= width
        assert "\x1b" not in line.plain
        assert "\n" not in line.plain


def test_a_sparkline_has_a_block_for_each_value_and_a_gap_for_none() -> None:
    assert sparkline([0, 50, None, 100]) == "▁▅ █"
    assert sparkline([0, 0, None]) == "▁▁ "
    assert sparkline([]) == ""


def test_the_hottest_resource_is_the_one_nearest_to_its_limit() -> None:
    samples = [
        Sample(at=0, source="orders", kind="postgres", values={"connections": 90.0, "commits": 1e6}),
        Sample(at=0, source="host", kind="host", values={"cpu_busy_ratio": 0.7, "memory_available_ratio": 0.2}),
        Sample(at=0, source="cache", kind="redis", values={"hit_ratio": 1.0, "used_memory_bytes": 5.0}),
    ]
    assert hottest(samples, {"orders/max_connections": 100.0}) == Heat("orders", "connections", 0.9)
    assert hottest(samples, {}) == Heat("host", "memory_available_ratio", 0.8)
    assert hottest(samples[2:], {}) is None


def test_a_comparison_tells_better_worse_and_what_is_noise_within_80_columns() -> None:
    console = Console(file=io.StringIO(), width=80)
    print_comparison(round_samples.comparison(["the rates differ"]), console, "en")
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []
    assert "6 figures better, 1 worse, 2 not told apart." in text
    assert "! the rates differ" in text
    assert "5.0 % is assumed as" in text
    lines = text.splitlines()
    checkout = next(number for number, line in enumerate(lines) if "POST /" in line)
    assert lines[checkout + 1].split()[-1] == "worse"


def test_a_long_name_is_not_cut_in_a_comparison() -> None:
    name = "GET /api/v2/storefront/catalogue/categories/{id}/products/{id}/recommendations"
    shown = replace(round_samples.comparison().differences[0], subject=name, low=-183_000.0, high=-121_500.0)
    console = Console(file=io.StringIO(), width=80)
    print_comparison(replace(round_samples.comparison(), differences=(shown,)), console, "en")
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert name in text.splitlines()
    assert "-183 s … -122 s" in text, "rounded to minutes an interval would have no width"


def test_no_difference_is_said_to_be_none() -> None:
    same = [each for each in round_samples.comparison().differences if each.verdict == "not told apart"]
    console = Console(file=io.StringIO(), width=80)
    print_comparison(replace(round_samples.comparison(), differences=tuple(same), noise_measured=True), console, "en")
    assert isinstance(console.file, io.StringIO)
    assert "No difference can be told apart from noise." in console.file.getvalue()
    assert "repeated rounds differed by" in console.file.getvalue()
