"""What our own boards use, the preview knows: kinds of panels, units, transformations, overrides."""

import pytest

from dashboards.boards import documents
from facts.boards import Board
from pages.boards.page import boards_page
from pages.boards.panels import DRAWN
from pages.boards.transformations import STEPS
from pages.boards.units import formatted
from pages.translation import LANGUAGES, Language
from tenfold.dashboarding.document import read_board
from tenfold.dashboarding.evaluation import evaluate
from tenfold.dashboarding.prometheus import Prometheus

BOARDS = {stem: read_board(document) for stem, document in documents("en").items()}


@pytest.mark.parametrize("stem", BOARDS)
def test_every_kind_of_panel_is_drawn(stem: str) -> None:
    assert {each.kind for each in BOARDS[stem].panels} <= DRAWN


@pytest.mark.parametrize("stem", BOARDS)
def test_every_unit_is_written_as_grafana_writes_it(stem: str) -> None:
    units = {each.style.unit for each in BOARDS[stem].panels} | {
        override.changes.get("unit", "") for each in BOARDS[stem].panels for override in each.overrides
    }
    # One that is not known is shown by its name.
    assert [each for each in units if each and formatted(3.0, each) == f"3 {each}" and each not in {"s", "ms"}] == []


@pytest.mark.parametrize("stem", BOARDS)
def test_every_transformation_is_applied(stem: str) -> None:
    assert {step.kind for each in BOARDS[stem].panels for step in each.transformations} <= STEPS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_all_of_them_is_made_even_when_nothing_is_answered(language: Language) -> None:
    boards: list[Board] = [read_board(each) for each in documents(language).values()]
    with Prometheus("http://127.0.0.1:1", seconds=0.1) as nobody:
        evaluations = [evaluate(each, nobody) for each in boards]
    html = boards_page(evaluations, "http://127.0.0.1:1", language)
    asking = sum(1 for one in evaluations for panel in one.panels if panel.asked)
    assert html.count('<article class="panel failed') == asking > 100
