"""A board against a real Prometheus: the outcome of every query, variable and annotation."""

import copy
import math
from typing import Any

import pytest

from facts.board_answers import BoardEvaluation, PanelOutcome, State
from tenfold.dashboarding.evaluation import evaluate
from tenfold.dashboarding.prometheus import Prometheus
from tests.tenfold.dashboarding import boards

pytestmark = pytest.mark.debian_servers


def asked(prometheus: Prometheus, document: dict[str, Any], **rest: Any) -> BoardEvaluation:
    return evaluate(document, prometheus, scrape_seconds=1.0, **rest)


def one(evaluation: BoardEvaluation, title: str) -> PanelOutcome:
    (found,) = [each for each in evaluation.panels if each.title == title]
    return found


def test_a_lively_board_has_no_problem(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.lively())
    assert list(evaluation.problems()) == []
    assert len(evaluation.alive) == 6
    assert evaluation.dead == ()
    assert [each.state for each in evaluation.annotations] == [State.ALIVE, State.ALIVE]


def test_each_way_to_be_dead_has_its_name(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.troubled())
    states = {each.title: each.state for each in evaluation.panels}
    assert states == {
        "Alive": State.ALIVE,
        "Renamed": State.UNKNOWN_METRIC,
        "Broken": State.ERROR,
        "Nothing": State.EMPTY,
        "No number": State.ALL_NAN,
        "Half": State.UNKNOWN_METRIC,
        "No expression": State.ERROR,
        "Logs": State.NOT_ASKED,
        "Fallback": State.ALIVE,
    }
    assert [len(each) for each in (evaluation.alive, evaluation.empty, evaluation.failed)] == [2, 2, 4]
    assert "parse error" in str(one(evaluation, "Broken").targets[0].reason)
    assert one(evaluation, "Fallback").targets[0].unknown_metrics == ("shop_gone_total",)


def test_renaming_one_metric_makes_the_check_fail(prometheus: Prometheus) -> None:
    document = boards.lively()
    text = document["panels"][1]["targets"][0]
    text["expr"] = text["expr"].replace("shop_orders_total", "shop_order_total")
    (problem,) = asked(prometheus, document).problems()
    assert problem.startswith("panel 1 'Orders' A: unknown metric; no series of shop_order_total: ")


def test_a_metric_that_may_be_missing_is_no_problem_where_something_else_is_shown(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.board(boards.panel(9, "stat", "Fallback", "shop_gone_total or shop_up")))
    (problem,) = evaluation.problems()
    assert problem == "panel 9 'Fallback' A: alive; no series of shop_gone_total: shop_gone_total or shop_up"
    assert list(evaluation.problems(absent={"shop_gone_total"})) == []


def test_problems_name_variables_and_annotations_too(prometheus: Prometheus) -> None:
    document = boards.lively()
    document["templating"]["list"].append(boards.variable("shelf", "label_values(shop_shelves, shelf)"))
    document["annotations"]["list"].append({"name": "Alerts", "datasource": boards.DATASOURCE, "expr": "ALERTS{,}"})
    found = list(asked(prometheus, document).problems())
    assert [each.partition(":")[0] for each in found] == ["variable shelf", "annotation 'Alerts'"]


def test_variables_are_asked_for_in_the_order_in_which_they_need_each_other(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.lively())
    _source, target, mall = evaluation.variables
    assert (mall.options, mall.all_chosen) == (("Cloud Lane", "Lakeside"), True) or mall.options == ("Cloud Lane",)
    assert target.expression == 'label_values(shop_up{mall=~".+"}, target)'
    assert target.options == ("cache", "orders")


def test_a_chosen_value_narrows_what_is_asked(prometheus: Prometheus) -> None:
    document = boards.lively()
    document["templating"]["list"][2]["query"] = "label_values(shop_orders_total, mall)"
    evaluation = asked(prometheus, document, chosen={"mall": ["Lakeside"]})
    orders = one(evaluation, "Orders").targets[0]
    assert 'mall=~"Lakeside"' in orders.expression
    assert [line.labels for line in orders.lines] == [{"channel": "card (old)"}]
    assert evaluation.panels[0].title == "Orders of Lakeside"
    both = asked(prometheus, document, chosen={"mall": ["Lakeside", "Cloud Lane"]})
    assert 'mall=~"(Lakeside|Cloud Lane)"' in one(both, "Orders").targets[0].expression
    nowhere = asked(prometheus, document, chosen={"mall": ["Nowhere"]})
    assert nowhere.variables[2].absent == ("Nowhere",)


def test_a_value_with_special_characters_finds_its_series(prometheus: Prometheus) -> None:
    document = boards.board(boards.panel(1, "stat", "Orders", 'shop_orders_total{channel=~"$channel"}'))
    document["templating"]["list"].append(boards.variable("channel", "label_values(shop_orders_total, channel)"))
    evaluation = asked(prometheus, document, chosen={"channel": ["card (old)"]})
    (line,) = evaluation.panels[0].targets[0].lines
    assert line.labels["channel"] == "card (old)"


def test_a_panel_is_repeated_for_each_value(prometheus: Prometheus) -> None:
    document = boards.board(
        {**boards.panel(1, "stat", "Is $target up?", 'shop_up{target=~"$target"}'), "repeat": "target"}
    )
    evaluation = asked(prometheus, document)
    assert [each.title for each in evaluation.panels] == ["Is cache up?", "Is orders up?"]
    assert [each.targets[0].lines[0].labels["target"] for each in evaluation.panels] == ["cache", "orders"]
    assert [each.panel.place.x for each in evaluation.panels] == [0, 12]


def test_an_answer_has_the_points_of_its_range_and_no_more(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.lively(), span=60.0)
    orders = one(evaluation, "Orders").targets[0]
    assert orders.step == 1.0
    assert "[4s]" in orders.expression
    for line in orders.lines:
        moments = [at for at, _value in line.points]
        assert moments == sorted(moments)
        assert all(evaluation.start - 1 <= at <= evaluation.end for at in moments)
    few = copy.deepcopy(boards.lively())
    few["panels"][1]["maxDataPoints"] = 10
    assert one(asked(prometheus, few, span=60.0), "Orders").targets[0].step == 5.0


def test_a_panel_may_have_a_range_of_its_own(prometheus: Prometheus) -> None:
    document = boards.board(
        {
            **boards.panel(
                1, "timeseries", "Day", "shop_up + 0 * vector(scalar(count_over_time(shop_limit[$__range])))"
            ),
            "timeFrom": "24h",
        }
    )
    outcome = asked(prometheus, document).panels[0]
    assert outcome.end - outcome.start == 86_400
    assert "[86400s]" in outcome.targets[0].expression


def test_annotations_have_a_mark_for_each_moment_and_one_for_each_stretch(prometheus: Prometheus) -> None:
    deployments, incidents = asked(prometheus, boards.lively()).annotations
    assert deployments.marks
    assert all(mark.words == "version 42" and mark.start == mark.end for mark in deployments.marks)
    assert incidents.marks
    assert all(mark.words == "queue stuck" for mark in incidents.marks)
    assert any(mark.end > mark.start for mark in incidents.marks)


def test_infinite_values_come_as_they_are(prometheus: Prometheus) -> None:
    document = boards.board(boards.panel(1, "stat", "Limit", "=shop_limit"))
    (line,) = asked(prometheus, document).panels[0].targets[0].lines
    assert math.isinf(line.points[0][1])


def test_scalars_are_answers_too(prometheus: Prometheus) -> None:
    evaluation = asked(prometheus, boards.board(boards.panel(1, "stat", "One", "=scalar(min(shop_up)) * 0 + 1")))
    assert evaluation.panels[0].targets[0].lines[0].points[0][1] == 1.0


def test_a_board_with_nothing_of_this_prometheus_is_foreign(prometheus: Prometheus) -> None:
    assert asked(prometheus, boards.board(boards.panel(1, "stat", "Up", "pg_up"))).foreign
    assert not asked(prometheus, boards.troubled()).foreign
    assert not asked(prometheus, boards.board()).foreign


def test_whoever_waits_is_told_which_panel_is_asked(prometheus: Prometheus) -> None:
    told: list[str] = []
    asked(prometheus, boards.lively(), noted=told.append)
    assert told[:2] == ["Orders of .+", "Orders"] or told[1] == "Orders"
