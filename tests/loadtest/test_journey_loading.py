"""Walks are made of the steps of all modules that a plan names; what does not fit is refused in a sentence."""

from pathlib import Path

import pytest

from loadtest.journey_loading import journeys_of, reading
from loadtest.plan import Plan, PlanError, Segment
from loadtest.traffic.model import model_of
from tests.loadtest.traffic_parts import session, traffic

MODEL = model_of(traffic([session("GET /", "GET /p/{id}", at=number) for number in range(10)]))
STEPS = """
from loadtest.journey import Shopper
from loadtest.traffic.steps import Steps

steps = Steps()

@steps.on("GET /p/{id}", subjects=["1"], writes=WRITES)
def product(shopper: Shopper, subject: str) -> None:
    shopper.get(f"/p/{subject}")
"""


def plan(*journeys: Path | str) -> Plan:
    return Plan(
        target="http://127.0.0.1/",
        segments=(Segment(seconds=1, per_second=1),),
        journeys=tuple(map(str, journeys)),
        traffic=MODEL,
        allow_writes=True,
    )


def steps(folder: Path, name: str = "steps.py", *, writes: bool = False) -> Path:
    (folder / name).write_text(STEPS.replace("WRITES", str(writes)))
    return folder / name


def test_the_steps_of_a_module_make_the_one_journey(tmp_path: Path) -> None:
    assert [(each.name, each.writes) for each in journeys_of(plan(steps(tmp_path)))] == [("shoppers", False)]


def test_without_the_right_to_write_the_journey_stays_and_passes_writing_steps_over(tmp_path: Path) -> None:
    asked = plan(steps(tmp_path, writes=True))
    assert [each.writes for each in journeys_of(asked)] == [True]
    assert [each.writes for each in journeys_of(reading(asked))] == [False]


def test_steps_that_a_second_module_imports_are_the_same_steps(tmp_path: Path) -> None:
    (tmp_path / "again.py").write_text("from loadtest.journeys.practice_mall_steps import steps as others\n")
    theirs = plan("loadtest.journeys.practice_mall_steps", tmp_path / "again.py")
    assert [each.name for each in journeys_of(theirs)] == ["shoppers"]


def test_two_steps_for_one_page_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"two steps for GET /p/\{id\}"):
        journeys_of(plan(steps(tmp_path), steps(tmp_path, "more.py")))


def test_traffic_without_steps_names_the_pages_that_nobody_can_ask_for() -> None:
    with pytest.raises(PlanError, match=r"GET /p/\{id\}"):
        journeys_of(plan())
