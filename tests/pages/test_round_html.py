"""The round report's text, and rounds as Markdown: complete, self-contained, harmless."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from facts.message import verbatim
from facts.rounds import Knee, Reason
from loadtest import cause
from pages.rounds.charts import Drawing, Plan, Series, chart
from pages.rounds.comparison import comparison_html, comparison_markdown
from pages.rounds.html import rounds_html
from pages.rounds.markdown import rounds_markdown
from pages.rounds.rehearsal import LatencySlo, Rehearsal, latency_slos
from pages.rounds.resources import bands
from pages.rounds.words import RESOURCES, milliseconds
from tests.pages import round_samples
from tests.pages.hostile_sample import SCRIPT
from tests.pages.test_report_html import FETCHING, Page

SAMPLES = (
    round_samples.no_go,
    round_samples.go,
    round_samples.invalid,
    round_samples.closed,
    round_samples.hostile,
    round_samples.nothing,
)


def text_of(rehearsal: Rehearsal) -> str:
    return " ".join(" ".join(Page(rounds_html(rehearsal, "en")).texts).replace("\u00a0", " ").split())


@pytest.mark.parametrize("build", SAMPLES)
def test_the_page_asks_nothing_of_anybody_and_allows_only_our_style_and_script(build: Callable[[], Rehearsal]) -> None:
    parsed = Page(rounds_html(build(), "en"))
    for tag, attributes in parsed.tags:
        for name in FETCHING & set(attributes):
            assert re.fullmatch(r"data:,|#round-\d+", attributes[name] or ""), (tag, name)
        assert not {name for name in attributes if name.startswith("on") or name == "style"}, tag
    policy = next(each["content"] or "" for tag, each in parsed.tags if tag == "meta" and "http-equiv" in each)
    for kind in ("style", "script"):
        ours = base64.b64encode(hashlib.sha256("".join(parsed.inside[kind]).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{ours}'" in policy
    assert "default-src 'none'" in policy


def test_hostile_text_makes_no_element_of_its_own() -> None:
    parsed = Page(rounds_html(round_samples.hostile(), "en"))
    plain = {tag for tag, _ in Page(rounds_html(round_samples.no_go(), "en")).tags}
    assert {tag for tag, _ in parsed.tags} <= plain
    assert sum(SCRIPT in text for text in parsed.texts) > 10


def test_the_verdict_stands_first_in_words() -> None:
    parsed = Page(rounds_html(round_samples.no_go(), "en"))
    assert parsed.inside["title"][0] == "Plum Blossom 梅花商城: NO-GO"
    assert "NO-GO: the mall does not hold what was asked of it" in parsed.texts
    assert "Confirmation: p99<500ms, errors<1%, payment-success>=98% did not hold." in parsed.texts


def test_everything_that_the_rounds_hold_is_told() -> None:
    text = text_of(round_samples.no_go())
    for wanted in (
        "Knee: 262 journeys/s, between 250/s and 275/s.", "knee 262/s", "range of the knee", "SLO p99 500 ms", "first cause begins",
        "all 10 connections of the pool were in use", "confidence 86 %", "pool_busy_ratio", "HTTP 503", "cache hit",
        "GET /search", "search and buy", "worker 2", "Database connection pool", "126 Mbit/s", "cdn: no exporter", "no exporter",
        "mall 0, generator 1", "0.93",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_before_and_after_stand_side_by_side_with_intervals() -> None:
    text = text_of(round_samples.go())
    assert "Before and after" in text
    assert "262/s 917/s" in text
    assert "-4.3 s … -3.9 s" in text
    assert "not told apart" in text
    assert "Before and after" not in text_of(round_samples.no_go())


def test_closed_loop_figures_are_named_as_such() -> None:
    text = text_of(round_samples.closed())
    assert "All rates, latencies, percentiles and errors of this round are closed-loop figures" in text
    assert "says nothing about readiness" in text
    assert "closed-loop" not in text_of(round_samples.go())


def test_an_invalid_round_says_what_made_it_so() -> None:
    text = text_of(round_samples.invalid())
    assert "INVALID: the measurement cannot be relied on" in text
    assert "Capacity: generator-cpu, generator-lag did not hold." in text
    assert "makes the round invalid" in text
    assert "lost" in text
    assert "did not run to its end: stopped: abort rule" in text


def test_rules_that_held_of_single_pages_are_folded_and_all_there() -> None:
    go = round_samples.go()
    page = tuple(
        Reason(rule=f"slo GET /page/{number} p99<500ms", ok=number != 3, evidence=verbatim(f"measured {number}"))
        for number in range(5)
    )
    one = replace(go.rounds[2], reasons=(*go.rounds[2].reasons, *page))
    written = rounds_html(replace(go, rounds=(one,)), "en")
    told, _, folded = written.partition("<details><summary>5 further rules held</summary>")
    inside = folded.partition("</details>")[0]
    assert [number for number in range(5) if f"/page/{number} " in inside] == [0, 1, 2, 4]
    assert "/page/3 " in told
    assert "slo p99&lt;500ms" in told
    assert written.count('<span class="sign">') == len(one.reasons)


def test_a_round_that_sent_nothing_has_no_chart_and_no_praise() -> None:
    page = rounds_html(round_samples.nothing(), "en")
    assert "<figure" not in page
    assert "No generator has reported." in page
    assert "No rule was checked." in page


def test_a_knee_without_a_failed_rate_is_a_lower_bound() -> None:
    go = round_samples.go()
    one = replace(go.rounds[1], knee=Knee(per_second=900, low=865, high=None))
    assert "Knee: at least 900 journeys/s; no rate that was tried failed." in text_of(replace(go, rounds=(one,)))


@pytest.mark.parametrize("build", SAMPLES)
def test_markdown_is_complete_and_escaped(build: Callable[[], Rehearsal]) -> None:
    text = rounds_markdown(build(), "en")
    assert text.startswith("# ")
    assert SCRIPT not in text
    assert all(str(one.verdict) in text for one in build().rounds)
    assert text.count("✓") == sum(reason.ok for one in build().rounds for reason in one.reasons)
    widths = {
        line.count(" | ") for line in text.splitlines() if line.startswith("| **All requests** | ") and "…" not in line
    }
    assert widths == {8}


def test_a_comparison_has_a_page_and_a_markdown_document_of_its_own() -> None:
    go, compared = round_samples.go(), round_samples.comparison(["the rates differ"])
    page = comparison_html(go.before, go.rounds, compared, "en", mall="mall", version="0.1.0")
    assert "the rates differ" in page
    assert "Before and after" in page
    text = comparison_markdown(compared, "en")
    assert text.startswith("# 6 figures better, 1 worse, 2 not told apart.")
    assert "| POST /checkout | p95 | 31 ms | 48 ms | +9 ms … +24 ms | worse |" in text


@pytest.mark.parametrize(
    ("rule", "slo"),
    [
        ("slo p99<500ms", LatencySlo("99", 500)),
        ("slo p99.9<=1s", LatencySlo("99.9", 1000)),
        ("slo p95<0.3s", LatencySlo("95", 300)),
        ("slo GET /search p99<1s", None),
        ("slo errors<1%", None),
    ],
)
def test_the_objective_of_the_whole_round_is_drawn_and_no_other(rule: str, slo: LatencySlo | None) -> None:
    one = round_samples.baseline()
    found = latency_slos(replace(one, reasons=(replace(one.reasons[0], rule=rule),)))
    assert found == ((slo,) if slo else ())


def test_every_resource_that_a_cause_can_name_has_a_word_for_people() -> None:
    table = str(cause.__doc__).split("=====")
    named = set(re.findall(r"`([a-z-]+)`", " ".join(line[:24] for line in "".join(table).splitlines())))
    assert len(named) > 15
    assert named <= set(RESOURCES)


def drawn(points: list[tuple[float, float | None]], *, level: tuple[float, str] | None = None) -> Drawing:
    series = Series(kind="p99", points=tuple(points))
    made = chart(Plan(series=(series,), x_words=str, y_words=milliseconds, x_title="", y_title="", level=level))
    assert made is not None
    return made.drawings[0]


def test_a_line_goes_where_its_values_are() -> None:
    found = drawn([(0, 0), (5, 50), (10, 100)])
    assert (
        found.lines[0].path
        == f"M{found.left:g} {found.bottom:g}L{(found.left + found.right) / 2:g} 136L{found.right:g} {found.top:g}"
    )
    assert [tick.words for tick in found.y_ticks] == ["0 s", "20 ms", "40 ms", "60 ms", "80 ms", "100 ms"]


def test_a_gap_breaks_the_line_and_a_level_outside_widens_the_axis() -> None:
    found = drawn([(0, 10), (1, None), (2, 10), (3, float("nan")), (4, 12)], level=(500.0, "SLO"))
    assert found.lines[0].path.count("M") == 3
    assert found.top <= found.level_y < found.bottom


def test_a_wide_range_is_logarithmic_and_a_long_round_keeps_its_peaks() -> None:
    points: list[tuple[float, float | None]] = [(second, 10.0) for second in range(3600)]
    points[1801] = (1801, 5000.0)
    found = drawn(points)
    assert [tick.words for tick in found.y_ticks] == ["10 ms", "100 ms", "1 s"]
    assert found.lines[0].path.count("L") < 400
    assert f" {found.top:g}L" in found.lines[0].path


def test_one_point_is_no_chart() -> None:
    plan = Plan(series=(Series(kind="p99", points=((1, 1),)),), x_words=str, y_words=str, x_title="", y_title="")
    assert chart(plan) is None


def test_bands_show_the_fullest_resource_first_and_leave_out_what_was_always_zero() -> None:
    rehearsal = round_samples.no_go()
    watch, run = rehearsal.watches[2], rehearsal.rounds[2].recording
    assert watch
    found = bands(watch, run.started_at.timestamp(), run.seconds)
    names = [each.name for each in found]
    assert names[0] == "pool_busy_ratio"
    assert found[0].peak == "100\u00a0%"
    assert found[0].hot
    assert "lock_waiters" not in names
    assert next(each for each in found if each.name == "connections").peak == "14 · 14\u00a0%"
