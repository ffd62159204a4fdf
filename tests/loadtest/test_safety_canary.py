"""A marked order is placed in the real practice shop, and its database says where it went."""

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.invariants import numbers
from loadtest.safety import marking, ownership
from loadtest.safety.canary import Numbers, place_and_prove, refuse_numbers
from loadtest.safety.canary_declaration import Canary, CanaryDeclarationError, parse_canary
from loadtest.safety.clearance import Cleared, clear
from loadtest.safety.fetching import fetch
from loadtest.safety.targets import allowed
from mall import Mall, open_mall
from tests.loadtest.safety_parts import KEY, approved, policy, request, site

# A job that sends what lies in any outbox: marked orders are stored apart, and their buyers get a message all the same.
LEAK = (
    (
        "CREATE FUNCTION public.leak() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.outbox "
        "(order_id, message_kind, sent_at) VALUES (NEW.order_id, NEW.message_kind, now()); RETURN NULL; END'"
    ),
    "CREATE TRIGGER leak AFTER INSERT ON rehearsal.outbox FOR EACH ROW EXECUTE FUNCTION public.leak()",
)
DECLARATION = Path(__file__).parents[2] / "mall" / "canary.toml"


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice") as opened:
        yield opened


@pytest.fixture(scope="module")
def canary() -> Canary:
    return parse_canary(tomllib.loads(DECLARATION.read_text(encoding="utf-8")))


def counting(mall: Mall, canary: Canary) -> Callable[[], Numbers]:
    """What `tenfold` hands to the gate: the canary's statements, read by the shop's own role."""
    began = datetime.now(UTC)
    return lambda: numbers(mall.shop_dsn, {**canary.shadow, **canary.untouched}, since=began)


def test_a_mall_that_keeps_marked_orders_apart_clears_writes(mall: Mall, canary: Canary) -> None:
    count = counting(mall, canary)
    before = count()
    rules = policy(allowed("127.0.0.1"), key=mall.secret, canary=canary)
    wish = request(mall.shop_url, writes=True, run=marking.run_name("baseline", now=datetime.now(UTC), nonce="a1"))
    found = clear(wish, rules, now=datetime.now(UTC), count=count)
    assert isinstance(found, Cleared), found
    assert found.writes
    assert found.notes == ()
    after = count()
    assert {name: after[name] - before[name] for name in after} == {
        "rehearsal orders": 1, "rehearsal payments": 1, "rehearsal messages": 1,
        "orders": 0, "payments": 0, "carts": 0, "stock": 0, "messages": 0, "shipments": 0,
    }  # fmt: skip


def test_the_mall_takes_our_mark_and_serves_our_token(mall: Mall) -> None:
    shop = approved(mall.shop_url)
    assert ownership.refuse_ownership(mall.secret, fetch(shop, ownership.PATH), "shop") is None
    assert ownership.refuse_ownership(KEY, fetch(shop, ownership.PATH), "shop") is not None


def test_a_message_to_the_buyer_of_a_marked_order_refuses_the_round(mall: Mall, canary: Canary) -> None:
    mall.run_sql(*LEAK)
    try:
        rules = policy(allowed("127.0.0.1"), key=mall.secret, canary=canary)
        found = clear(request(mall.shop_url, writes=True), rules, now=datetime.now(UTC), count=counting(mall, canary))
    finally:
        mall.run_sql("DROP FUNCTION public.leak CASCADE")
    assert isinstance(found, tuple)
    assert [each.rule for each in found] == ["canary"]
    assert "traces in the real mall: messages" in str(found[0].happened)


def test_unmarked_shadow_storage_refuses_the_round(mall: Mall, canary: Canary) -> None:
    # The mall verifies with its own key, so that a mark of another key is no mark: the order is a real one.
    headers = marking.headers("run-1", KEY, version="0.1.0")
    refused = place_and_prove(canary, approved(mall.shop_url), headers, counting(mall, canary))
    assert refused is not None
    assert refused.rule == "canary"
    for name in ("orders", "payments", "carts", "stock"):
        assert f"{name} " in str(refused.happened).partition("traces in the real mall: ")[2]


def test_statements_that_cannot_be_read_prove_nothing_and_no_order_is_placed(mall: Mall, canary: Canary) -> None:
    before = counting(mall, canary)()
    broken = Canary(
        steps=canary.steps,
        shadow={**canary.shadow, "secret": "SELECT 1 FROM public.nowhere"},
        untouched=canary.untouched,
    )
    headers = marking.headers("run-1", mall.secret, version="0.1.0")
    refused = place_and_prove(broken, approved(mall.shop_url), headers, counting(mall, broken))
    assert refused is not None
    assert "secret" in str(refused.happened)
    assert counting(mall, canary)() == before


def test_an_order_that_the_shop_refuses_is_told_with_its_request(mall: Mall, canary: Canary) -> None:
    emptyhanded = Canary(steps=(canary.steps[0], canary.steps[2]), shadow=canary.shadow, untouched=canary.untouched)
    headers = marking.headers("run-1", mall.secret, version="0.1.0")
    refused = place_and_prove(emptyhanded, approved(mall.shop_url), headers, counting(mall, canary))
    assert refused is not None
    assert "GET /checkout?channel=alipay: HTTP 409" in str(refused.happened)


def declaration(*requests: str) -> Canary:
    return parse_canary(
        {"step": [{"request": each} for each in requests], "shadow": {"a": "SELECT 1"}, "untouched": {"b": "SELECT 2"}}
    )


def test_the_canary_never_follows_the_shop_to_a_foreign_host() -> None:
    with site() as foreign, site() as shop:
        shop.pages["/checkout"] = (302, {"Location": foreign.url()}, "")
        still = {"a": 1.0, "b": 1.0}
        refused = place_and_prove(declaration("GET /checkout", "GET /pay"), approved(shop.url()), {}, lambda: still)
        assert refused is not None
        assert refused.rule == "foreign-redirect"
        assert foreign.asked == []
    assert shop.asked == ["/checkout"]


def test_every_request_of_the_canary_is_marked_and_carries_what_was_captured() -> None:
    told = iter(({"a": 1.0, "b": 1.0}, {"a": 2.0, "b": 1.0}))
    with site() as shop:
        shop.pages |= {"/login": (200, {"Set-Cookie": "sid=1"}, '{"cart": "c/1"}'), "/carts/c%2F1": (200, {}, "")}
        steps = [
            {"request": "POST /login", "body": '{"user": "x"}', "capture": '"cart": "(?P<cart>[^"]+)"'},
            {"request": "GET /carts/{cart}"},
        ]
        flow = parse_canary({"step": steps, "shadow": {"a": "SELECT 1"}, "untouched": {"b": "SELECT 2"}})
        assert place_and_prove(flow, approved(shop.url()), {"x-tenfold-run": "run-1.s"}, lambda: next(told)) is None
    assert shop.asked == ["/login", "/carts/c%2F1"]
    assert shop.marks == ["run-1.s", "run-1.s"]


def test_an_order_that_stops_half_way_and_left_traces_is_told_by_its_traces() -> None:
    told = iter(({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}))
    with site() as shop:
        refused = place_and_prove(declaration("GET /broken"), approved(shop.url()), {}, lambda: next(told))
    assert refused is not None
    assert "b 1 → 2" in str(refused.happened)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ({"a": 1.0, "b": 1.0}, "did not arrive"),
        ({"a": 2.0, "b": 0.0}, "traces"),
        ({"a": 2.0}, "could not be read"),
        ({"a": 0.0, "b": 1.0}, "did not"),
    ],
)
def test_numbers_that_prove_nothing(after: dict[str, float], said: str) -> None:
    refused = refuse_numbers(declaration("GET /x"), {"a": 1.0, "b": 1.0}, after)
    assert refused is not None
    assert said in str(refused.happened)


PROOF = {"shadow": {"a": "SELECT 1"}, "untouched": {"b": "SELECT 2"}}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "no [[step]]"),
        ({"step": [{"request": "GET /x"}], "shadow": {"a": "SELECT 1"}}, "no [untouched]"),
        ({"step": [{"request": "GET /x"}], **PROOF, "shadow": {"a": 1}}, "no statement"),
        ({"step": [{}], **PROOF}, "has no request"),
        ({"step": [{"request": "DELETE /x"}], **PROOF}, "is no request"),
        ({"step": [{"request": "GET //evil.example/x"}], **PROOF}, "is no request"),
        ({"step": [{"request": "GET https://evil.example/x"}], **PROOF}, "is no request"),
        ({"step": [{"request": "GET /x", "capture": "("}], **PROOF}, "no pattern"),
        ({"step": [{"request": "GET /x", "captures": "x"}], **PROOF}, "unknown key 'captures'"),
        ({"step": [{"request": "GET /x", "body": 1}], **PROOF}, "body that is no text"),
        ({"steps": [], **PROOF}, "unknown key 'steps'"),
    ],
)
def test_a_declaration_that_cannot_be_used_says_why(document: dict[str, object], said: str) -> None:
    with pytest.raises(CanaryDeclarationError) as refused:
        parse_canary(document)
    assert said in str(refused.value)
