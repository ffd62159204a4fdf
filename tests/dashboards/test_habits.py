"""What Grafana's own dashboard-linter asks of a dashboard, and what the documents of one board owe each other."""

import re
from pathlib import Path

import pytest

from dashboards import boards
from dashboards.board import Source
from dashboards.boards import BOARDS, documents
from dashboards.promql import selectors
from tests.dashboards.parts import Document, every_document, expressions, panels, written

HAN = re.compile(r"[\u4e00-\u9fff]")
COLUMNS = 24
# Words that are the same in both languages.
SAME = {"PostgreSQL", "Redis"}
DOCUMENTS = dict(every_document())


@pytest.fixture(params=DOCUMENTS, name="document")
def _document(request: pytest.FixtureRequest) -> Document:
    return DOCUMENTS[request.param]


def test_the_folder_and_the_tuple_are_equal() -> None:
    folder = {path.stem for path in Path(boards.__file__).parent.glob("*.py")} - {"__init__"}
    assert folder == {board.stem for board in BOARDS}
    assert len(BOARDS) == len(folder)


def test_stems_and_uids_are_unique_and_short_enough() -> None:
    written_ = written("en")
    assert len({document["uid"] for document in written_.values()}) == len(written_)
    for stem, document in written_.items():
        assert document["uid"] == f"tenfold-{stem}"
        assert len(document["uid"]) <= 40


def test_every_panel_has_title_description_and_unit(document: Document) -> None:
    for panel in panels(document):
        assert panel["title"].strip(), panel
        assert panel["description"].strip(), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


def test_panels_have_ids_of_their_own_and_none_covers_another(document: Document) -> None:
    ids = [panel["id"] for panel in document["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        cells = {
            (column, line)
            for column in range(place["x"], place["x"] + place["w"])
            for line in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_there_is_one_data_source_and_everything_comes_from_it(document: Document) -> None:
    source = {"type": "prometheus", "uid": "${datasource}"}
    variables = {each["name"]: each for each in document["templating"]["list"]}
    assert [name for name, each in variables.items() if each["type"] == "datasource"] == ["datasource"]
    assert variables["datasource"]["query"] == "prometheus"
    asked = [each["datasource"] for each in variables.values() if each["type"] == "query"]
    asked += [each["datasource"] for each in document["annotations"]["list"]]
    for panel in panels(document):
        if panel["type"] != "text":
            asked += [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert asked
    assert all(each == source for each in asked)


def test_variables_choose_several_and_all_and_reload(document: Document) -> None:
    choices = {each["name"]: each for each in document["templating"]["list"] if each["type"] == "query"}
    assert {"job", "instance"} <= choices.keys()
    for name, each in choices.items():
        assert each["multi"], name
        assert each["includeAll"], name
        assert each["allValue"] == ".+", name
        assert each["refresh"] == 2, name
        assert each["label"], name


def test_every_query_asks_within_what_was_chosen(document: Document) -> None:
    filters = {each["name"] for each in document["templating"]["list"] if each["type"] == "query"}
    for place, expression in expressions(document):
        for selector in selectors(expression):
            for name in filters:
                wanted = f'{name}=~"${name}'
                assert wanted in selector.matchers, (place, selector.metric, name)


def test_every_range_is_grafanas_own(document: Document) -> None:
    for place, expression in expressions(document):
        for selector in selectors(expression):
            if selector.ranged:
                assert expression[selector.end :].partition("[")[2].startswith("$__rate_interval]"), place


def test_moments_are_told_in_milliseconds_and_drawn_where_they_lie(document: Document) -> None:
    marks = {each["expr"]: each for each in document["annotations"]["list"]}
    assert any(expression.startswith("ALERTS{") for expression in marks)
    for expression, mark in marks.items():
        moment = "_timestamp_seconds" in expression
        assert mark["useValueForTime"] is moment
        assert expression.endswith("} * 1000") is moment
        assert mark["target"]["expr"] == expression
        assert mark["enable"]
        assert not mark["hide"]
    if "exporters" not in document["tags"]:
        kinds = (
            "tenfold_mark_",
            "tenfold_audit_",
            "tenfold_rehearsal_start_",
            "tenfold_rehearsal_end_",
            "tenfold_round_started_",
        )
        for kind in kinds:
            assert any(expression.startswith(kind) for expression in marks), kind


def test_what_is_shown_as_now_is_of_now(document: Document) -> None:
    """An older value in the place of a missing one would say that all is well when nobody watches any more."""
    for panel in panels(document):
        for target in panel.get("targets", ()):
            now = panel["type"] in {"stat", "bargauge", "table"}
            assert target["instant"] is now, panel["title"]
            assert target["range"] is not now, panel["title"]


def test_what_is_not_there_never_looks_well(document: Document) -> None:
    """Grafana gives a missing value the colour of the first threshold, which is often green."""
    for panel in panels(document):
        if panel["type"] == "stat":
            absent = panel["fieldConfig"]["defaults"]["mappings"][-1]
            assert absent["options"]["match"] == "null+nan"
            assert absent["options"]["result"]["color"] not in {"green", "blue"}, panel["title"]
            assert absent["options"]["result"]["text"] == panel["fieldConfig"]["defaults"]["noValue"]


def test_nobody_edits_a_board_in_grafana(document: Document) -> None:
    assert document["editable"] is False
    assert document["tags"][0] == "tenfold"
    assert document["links"][0]["asDropdown"]
    assert document["links"][0]["tags"] == document["tags"]
    assert document["time"]["to"] == "now"


def test_links_lead_to_boards_and_rules_that_exist(document: Document) -> None:
    uids = {each["uid"] for each in written("en").values()}
    docs = Path(__file__).parents[2] / "docs"
    pages = {f"{folder}/{path.name}" for folder in ("rules", "runbooks") for path in (docs / folder).glob("*.md")}
    for panel in panels(document):
        for link in (*panel.get("links", ()), *panel["fieldConfig"]["defaults"].get("links", ())):
            if link["url"].startswith("/d/"):
                found, _, query = link["url"].removeprefix("/d/").partition("?")
                assert found in uids, link
                assert query == "${__url_time_range}&${__all_variables}"
            else:
                page = link["url"].removeprefix("${docs}/")
                assert page in pages or page == "rules/${__data.fields.code}.md", link


def test_a_panel_without_figures_is_left_out_of_the_exporters_boards() -> None:
    theirs = [board for board in BOARDS if board.theirs is not None]
    assert {board.stem for board in theirs} >= {"mall", "postgres", "redis"}
    for board in theirs:
        assert board.theirs
        of_exporters = [p for row in board.rows for p in row.panels if p.queries(Source.EXPORTERS)]
        assert len(panels(written("en")[board.theirs[0]])) == len(of_exporters)


def test_both_languages_are_complete_and_differ_in_words_alone() -> None:
    english, chinese = documents("en"), documents("zh")
    assert english.keys() == chinese.keys()
    for stem, document in english.items():
        other = chinese[stem]
        assert len(document["panels"]) == len(other["panels"])
        for one, two in zip(document["panels"], other["panels"], strict=True):
            assert one["gridPos"] == two["gridPos"]
            assert [each["expr"] for each in one.get("targets", ())] == [
                each["expr"] for each in two.get("targets", ())
            ]
            for word in ("title", "description"):
                assert word not in one or one[word] in SAME or HAN.search(two[word]), (stem, two[word])
                assert word not in one or not HAN.search(one[word]), (stem, one[word])
        names = [
            (each["name"], label["name"])
            for each, label in zip(document["annotations"]["list"], other["annotations"]["list"], strict=True)
        ]
        assert all(HAN.search(two) and not HAN.search(one) for one, two in names)


def test_documentation_is_read_where_somebody_said() -> None:
    found = documents("en", "https://wiki.example/tenfold")["findings"]
    constant = next(each for each in found["templating"]["list"] if each["name"] == "docs")
    assert constant["query"] == "https://wiki.example/tenfold"
