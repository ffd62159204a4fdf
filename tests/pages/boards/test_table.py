"""Tables of answers, and the transformations that boards lay over them."""

from typing import Any

from facts.board_answers import Line, PanelOutcome
from facts.boards import Style, Transformation
from pages.boards.frames import Frame
from pages.boards.grids import ROWS_AT_MOST, last_values, table_view
from pages.boards.table import tables
from pages.boards.values import Clock
from tests.pages.boards import samples

CLOCK = Clock(samples.END)


def instant(rows: dict[str, float], ref: str = "A", **labels: str) -> Any:
    lines = [Line({"channel": name, **labels}, ((samples.END, value),)) for name, value in rows.items()]
    return samples.target(*lines, ref=ref, step=0.0)


def table(*targets: Any, steps: tuple[tuple[str, dict[str, Any]], ...] = (), **fields: Any) -> PanelOutcome:
    return samples.panel("table", *targets, transformations=tuple(Transformation(*each) for each in steps), **fields)


def rows(frame: Frame) -> list[tuple[Any, ...]]:
    return [tuple(frame.row(place).values()) for place in range(frame.length)]


def only(outcome: PanelOutcome) -> Frame:
    (frame,) = tables(outcome).frames
    return frame


HIDE_TIME = ("organize", {"excludeByName": {"Time": True}})


def test_labels_and_the_value_are_columns() -> None:
    frame = only(table(instant({"wechat": 5.0, "alipay": 7.0}, state="paid")))
    assert [each.name for each in frame.columns] == ["Time", "channel", "state", "Value"]
    assert rows(frame)[0] == ("2026-11-30 01:00:00", "wechat", "paid", 5.0)


def test_organize_hides_renames_and_orders() -> None:
    options = {
        "excludeByName": {"Time": True},
        "renameByName": {"Value": "Orders"},
        "indexByName": {"Value": 0, "channel": 1},
    }
    frame = only(table(instant({"wechat": 5.0}), steps=(("organize", options),)))
    assert [each.name for each in frame.columns] == ["Orders", "channel"]


def test_merge_makes_one_row_of_the_same_labels() -> None:
    outcome = table(
        instant({"wechat": 5.0, "alipay": 7.0}), instant({"wechat": 0.1}, ref="B"), steps=(("merge", {}), HIDE_TIME)
    )
    assert rows(only(outcome)) == [("wechat", 5.0, 0.1), ("alipay", 7.0, None)]


def test_without_a_merge_grafana_shows_the_first_table_and_offers_the_others() -> None:
    view, notes = table_view(table(instant({"wechat": 5.0}), instant({"alipay": 7.0}, ref="B")), CLOCK)
    assert view is not None
    assert [cell.words for cell in view.rows[0]] == ["2026-11-30 01:00:00", "wechat", "5"]
    assert [str(each) for each in notes] == ["1 more tables, which Grafana offers in a list"]


def test_join_by_field_has_a_row_for_each_of_its_values() -> None:
    targets = instant({"wechat": 5.0, "alipay": 7.0}), instant({"alipay": 0.2, "card": 0.3}, ref="B")
    outer = only(
        table(
            *targets,
            steps=(
                ("joinByField", {"byField": "channel"}),
                ("filterFieldsByName", {"include": {"pattern": "channel|Value.*"}}),
            ),
        )
    )
    assert rows(outer) == [("wechat", 5.0, None), ("alipay", 7.0, 0.2), ("card", None, 0.3)]
    inner = only(table(*targets, steps=(("joinByField", {"byField": "channel", "mode": "inner"}),)))
    assert [row[0] for row in rows(inner)] == ["alipay"]


def test_sort_and_limit() -> None:
    steps = (("sortBy", {"sort": [{"field": "Value", "desc": True}]}), ("limit", {"limitField": 2}), HIDE_TIME)
    assert rows(only(table(instant({"a": 1.0, "b": float("nan"), "c": 3.0, "d": 2.0}), steps=steps))) == [
        ("c", 3.0),
        ("d", 2.0),
    ]


def test_series_become_rows_by_reduce_or_by_their_labels() -> None:
    series = samples.target(samples.line([1.0, 4.0], {"name": "web"}), samples.line([2.0, 3.0], {"name": "app"}))
    reduced = only(table(series, steps=(("reduce", {"reducers": ["lastNotNull", "max"]}),)))
    assert [each.name for each in reduced.columns] == ["Field", "Last *", "Max"]
    assert rows(reduced) == [("web", 4.0, 4.0), ("app", 3.0, 3.0)]
    labelled = only(table(series, steps=(("labelsToFields", {}),)))
    assert rows(labelled) == [("web", 4.0), ("app", 3.0)]


def test_a_transformation_that_is_not_known_is_left_out_and_said() -> None:
    view, notes = table_view(table(instant({"wechat": 5.0}), steps=(("partitionByValues", {}),)), CLOCK)
    assert view is not None
    assert [str(each) for each in notes] == ["the transformation partitionByValues is not applied here"]


def test_options_of_any_shape_break_nothing() -> None:
    for kind in (
        "merge",
        "organize",
        "joinByField",
        "filterFieldsByName",
        "sortBy",
        "limit",
        "labelsToFields",
        "reduce",
    ):
        for options in (
            {},
            {
                "sort": 5,
                "excludeByName": [],
                "indexByName": {"Value": "x"},
                "include": 3,
                "limitField": None,
                "reducers": {},
                "byField": 7,
            },
        ):
            assert (
                tables(table(instant({"a": 1.0}), instant({"b": 1.0}, ref="B"), steps=((kind, options),))).unknown == ()
            )


def test_of_a_long_table_the_rest_is_counted() -> None:
    view, _notes = table_view(table(instant({f"shop {each}": float(each) for each in range(200)})), CLOCK)
    assert view is not None
    assert (len(view.rows), view.more) == (ROWS_AT_MOST, 200 - ROWS_AT_MOST)


def test_a_table_without_rows_is_no_table() -> None:
    assert table_view(table(instant({})), CLOCK)[0] is None


def test_cells_have_the_unit_and_the_colour_of_their_column() -> None:
    style = Style(unit="percent", by_threshold=True, steps=samples.TRAFFIC_LIGHT, cell="color-background")
    view, _notes = table_view(table(instant({"wechat": 95.0}), style=style, steps=(HIDE_TIME,)), CLOCK)
    assert view is not None
    assert [(each.words, each.colour, each.number) for each in view.rows[0]] == [
        ("wechat", "", False),
        ("95%", "red", True),
    ]


def test_a_panel_of_another_kind_says_its_last_values() -> None:
    view = last_values(samples.panel("heatmap", samples.two_orders()), CLOCK)
    assert view is not None
    assert [row[0].words for row in view.rows] == ["web", "app"]
