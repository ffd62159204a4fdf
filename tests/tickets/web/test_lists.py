"""Lists of tickets: filters, order, pages, and words."""

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from tests.tickets.web.conftest import Service
from tickets.names import Role

Acting = Callable[[Role], Client]
TICKETS = "/api/v1/tickets"


@pytest.fixture
def egon(acting: Acting, service: Service) -> Client:
    """With six tickets in the room; T-2 is egon's and being worked on, T-3 is resolved."""
    egon, rita = acting(Role.ENGINEER), acting(Role.REPORTER)
    for title, urgency, area in (
        ("The shop is slow", "normal", ""), ("支付通道 down", "important", "payments"), ("Payment retried", "urgent", "payments"),
        ("Stock is 100% wrong", "urgent", "stock"), ("Stock page", "normal", "stock"), ("Commission", "important", "orders"),
    ):  # fmt: skip
        rita.post(TICKETS, json={"title": title, "urgency": urgency, "area": area})
        service.clock.forward(minutes=1)
    egon.post(f"{TICKETS}/2/take")
    egon.post(f"{TICKETS}/3/take")
    egon.post(f"{TICKETS}/3/resolve", json={"solution": "x", "steps": "y", "cautions": "none"})
    return egon


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"state": "", "urgency": "", "q": "", "page": "", "per_page": ""}, [6, 5, 4, 3, 2, 1]),
        ({"state": "open"}, [6, 5, 4, 2, 1]),
        ({"state": ["in_progress", "resolved"]}, [3, 2]),
        ({"urgency": "urgent"}, [4, 3]),
        ({"urgency": ["urgent", "important"], "state": "waiting"}, [6, 4]),
        ({"area": "payments"}, [3, 2]),
        ({"owner": "me"}, [3, 2]),
        ({"owner": "egon", "state": "in_progress"}, [2]),
        ({"owner": "nobody"}, [6, 5, 4, 1]),
        ({"source": "alertmanager"}, []),
        ({"q": "payment"}, [3, 2]),
        ({"q": "stock PAGE"}, [5]),
        ({"q": "支付"}, [2]),
        ({"q": "100%"}, [4]),
        ({"q": "T-4"}, [4]),
        ({"q": "t-4", "state": "closed"}, []),
        ({"sort": "urgent"}, [4, 2, 6, 1, 5, 3]),
        ({"sort": "changed", "state": ["in_progress", "resolved"]}, [3, 2]),
    ],
    ids=str,
)
def test_filters_and_order(egon: Client, asked: dict[str, Any], numbers: list[int]) -> None:
    answer = egon.get(TICKETS, params=asked).json()
    assert ([each["id"] for each in answer["items"]], answer["total"]) == (numbers, len(numbers))


def test_pages_are_whole(egon: Client) -> None:
    pages = [egon.get(TICKETS, params={"page": page, "per_page": 4}).json() for page in (1, 2, 3)]
    assert [[each["id"] for each in page["items"]] for page in pages] == [[6, 5, 4, 3], [2, 1], []]
    assert {page["total"] for page in pages} == {6}
    for wrong in ({"page": 0}, {"per_page": 201}, {"page": "x"}, {"state": "broken"}, {"q": "x" * 201}):
        assert egon.get(TICKETS, params=wrong).status_code == 422


def test_a_line_of_a_list_says_what_the_ticket_says(egon: Client) -> None:
    line, whole = egon.get(TICKETS, params={"q": "T-2"}).json()["items"][0], egon.get(f"{TICKETS}/2").json()
    assert line["firing"] == 0
    same = set(line) - {"firing", "next_timer", "next_at"}
    assert {name: line[name] for name in same} == {name: whole[name] for name in same}


def test_figures_count_them(egon: Client, acting: Acting) -> None:
    figures = egon.get("/api/v1/figures").json()
    counted = {(each["state"], each["urgency"]): each["tickets"] for each in figures["counts"] if each["tickets"]}
    assert counted == {
        ("waiting", "normal"): 2, ("waiting", "important"): 1, ("waiting", "urgent"): 1, ("in_progress", "important"): 1,
        ("resolved", "urgent"): 1,
    }  # fmt: skip
    assert (figures["open"], figures["oldest_unclaimed_urgent"]) == (5, "2026-11-11T00:06:00Z")
    assert acting(Role.REPORTER).get("/api/v1/figures").json()["oldest_unclaimed_urgent"] is None
