"""The invariants that the practice mall declares hold while it is healthy, and each one is broken by what it is there to find."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg2
import pytest

from collectors.invariants import declared, measure
from facts.invariants import InvariantOutcome, judge
from facts.rounds import Figures, Loop, Recording
from mall import Mall, open_mall

DECLARED = declared(Path(__file__).parents[2] / "mall" / "invariants.toml")
SKU = 31
BUYERS = 3


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice") as opened:
        yield opened


class Rehearsal:
    """A round in small: read before, some shoppers buy, whatever the test plants, read after, judged."""

    def __init__(self, mall: Mall) -> None:
        self.mall = mall
        self.since = datetime.now(UTC)
        self.before = measure(mall.shop_dsn, DECLARED, since=self.since)
        self.paid = 0

    def buy(self, shopper: int, *, pay: bool = True) -> int:
        """One order as a browser places it; its number."""
        with httpx.Client(base_url=self.mall.shop_url, timeout=20) as client:
            client.get("/login", params={"account": f"shopper{shopper}@example.com"})
            client.get("/cart/add", params={"sku": str(SKU)})
            placed = client.get("/checkout", params={"channel": "alipay"}).headers["location"]
            if pay:
                assert client.get(placed).status_code == 200
                self.paid += 1
        return int(placed.removeprefix("/pay/").partition("?")[0])

    def plant(self, *statements: str) -> None:
        self.mall.run_sql(*statements)

    def outcomes(self) -> dict[str, InvariantOutcome]:
        pay = Figures(name="GET /pay/{}", scheduled=self.paid, sent=self.paid, dropped=0, failed=0)
        recording = Recording(
            loop=Loop.OPEN, started_at=self.since, seconds=1.0, ended="finished", seed=1, arrivals="constant", arrivals_per_second=1.0,
            offered_per_second=1.0, achieved_per_second=1.0, journeys_scheduled=1, journeys_started=1, journeys_dropped=0,
            overall=replace(pay, name=""), endpoints=(pay,), journeys=(), moments=(), generators=(),
        )  # fmt: skip
        found = judge(DECLARED, self.before, measure(self.mall.shop_dsn, DECLARED, since=self.since), recording)
        assert all(each.held is not None for each in found), found
        return {each.name: each for each in found}

    def broken(self) -> set[str]:
        return {name for name, each in self.outcomes().items() if not each.held}


@pytest.fixture
def rehearsal(mall: Mall) -> Rehearsal:
    begun = Rehearsal(mall)
    for shopper in range(1000, 1000 + BUYERS):
        begun.buy(shopper)
    return begun


def test_a_healthy_mall_keeps_them_all(rehearsal: Rehearsal) -> None:
    rehearsal.buy(1010, pay=False)
    assert rehearsal.broken() == set()


def test_an_order_for_what_is_not_there_is_oversold(rehearsal: Rehearsal) -> None:
    rehearsal.plant(f"UPDATE public.stock SET on_hand = 0 WHERE sku_id = {SKU}")
    try:
        sold_out = Rehearsal(rehearsal.mall)
        assert sold_out.broken() == set()
        # With this switch the shop takes the order though its UPDATE of the stock found nothing to take.
        rehearsal.mall.set_switch("oversell", on=True)
        sold_out.buy(1011)
        assert sold_out.broken() == {"no-oversold-stock"}
    finally:
        rehearsal.mall.set_switch("oversell", on=False)
        rehearsal.plant(f"UPDATE public.stock SET on_hand = 1000000 WHERE sku_id = {SKU}")


def test_the_shop_refuses_an_order_for_what_is_sold_out(rehearsal: Rehearsal) -> None:
    rehearsal.plant(f"UPDATE public.stock SET on_hand = 0 WHERE sku_id = {SKU}")
    try:
        sold_out = Rehearsal(rehearsal.mall)
        with httpx.Client(base_url=rehearsal.mall.shop_url, timeout=20) as client:
            client.get("/login", params={"account": "shopper1013@example.com"})
            client.get("/cart/add", params={"sku": str(SKU)})
            assert client.get("/checkout", params={"channel": "alipay"}).status_code == 409
        assert sold_out.broken() == set()
    finally:
        rehearsal.plant(f"UPDATE public.stock SET on_hand = 1000000 WHERE sku_id = {SKU}")


def test_of_two_checkouts_of_one_cart_at_once_one_becomes_an_order(rehearsal: Rehearsal) -> None:
    with httpx.Client(base_url=rehearsal.mall.shop_url, timeout=20) as client:
        client.get("/login", params={"account": "shopper1014@example.com"})
        client.get("/cart/add", params={"sku": str(SKU)})
        # The cart's row is held, so that both have read it before either can order it.
        with psycopg2.connect(rehearsal.mall.dsn) as holding, ThreadPoolExecutor(2) as pool:
            holding.cursor().execute(
                "SELECT id FROM public.carts WHERE cart_status = 'open' ORDER BY id DESC LIMIT 1 FOR UPDATE"
            )
            waiting = [pool.submit(client.get, "/checkout", params={"channel": "alipay"}) for _ in range(2)]
            deadline = time.monotonic() + 10
            while waiting_for_locks(rehearsal.mall) < 1 and time.monotonic() < deadline:
                time.sleep(0.05)
            holding.rollback()
            answers = sorted(each.result().status_code for each in waiting)
    assert answers == [303, 409]
    assert rehearsal.broken() == set()


def waiting_for_locks(mall: Mall) -> int:
    with psycopg2.connect(mall.dsn) as looking, looking.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def test_stock_below_zero_is_named_with_its_sku(rehearsal: Rehearsal) -> None:
    rehearsal.plant("UPDATE public.stock SET on_hand = on_hand - 1000001 WHERE sku_id = 39000")
    found = rehearsal.outcomes()
    rehearsal.plant("UPDATE public.stock SET on_hand = on_hand + 1000001 WHERE sku_id = 39000")
    assert {name for name, each in found.items() if not each.held} == {"no-stock-below-zero", "no-oversold-stock"}
    assert '"sku_id":39000' in found["no-stock-below-zero"].offenders[0]


def test_a_cart_that_was_ordered_twice_is_a_duplicate(rehearsal: Rehearsal) -> None:
    number = rehearsal.buy(1012)
    # What a second checkout of the same cart writes, when two of them race.
    rehearsal.plant(
        "WITH twin AS (INSERT INTO public.orders (user_id, merchant_id, order_status, total_cents, shipping_address) "
        f"SELECT user_id, merchant_id, 'unpaid', total_cents, shipping_address FROM public.orders WHERE id = {number} "
        "RETURNING id, total_cents), "
        "line AS (INSERT INTO public.order_lines (order_id, sku_id, quantity, line_cents) "
        f"SELECT twin.id, l.sku_id, l.quantity, l.line_cents FROM twin, public.order_lines l WHERE l.order_id = {number}), "
        f"taken AS (UPDATE public.stock SET on_hand = on_hand - 1 WHERE sku_id = {SKU}) "
        "INSERT INTO public.payments (order_id, pay_channel, pay_status, paid_cents) SELECT id, 'alipay', 'started', total_cents FROM twin"
    )
    assert rehearsal.broken() == {"no-duplicate-order"}


def test_a_payment_that_was_captured_twice_is_named(rehearsal: Rehearsal) -> None:
    number = rehearsal.buy(1013)
    rehearsal.plant(
        "INSERT INTO public.payments (order_id, pay_channel, pay_status, paid_cents, captured_at) "
        f"SELECT id, 'alipay', 'captured', total_cents, now() FROM public.orders WHERE id = {number}"
    )
    found = rehearsal.outcomes()
    assert {name for name, each in found.items() if not each.held} == {"no-order-paid-twice", "payments-reconcile"}
    assert f'"id":{number}' in found["no-order-paid-twice"].offenders[0]


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE public.payments SET paid_cents = paid_cents - 1 WHERE order_id = {number}",
        "UPDATE public.orders SET order_status = 'unpaid', paid_at = NULL WHERE id = {number}",
        "DELETE FROM public.payments WHERE order_id = {number}",
    ],
)
def test_a_payment_that_does_not_match_its_order_is_named(rehearsal: Rehearsal, planted: str) -> None:
    number = rehearsal.buy(1014)
    rehearsal.plant(planted.format(number=number))
    found = rehearsal.outcomes()
    assert found["payments-match-orders"].held is False
    assert f'"id":{number}' in found["payments-match-orders"].offenders[0]


def test_the_malls_own_fault_of_payments_that_are_not_marked_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.mall.turn("paid-not-marked", on=True)
    try:
        rehearsal.buy(1015)
    finally:
        rehearsal.mall.turn("paid-not-marked", on=False)
    assert rehearsal.broken() == {"payments-match-orders"}


def test_a_total_that_is_not_its_lines_is_found(rehearsal: Rehearsal) -> None:
    number = rehearsal.buy(1016)
    rehearsal.plant(f"UPDATE public.order_lines SET line_cents = line_cents + 1 WHERE order_id = {number}")
    assert rehearsal.broken() == {"orders-add-up"}


def test_a_payment_that_a_shopper_was_told_of_and_the_books_do_not_have_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.paid += 1
    assert rehearsal.broken() == {"payments-reconcile"}


def test_what_was_wrong_before_the_round_is_not_the_rounds_fault(rehearsal: Rehearsal) -> None:
    number = rehearsal.buy(1017)
    rehearsal.plant(f"DELETE FROM public.payments WHERE order_id = {number}")
    assert "payments-match-orders" in rehearsal.broken()
    assert Rehearsal(rehearsal.mall).broken() == set()
