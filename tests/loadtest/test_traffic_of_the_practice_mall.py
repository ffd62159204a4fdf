"""The practice mall's own shoppers drive it, its access log is read, and the model knows what they did."""

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from collectors import access_sessions
from facts.traffic import Session, Traffic, TrafficModel
from loadtest.traffic import fidelity
from loadtest.traffic.model import model_of
from loadtest.traffic.walking import generated
from mall import open_mall
from mall.shoppers.journeys import MIX, Answer, Journey, manage

SECONDS = 11.0
PER_SECOND = 16.0
THINK_SECONDS = (0.2, 1.2)
FAMILIES = (
    (r"/c/\d+", "/c/{id}"), (r"/p/\d+", "/p/{id}"), (r"/orders/\d+", "/orders/{id}"), (r"/search.*", "/search?q"),
    (r"/best.*", "/best?page&sold"), (r"/login.*", "/login?account"), (r"/cart/add.*", "/cart/add?sku"),
    (r"/checkout.*", "/checkout?channel"), (r"/pay/.*", "/pay/{id}?channel"),
)  # fmt: skip


@dataclass
class Truth:
    """What the shoppers did, as they know it themselves."""

    visits: list[list[str]] = field(default_factory=list)
    pauses: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    journeys: Counter[str] = field(default_factory=Counter)

    @property
    def mix(self) -> dict[str, float]:
        counts = Counter(endpoint for visits in self.visits for endpoint in visits)
        return {endpoint: count / counts.total() for endpoint, count in counts.items()}


def endpoint_of(path: str) -> str:
    for pattern, family in FAMILIES:
        if re.fullmatch(pattern, path):
            return f"GET {family}"
    return f"GET {path}"


async def shopper(url: str, journey: Journey, dice: random.Random, truth: Truth) -> None:
    """One of the mall's shoppers, with a browser of its own."""
    visits: list[str] = []
    ended: float | None = None
    agent = f"Mozilla/5.0 (X11; {dice.randrange(10**9)})"
    async with httpx.AsyncClient(base_url=url, timeout=30, headers={"User-Agent": agent}, trust_env=False) as client:

        async def get(path: str, _page: str) -> Answer:
            nonlocal ended
            if ended is not None and journey is not manage:
                truth.pauses[endpoint_of(path)].append(time.perf_counter() - ended)
            answer = await client.get(path)
            ended = time.perf_counter()
            visits.append(endpoint_of(path))
            return Answer(answer.status_code, answer.headers.get("location", ""), "", answer.text)

        async for _ in journey(get, dice):
            await asyncio.sleep(dice.uniform(*THINK_SECONDS))
    truth.journeys[journey.__name__] += 1
    if journey is not manage:
        truth.visits.append(visits)


async def everyday(url: str, truth: Truth) -> None:
    """Shoppers arrive at random, in the mall's known mix."""
    dice = random.Random(5)
    journeys, shares = zip(*MIX, strict=True)
    async with asyncio.TaskGroup() as group:
        ends = time.perf_counter() + SECONDS
        while time.perf_counter() < ends:
            chosen = dice.choices(journeys, shares)[0]
            group.create_task(shopper(url, chosen, random.Random(dice.random()), truth))
            await asyncio.sleep(dice.expovariate(PER_SECOND))


@pytest.fixture(scope="module")
def day(server_folder: Path) -> Iterator[tuple[Truth, Traffic]]:
    truth = Truth()
    with open_mall(server_folder / "traffic") as mall:
        asyncio.run(everyday(mall.shop_url, truth))
        yield truth, access_sessions.read([mall.access_log], log_format=None)


@pytest.fixture(scope="module")
def model(day: tuple[Truth, Traffic]) -> TrafficModel:
    return model_of(day[1])


def test_every_session_is_found_with_its_pages_in_their_order(day: tuple[Truth, Traffic]) -> None:
    truth, traffic = day
    found = Counter(tuple(visit.endpoint for visit in session.visits) for session in traffic.sessions)
    assert found == Counter(map(tuple, truth.visits))
    assert set(traffic.left_out) <= {access_sessions.STAFF}


def test_the_mix_is_what_the_shoppers_did_and_what_their_weights_say(
    day: tuple[Truth, Traffic], model: TrafficModel
) -> None:
    truth, _ = day
    assert model.mix == pytest.approx(truth.mix)
    weights = {journey.__name__: share for journey, share in MIX if journey is not manage}
    entries = {move.target: move.share for move in model.moves if move.source == ""}
    assert entries["GET /"] == pytest.approx(weights["browse"] / 0.98, abs=0.13)
    assert entries["GET /login?account"] == pytest.approx((weights["look_back"] + weights["buy"]) / 0.98, abs=0.13)


def test_the_login_is_found_as_the_gate_to_the_cart(model: TrafficModel) -> None:
    assert "GET /login?account" in model.gates
    cart = [move for move in model.moves if move.target == "GET /cart/add?sku"]
    assert cart
    assert all("GET /login?account" in move.after for move in cart)


def test_think_times_are_those_of_the_shoppers(day: tuple[Truth, Traffic], model: TrafficModel) -> None:
    truth, _ = day
    for endpoint in ("GET /p/{id}", "GET /orders"):
        real = sorted(truth.pauses[endpoint])
        weighed = [move for move in model.moves if move.target == endpoint and move.think_seconds]
        assert weighed
        for move in weighed:
            assert move.think_seconds[10] == pytest.approx(real[len(real) // 2], abs=0.3)
            assert move.think_seconds[20] < 3


def test_arrivals_are_those_of_the_shoppers(day: tuple[Truth, Traffic], model: TrafficModel) -> None:
    truth, traffic = day
    assert sum(minute.sessions for minute in traffic.minutes) == len(truth.visits)
    assert model.peak_sessions_per_second * (traffic.ended - traffic.began) == pytest.approx(len(truth.visits))


def test_walks_through_the_model_are_close_to_the_log_and_a_wrong_mix_is_not(
    day: tuple[Truth, Traffic], model: TrafficModel
) -> None:
    real = day[1].sessions
    close = fidelity.of_sessions(real, generated(model, 3000, seed=1))
    buyers = tuple(session for session in real if any("/checkout" in visit.endpoint for visit in session.visits))
    wrong = fidelity.of_sessions(real, [*real, *buyers * 4])
    hammering = fidelity.of_sessions(real, generated(model_of_home_pages(day[1]), 1000, seed=1))
    assert close.score >= 0.93
    assert wrong.score <= close.score - 0.1
    assert hammering.score < 0.3


def model_of_home_pages(traffic: Traffic) -> TrafficModel:
    """What a load test does that asks for one page."""
    home = tuple(
        Session(visits=session.visits[:1]) for session in traffic.sessions if session.visits[0].endpoint == "GET /"
    )
    return model_of(
        Traffic(sessions=home, began=0, ended=1, requests=len(home), told_apart_by="", minutes=traffic.minutes)
    )
