"""What gave first on the practice mall itself: a fault is planted, shoppers come, and what was watched names it.

Half a minute a fault; `python -m benchmarks.causes` drives all of them, ten seeds each.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.causes import CASES, causes_of
from benchmarks.rehearsal import pin
from mall import Mall, open_mall


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "rehearsed") as opened:
        opened.shop(3.0, rate=10.0)
        pin(opened)
        yield opened


@pytest.mark.parametrize("name", ["row lock", "slow payment channel"])
def test_the_planted_fault_is_named_first(mall: Mall, name: str) -> None:
    case = next(each for each in CASES if each.name == name)
    causes = causes_of(mall, case, seed=3)
    assert causes[0].resource == case.cause, causes


def test_the_shops_metrics_page_tells_of_its_pools_and_channels(mall: Mall) -> None:
    text = httpx.get(f"{mall.shop_url}metrics").text
    assert 'db_client_connection_max{db_client_connection_pool_name="shop"} 32' in text
    assert 'http_client_request_duration_seconds_count{server_address="wechat.example"}' in text
    assert "http_server_max_workers 40" in text


def test_no_shopper_can_write_into_the_metrics_page(mall: Mall) -> None:
    httpx.get(f"{mall.shop_url}pay/1", params={"channel": 'x"} 1\nplanted 1'})
    text = httpx.get(f"{mall.shop_url}metrics").text
    assert "planted" not in text
    assert 'server_address="other.example"' in text


def test_a_slow_network_is_no_time_of_the_shops_own(mall: Mall) -> None:
    mall.turn("slow-network", on=True)
    try:
        waited = httpx.get(f"{mall.shop_url}best").elapsed.total_seconds()
    finally:
        mall.turn("slow-network", on=False)
    logged = float(mall.access_log.read_text(encoding="utf-8").splitlines()[-1].split()[-2])
    assert waited - logged >= 0.08
