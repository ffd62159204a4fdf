"""Every alert fires when it should and is quiet when it should be, as Prometheus' own promtool sees it."""

from itertools import groupby
from pathlib import Path

import pytest

from tests.conftest import _require
from tests.dashboards.rules.case import Case
from tests.dashboards.rules.cases import CASES
from tests.dashboards.rules.promtool import PROMTOOL, REMEDY, Rule, complaints, rules

_EVERYTHING = rules()
_ALERTS = {(rule["alert"], rule["labels"]["severity"]): rule for rule in _EVERYTHING if "alert" in rule}
_BY_ALERT = {
    alert: tuple(cases)
    for alert, cases in groupby(sorted(CASES, key=lambda case: case.alert), key=lambda case: case.alert)
}


@pytest.mark.debian_servers
@pytest.mark.parametrize("alert", sorted(_BY_ALERT), ids="-".join)
def test_an_alert_fires_when_it_should_and_only_then(alert: tuple[str, str], tmp_path: Path) -> None:
    _require(PROMTOOL, REMEDY)
    assert complaints(_ALERTS[alert], _BY_ALERT[alert], _EVERYTHING, tmp_path) == ""


@pytest.mark.debian_servers
@pytest.mark.parametrize("alert", sorted(_BY_ALERT), ids="-".join)
def test_two_exporters_that_see_the_same_are_one(alert: tuple[str, str], tmp_path: Path) -> None:
    """No series that matches two others, which Prometheus would refuse to evaluate, and no second alert."""
    _require(PROMTOOL, REMEDY)
    firing = next(case for case in _BY_ALERT[alert] if case.fires)
    assert complaints(_ALERTS[alert], [firing.twice()], _EVERYTHING, tmp_path) == ""


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    assert {case.alert for case in CASES if case.fires} == set(_ALERTS)
    # What always fires is never quiet.
    assert {case.alert for case in CASES if not case.fires} == set(_ALERTS) - {("Watchdog", "normal")}


@pytest.mark.debian_servers
def test_a_wrong_case_is_noticed(tmp_path: Path) -> None:
    _require(PROMTOOL, REMEDY)
    down = next(case for case in CASES if case.alert == ("RedisDown", "urgent") and case.fires)
    wrong = Case(alert=down.alert, why="it does fire", series=down.series, at=down.at)
    renamed = Case(
        alert=down.alert,
        why="the metric has another name",
        series={name.replace("redis_up", "redis_alive"): values for name, values in down.series.items()},
        at=down.at,
        fires=down.fires,
    )
    rule: Rule = _ALERTS[down.alert]
    assert "it does fire" in complaints(rule, [wrong], _EVERYTHING, tmp_path)
    assert "another name" in complaints(rule, [renamed], _EVERYTHING, tmp_path)
