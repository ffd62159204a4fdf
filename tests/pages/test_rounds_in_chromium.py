"""The round report in a real browser: it asks nobody, complains of nothing, can be read in light and dark, and fits a phone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from pages.rounds.html import rounds_html
from pages.rounds.rehearsal import Rehearsal
from pages.run_folder import write_file
from pages.translation import Language
from tests.pages import round_samples
from tests.pages.test_report_in_chromium import DESK, FAINT_TEXTS, PHONE, Visit

pytestmark = pytest.mark.chromium
SAMPLES = (
    round_samples.no_go,
    round_samples.go,
    round_samples.invalid,
    round_samples.closed,
    round_samples.hostile,
    round_samples.nothing,
)
Opener = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Opener:
    """Opens a page; on leaving, it must have complained of nothing and asked for nothing but itself."""

    @contextmanager
    def open_it(
        rehearsal: Rehearsal,
        *,
        width: int = DESK,
        scheme: Literal["light", "dark"] = "light",
        language: Language = "en",
    ) -> Iterator[Visit]:
        path = tmp_path / "rounds.html"
        write_file(path, rounds_html(rehearsal, language))
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        try:
            opened = Visit(context.new_page(), path.as_uri())
            opened.unfold()
            yield opened
            opened.page.wait_for_load_state("networkidle")
            assert opened.complaints == []
            assert opened.requests == [path.as_uri()]
        finally:
            context.close()

    return open_it


@pytest.mark.parametrize("width", [320, PHONE, DESK])
@pytest.mark.parametrize("build", SAMPLES)
def test_the_page_opens_offline_and_never_scrolls_sideways(
    visit: Opener, build: Callable[[], Rehearsal], width: int
) -> None:
    with visit(build(), width=width) as opened:
        assert opened.page.locator("h1").is_visible()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_can_be_read(visit: Opener, scheme: str, language: str) -> None:
    for build in (round_samples.no_go, round_samples.go, round_samples.invalid):
        with visit(build(), scheme=scheme, language=language) as opened:
            assert opened.page.evaluate(FAINT_TEXTS) == []


@pytest.mark.parametrize(("width", "shown"), [(PHONE, "narrow"), (DESK, "wide")])
def test_each_chart_is_drawn_once_at_the_size_that_fits_and_its_words_stay_legible(
    visit: Opener, width: int, shown: str
) -> None:
    with visit(round_samples.no_go(), width=width) as opened:
        charts = opened.page.locator("figure.chart")
        assert charts.count() == 7
        for each in charts.all():
            visible = [svg for svg in each.locator("svg").all() if svg.is_visible()]
            assert [svg.get_attribute("class") for svg in visible] == [shown]
            sizes = visible[0].evaluate(
                "(svg) => [...svg.querySelectorAll('text')].map((each) => each.getBoundingClientRect().height)"
            )
            assert min(sizes) > 9


def test_words_in_a_chart_stay_inside_of_it(visit: Opener) -> None:
    for width in (PHONE, DESK):
        with visit(round_samples.no_go(), width=width) as opened:
            outside = opened.page.evaluate(
                "[...document.querySelectorAll('.chart svg')].filter((svg) => svg.getBoundingClientRect().width).flatMap((svg) => {"
                "const box = svg.getBoundingClientRect();"
                "return [...svg.querySelectorAll('text')].map((each) => [each.textContent, each.getBoundingClientRect()])"
                ".filter(([, own]) => own.left < box.left - 1 || own.right > box.right + 1).map(([words]) => words) })"
            )
            assert outside == []


def test_no_word_of_a_table_is_broken_on_a_phone(visit: Opener) -> None:
    with visit(round_samples.go(), width=PHONE) as opened:
        lines = opened.page.evaluate(
            "[...document.querySelectorAll('.grid td:first-child, .grid td:nth-child(2)')].filter((each) => each.offsetParent).map("
            "(each) => { const range = document.createRange(); range.selectNodeContents(each);"
            "return [each.textContent.trim(), new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size] })"
        )
        assert len(lines) > 40
        assert [(words, count) for words, count in lines if count > max(len(words.split()), 2)] == []


def test_the_theme_button_works_and_the_overview_leads_to_each_round(visit: Opener) -> None:
    with visit(round_samples.no_go()) as opened:
        before = opened.paper
        opened.page.locator("#theme").click()
        assert opened.paper != before
        opened.page.locator(".overview a").nth(2).click()
        assert opened.page.evaluate("document.querySelector(':target h2').textContent").startswith("3. Confirmation")
