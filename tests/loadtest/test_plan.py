from typing import Any

import pytest

from loadtest.plan import Arrivals, Connections, FeederFile, Plan, PlanError, Segment, from_json, to_json

STEP = (Segment(seconds=1, per_second=1),)


def test_a_plan_travels_as_json() -> None:
    plan = Plan(
        target="https://user:secret@mall.example:8443/shop?q=1",
        segments=STEP,
        journeys=("journeys.py",),
        weights={"buy": 2.0},
        arrivals=Arrivals.POISSON,
        connections=Connections.FRESH,
        headers={"x-run": "7"},
        resolved={"mall.example": ("192.0.2.1",)},
        feeders={"accounts": FeederFile(path="accounts.csv")},
    )

    assert from_json(to_json(plan)) == plan
    assert plan.base == "https://mall.example:8443"
    assert plan.page == "/shop?q=1"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": "mall.example"}, "no address to load"),
        ({"target": "ftp://mall.example"}, "no address to load"),
        ({"segments": ()}, "has no length"),
        ({"segments": (Segment(seconds=0, per_second=1),)}, "more than 0 seconds"),
        ({"segments": (Segment(seconds=1, per_second=-1),)}, "more than 0 seconds"),
        ({"arrivals": Arrivals.REPLAY, "offsets": (2.0, 1.0)}, "ascending"),
        ({"max_concurrency": 0}, "at least one process"),
        ({"max_concurrency": 3, "processes": 4}, "cannot be shared by 4 processes"),
        ({"timeout_seconds": 0}, "above 0 seconds"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Plan(**{"target": "http://127.0.0.1:1/", "segments": STEP, **wrong})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"target": 7}', '{"target": "http://a/", "segments": [{"seconds": "x"}]}']
)
def test_a_damaged_plan_is_refused(text: str) -> None:
    with pytest.raises(PlanError):
        from_json(text)
