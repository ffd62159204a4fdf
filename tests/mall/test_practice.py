"""The practice mall behaves as a shop does, and its faults can be switched on and off one by one."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mall import FAULTS, Fault, Mall, attach, open_mall
from mall.names import identifiers, scrambled


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice") as opened:
        yield opened


@pytest.fixture
def shop(mall: Mall) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=mall.shop_url, timeout=20) as client:
        yield client


def logged_in(shop: httpx.Client) -> httpx.Client:
    shop.get("/login", params={"account": "shopper7@example.com"})
    return shop


def fingerprint(mall: Mall, table: str) -> object:
    """Changes with every row that is written."""
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(mall.names.sql(f"SELECT count(*), max(xmin::text::bigint) FROM {table}"))
        return cursor.fetchone()


def count(mall: Mall, table: str) -> int:
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(mall.names.sql(f"SELECT count(*) FROM {table}"))
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    "page", ["/", "/c/3", "/best", "/search?q=耳机", "/search?q=headset", "/p/11", "/admin/orders", "/admin/report"]
)
def test_every_page_answers_in_chinese_and_english(shop: httpx.Client, page: str) -> None:
    answer = shop.get(page)
    assert answer.status_code == 200
    assert "Tenfold Mall" in answer.text


def test_a_shopper_logs_in_fills_the_cart_checks_out_and_pays(mall: Mall, shop: httpx.Client) -> None:
    before = count(mall, "orders")
    logged_in(shop)
    assert shop.get("/cart/add", params={"sku": "21"}).status_code == 303
    assert "×" in shop.get("/cart").text
    placed = shop.get("/checkout", params={"channel": "alipay"})
    paid = shop.get(placed.headers["location"])
    assert paid.status_code == 200
    assert count(mall, "orders") == before + 1
    number = re.search(r"/pay/(\d+)", placed.headers["location"])
    assert number is not None
    assert shop.get(f"/orders/{number.group(1)}").status_code == 200


def test_a_wrong_account_is_refused_and_an_empty_cart_is_not_ordered(shop: httpx.Client) -> None:
    assert shop.get("/login", params={"account": "nobody@example.com"}).status_code == 401
    logged_in(shop)
    assert shop.get("/checkout").status_code == 409


def test_the_access_log_is_nginx_combined_with_request_time_and_session(mall: Mall, shop: httpx.Client) -> None:
    logged_in(shop).get("/orders")
    line = mall.access_log.read_text(encoding="utf-8").splitlines()[-1]
    moment = r"\d{2}/\w{3}/\d{4}:\d{2}:\d{2}:\d{2} \+0000"
    request = r'"GET /orders HTTP/1\.1" 200 \d+ "-" ".+" \d+\.\d{3} "\w{12}"'
    assert re.fullmatch(rf"127\.0\.0\.1 - - \[{moment}\] {request}", line)


def test_statements_carry_route_and_controller_unless_comments_are_switched_off(mall: Mall, shop: httpx.Client) -> None:
    # The text that the server keeps is the one that it saw first, so the counters start anew each time.
    for on in (True, False):
        mall.set_switch("sql_comments", on=on)
        mall.reset_statistics()
        shop.get("/best")
        with mall.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT query FROM pg_stat_statements WHERE query LIKE '%sold_count <= %'")
            texts = [row[0] for row in cursor.fetchall()]
        assert len(texts) == 1
        assert ("route='%2Fbest'" in texts[0]) is on
    mall.set_switch("sql_comments", on=True)


WRITTEN_BY_AN_ORDER = (
    "carts", "cart_items", "stock", "orders", "order_lines", "payments", "commissions", "shipments", "outbox",
)  # fmt: skip


def test_a_signed_rehearsal_writes_to_shadow_storage_alone(mall: Mall, shop: httpx.Client) -> None:
    signature = hmac.new(mall.secret.encode(), b"run-1", hashlib.sha256).hexdigest()
    marked = {"x-tenfold-run": f"run-1.{signature}"}
    real = {table: fingerprint(mall, f"public.{table}") for table in WRITTEN_BY_AN_ORDER}
    rehearsed = {table: fingerprint(mall, f"rehearsal.{table}") for table in WRITTEN_BY_AN_ORDER}
    logged_in(shop)
    shop.get("/cart/add", params={"sku": "33"}, headers=marked)
    placed = shop.get("/checkout", headers=marked)
    assert shop.get(placed.headers["location"], headers=marked).status_code == 200
    assert {table: fingerprint(mall, f"public.{table}") for table in WRITTEN_BY_AN_ORDER} == real
    unchanged = [table for table in WRITTEN_BY_AN_ORDER if fingerprint(mall, f"rehearsal.{table}") == rehearsed[table]]
    assert unchanged == []


def test_a_forged_rehearsal_is_an_ordinary_order(mall: Mall, shop: httpx.Client) -> None:
    real = count(mall, "public.orders")
    logged_in(shop)
    shop.get("/cart/add", params={"sku": "35"})
    shop.get("/checkout", headers={"x-tenfold-run": "run-1.0000"})
    assert count(mall, "public.orders") == real + 1


def test_it_serves_an_ownership_token_and_declares_its_peak(mall: Mall, shop: httpx.Client) -> None:
    token = shop.get("/.well-known/tenfold-rehearsal").text
    assert token == hmac.new(mall.secret.encode(), b"ownership", hashlib.sha256).hexdigest()
    assert shop.get("/.well-known/mall.json").json()["everyday_peak_journeys_per_second"] == mall.everyday_peak


def test_nobody_switches_faults_without_the_secret(mall: Mall) -> None:
    answer = httpx.post(f"{mall.shop_url}__control", content=json.dumps({}), headers={"X-Control-Secret": "guess"})
    assert answer.status_code == 403


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_each_fault_can_be_switched_on_and_off_twice_and_the_shop_still_answers(
    mall: Mall, shop: httpx.Client, fault: Fault
) -> None:
    name = fault.name
    mall.turn(name, on=True)
    mall.turn(name, on=True)
    assert name in mall.faults_on()
    assert attach(mall.directory).faults_on() == mall.faults_on()
    assert shop.get("/p/5").status_code == 200
    mall.turn(name, on=False)
    mall.turn(name, on=False)
    assert not mall.faults_on()


def test_an_unknown_fault_is_refused(mall: Mall) -> None:
    with pytest.raises(KeyError):
        mall.turn("no-such-fault", on=True)


def test_data_is_skewed_as_real_malls_are(mall: Mall) -> None:
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n) FILTER (WHERE place <= total / 100)::float8 / sum(n) FROM "
            "(SELECT count(*) AS n, row_number() OVER (ORDER BY count(*) DESC) AS place, count(*) OVER () AS total "
            "FROM order_lines GROUP BY sku_id) k"
        )
        row = cursor.fetchone()
    assert row is not None
    assert row[0] > 0.1  # one product in a hundred has more than a tenth of the sales


def test_a_scrambled_mall_renames_every_table_and_column_the_same_way_each_time() -> None:
    names = scrambled(7)
    assert names.mapping.keys() == identifiers()
    assert len(set(names.mapping.values())) == len(names.mapping)
    assert names.sql("SELECT id FROM orders WHERE order_status = 'orders'") == scrambled(7).sql(
        "SELECT id FROM orders WHERE order_status = 'orders'"
    )
    assert "'orders'" in names.sql("SELECT id FROM orders WHERE order_status = 'orders'")
    assert " orders " not in names.sql("SELECT id FROM orders WHERE order_status = 'orders'")


def test_shoppers_arrive_and_leave_without_an_error(mall: Mall) -> None:
    driven = mall.shop(5.0, rate=4.0, seed=3)
    assert driven.journeys > 5
    assert driven.requests > driven.journeys
    assert driven.failed == 0
    assert driven.percentile(0.5) > 0
