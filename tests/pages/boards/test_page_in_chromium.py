"""The preview page in a real browser: it asks nobody, complains of nothing, and shows what it should at a desk and on a phone."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from facts.board_answers import BoardEvaluation
from pages.boards.page import boards_page
from pages.run_folder import write_file
from pages.translation import Language
from tests.pages.boards import samples
from tests.pages.conftest import browser
from tests.pages.test_report_in_chromium import DESK, FAINT_TEXTS, PHONE, Visit

__all__ = ["browser"]
pytestmark = pytest.mark.chromium
SAMPLES = (samples.everything, samples.hostile, samples.board)
Opener = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Opener:
    """Opens a page; on leaving, it must have complained of nothing and asked for nothing but itself."""

    @contextmanager
    def open_it(
        *boards: BoardEvaluation,
        width: int = DESK,
        scheme: Literal["light", "dark"] = "light",
        language: Language = "en",
    ) -> Iterator[Visit]:
        path = tmp_path / "boards.html"
        write_file(path, boards_page(boards, "http://127.0.0.1:9090", language))
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
    visit: Opener, build: Callable[[], BoardEvaluation], width: int
) -> None:
    with visit(build(), width=width) as opened:
        assert opened.page.locator("h1").is_visible()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.evaluate("window.hacked") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_can_be_read(visit: Opener, scheme: str, language: str) -> None:
    with visit(samples.everything(), scheme=scheme, language=language) as opened:
        assert opened.page.evaluate(FAINT_TEXTS) == []


def test_panels_stand_where_the_board_has_them(visit: Opener) -> None:
    with visit(samples.everything(), width=1400) as opened:
        boxes = [each.bounding_box() for each in opened.page.locator("article").all()]
        assert all(boxes)
        first, second, third = ((box["x"], box["y"], box["width"]) for box in boxes[:3] if box)
        assert first[1] == second[1]
        assert second[0] > first[0] + first[2]
        assert third[0] == first[0]
        assert third[1] > first[1]


def test_on_a_phone_one_panel_stands_below_the_other(visit: Opener) -> None:
    with visit(samples.everything(), width=PHONE) as opened:
        boxes = [each.bounding_box() for each in opened.page.locator("article").all()]
        assert len({box["x"] for box in boxes if box}) == 1
        tops = [box["y"] for box in boxes if box]
        assert tops == sorted(set(tops))


@pytest.mark.parametrize(("width", "shown"), [(PHONE, "narrow"), (1400, "wide")])
def test_each_chart_is_drawn_once_at_the_size_that_fits_and_its_words_stay_legible(
    visit: Opener, width: int, shown: str
) -> None:
    with visit(samples.everything(), width=width) as opened:
        charts = [svg for svg in opened.page.locator("svg.graph").all() if svg.is_visible()]
        assert len(charts) == 3
        for svg in charts:
            assert svg.get_attribute("class") == f"graph {shown}"
            sizes = svg.evaluate(
                "(svg) => [...svg.querySelectorAll('text')].map((each) => each.getBoundingClientRect().height)"
            )
            assert min(sizes) > 9


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_words_in_a_chart_stay_inside_of_it(visit: Opener, width: int) -> None:
    with visit(samples.everything(), width=width) as opened:
        outside = opened.page.evaluate(
            "[...document.querySelectorAll('svg.graph')].filter((svg) => svg.getBoundingClientRect().width).flatMap((svg) => {"
            "const box = svg.getBoundingClientRect();"
            "return [...svg.querySelectorAll('text')].map((each) => [each.textContent, each.getBoundingClientRect()])"
            ".filter(([, own]) => own.left < box.left - 1 || own.right > box.right + 1).map(([words]) => words) })"
        )
        assert outside == []


def test_lines_are_coloured_and_a_colour_is_that_of_its_legend(visit: Opener) -> None:
    with visit(samples.everything()) as opened:
        colours = opened.page.evaluate(
            "[...document.querySelectorAll('article')].filter((each) => each.querySelector('.graph')).map((each) => ["
            "[...each.querySelectorAll('.graph.wide .curve')].map((line) => getComputedStyle(line).stroke),"
            "[...each.querySelectorAll('.legend .dot')].map((dot) => getComputedStyle(dot).backgroundColor)])"
        )
        assert len(colours) == 3
        for lines, dots in colours:
            assert lines == dots
            assert len(set(lines)) == len(lines)


def test_a_failed_panel_is_found_from_the_top_and_its_query_can_be_read(visit: Opener) -> None:
    with visit(samples.everything()) as opened:
        opened.page.locator(".dead a", has_text="Renamed").click()
        target = opened.page.locator("article:target")
        assert "shop_renamed_total" in target.inner_text()
        assert "rate(shop_orders_total[1m])" in target.inner_text()


def test_the_theme_button_works(visit: Opener) -> None:
    with visit(samples.everything()) as opened:
        before = opened.paper
        opened.page.locator("#theme").click()
        assert opened.paper != before


def test_every_series_of_many_can_be_unfolded(visit: Opener) -> None:
    lines = [samples.line([float(each), 1.0], {"name": f"series {each}"}) for each in range(200)]
    with visit(samples.board(samples.panel("timeseries", samples.target(*lines)))) as opened:
        assert opened.page.locator(".legend tbody tr").count() == 200
        assert opened.page.get_by_text("the first 60 of 200 series are drawn").is_visible()
