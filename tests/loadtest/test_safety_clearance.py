"""No round begins before everything is in order; each thing that is not is told with what to do. Real sites on loopback, scripted DNS."""

import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from loadtest.plan import Plan, Segment
from loadtest.safety import fetching, ownership
from loadtest.safety.clearance import Cleared, Policy, Request, clear
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import allowed
from loadtest.safety.windows import parse_window
from mall.servers.processes import free_port
from tests.loadtest.safety_parts import KEY, Dns, no_dns, policy, request, shop_allowed, site

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
NIGHT = parse_window("02:00-06:00")


def refusals(wish: Request, allowance: Policy, *, dns: Dns | None = None) -> dict[str, Refusal]:
    """What stands against it, by rule; fails when nothing does or something lacks its remedy."""
    found = clear(wish, allowance, now=NOW, resolve=dns or no_dns)
    assert isinstance(found, tuple), found
    assert found
    assert all(str(each.happened) and str(each.remedy) for each in found)
    assert KEY not in repr((found, wish, allowance))
    return {each.rule: each for each in found}


def permission(wish: Request, allowance: Policy, *, dns: Dns | None = None) -> Cleared:
    found = clear(wish, allowance, now=NOW, resolve=dns or no_dns)
    assert isinstance(found, Cleared), found
    return found


def test_loopback_named_on_the_command_line_needs_nothing_else() -> None:
    with site(token=None) as shop:
        found = permission(request(shop.url(), named_on_command_line=True, per_second=5000.0), Policy())
    assert found.resolved == {"127.0.0.1": ("127.0.0.1",)}
    assert (found.url, found.writes, found.closes_at, found.notes) == (shop.url(), False, None, ())
    assert found.headers["x-tenfold-run"] == "run-1"
    assert shop.asked == ["/"]


def test_a_configured_mall_is_cleared_when_everything_is_in_order() -> None:
    dns = Dns(["127.0.0.1"])
    with site() as shop:
        rules = policy(shop_allowed(), windows=(NIGHT,), timezone=ZoneInfo("UTC"))
        found = permission(request(shop.url("Shop.Example")), rules, dns=dns)
    assert found.url == f"http://shop.example:{shop.port}/"
    assert found.resolved == {"shop.example": ("127.0.0.1",)}
    assert found.closes_at == datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    assert found.ceiling == 100.0
    assert found.headers["x-tenfold-run"].startswith("run-1.")
    assert shop.asked == ["/", ownership.PATH]
    assert dns.asked == ["shop.example", "shop.example"]
    assert KEY not in repr(found)


def test_what_was_cleared_is_what_the_generators_plan_takes() -> None:
    with site() as shop:
        found = permission(request(shop.url("Shop.Example.")), policy(shop_allowed()), dns=Dns(["127.0.0.1"]))
    plan = Plan(
        target=found.url,
        segments=(Segment(seconds=1, per_second=1),),
        headers=found.headers,
        resolved=found.resolved,
        allow_writes=found.writes,
    )
    assert urlsplit(plan.target).hostname in plan.resolved
    assert not plan.allow_writes


def test_the_same_loopback_from_the_configuration_needs_its_allowance_and_its_token() -> None:
    with site(token=None) as shop:
        assert set(refusals(request(shop.url()), policy())) == {"host-not-allowed"}
        assert shop.asked == []
        assert set(refusals(request(shop.url()), policy(allowed("127.0.0.1")))) == {"ownership"}


def test_everything_that_can_be_known_without_a_packet_is_told_at_once() -> None:
    rules = policy(key=None, ceiling=10.0, windows=(parse_window("10:00-11:00"),))
    assert set(refusals(request("https://shop.example/"), rules)) == {"host-not-allowed", "ceiling", "window", "key"}


def test_the_ceiling_is_exceeded() -> None:
    with site() as shop:
        found = refusals(request(shop.url("shop.example"), per_second=101.0), policy(shop_allowed()))
        assert set(found) == {"ceiling"}
        assert "101/s" in str(found["ceiling"].happened)
        assert set(refusals(request(shop.url("shop.example")), policy(shop_allowed(), ceiling=None))) == {"ceiling"}
        assert shop.asked == []


def test_it_is_outside_of_the_time_window() -> None:
    with site() as shop:
        rules = policy(shop_allowed(), windows=(NIGHT,), timezone=ZoneInfo("Asia/Shanghai"))
        found = refusals(request(shop.url("shop.example")), rules)
        assert "Sun 11:00 Asia/Shanghai" in str(found["window"].happened)
        assert shop.asked == []


def test_a_target_that_is_down_at_the_start() -> None:
    gone = request(f"http://127.0.0.1:{free_port()}/", named_on_command_line=True)
    assert "nothing listens there" in str(refusals(gone, Policy())["target-down"].happened)


def test_a_target_that_is_broken_at_the_start() -> None:
    with site(front=(503, {}, "sorry")) as shop:
        found = refusals(request(shop.url(), named_on_command_line=True), Policy())
    assert "HTTP 503" in str(found["target-broken"].happened)


def test_a_target_that_accepts_and_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        found = refusals(request(url, named_on_command_line=True), Policy())
    assert "no answer came in time" in str(found["target-down"].happened)


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
)
def test_a_target_that_answers_byte_by_byte_without_end(beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.3)

    def drip() -> None:
        client, _ = listener.accept()
        with client, suppress(OSError):
            client.sendall(beginning)
            while True:
                client.sendall(b"X")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        found = refusals(request(url, named_on_command_line=True), Policy())
        thread.join()
    assert "no answer came in time" in str(found["target-down"].happened)


def test_a_target_that_speaks_no_tls_where_https_was_written() -> None:
    with site() as shop:
        found = refusals(request(f"https://127.0.0.1:{shop.port}/", named_on_command_line=True), Policy())
    assert "TLS failed" in str(found["target-down"].happened)


def test_an_api_that_knows_no_front_page_is_up() -> None:
    with site(front=(404, {}, "no such route")) as shop:
        permission(request(shop.url(), named_on_command_line=True), Policy())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_foreign_host_is_refused_and_nobody_goes_there(status: int) -> None:
    with site() as foreign, site(front=(status, {"Location": foreign.url("foreign.localhost") + "shop"}, "")) as shop:
        found = refusals(request(shop.url(), named_on_command_line=True), Policy())
        assert "foreign.localhost" in str(found["foreign-redirect"].happened)
        assert foreign.asked == []


def test_a_redirect_of_the_token_to_another_site_proves_nothing() -> None:
    with site() as foreign, site() as shop:
        shop.pages[ownership.PATH] = (302, {"Location": foreign.url() + ownership.PATH.lstrip("/")}, "")
        assert set(refusals(request(shop.url()), policy(allowed("127.0.0.1")))) == {"ownership"}
        assert foreign.asked == []


def test_a_redirect_within_the_target_is_no_matter() -> None:
    with site(front=(302, {"Location": "/zh/"}, "")) as shop:
        permission(request(shop.url(), named_on_command_line=True), Policy())


def test_a_front_that_sends_everybody_to_another_approved_address_is_not_what_to_measure() -> None:
    with site() as other, site(front=(301, {"Location": other.url()}, "")) as shop:
        wish = request(shop.url(), also=(other.url(),), named_on_command_line=True)
        assert other.url().rstrip("/") in str(refusals(wish, Policy())["foreign-redirect"].happened)


def test_a_missing_token() -> None:
    with site(token=None) as shop:
        found = refusals(request(shop.url("shop.example")), policy(shop_allowed()), dns=Dns(["127.0.0.1"]))
    assert "answered 404" in str(found["ownership"].happened)
    assert ownership.token(KEY) in str(found["ownership"].remedy)


@pytest.mark.parametrize(
    "served", [ownership.token("another key of somebody"), "", ownership.token(KEY)[:-1], ownership.token(KEY) + "0"]
)
def test_another_token_than_ours(served: str) -> None:
    with site(token=served) as shop:
        found = refusals(request(shop.url("shop.example")), policy(shop_allowed()), dns=Dns(["127.0.0.1"]))
    assert "another key" in str(found["ownership"].happened)


def test_every_further_host_must_serve_the_token_too() -> None:
    with site() as shop, site(token=None) as api:
        rules = policy(shop_allowed(), allowed("api.example", ["127.0.0.1"]))
        found = refusals(
            request(shop.url("shop.example"), also=(api.url("api.example"),)), rules, dns=Dns(["127.0.0.1"])
        )
        assert "api.example" in str(found["ownership"].happened)
        api.pages[ownership.PATH] = (200, {}, ownership.token(KEY))
        cleared = permission(
            request(shop.url("shop.example"), also=(api.url("api.example"),)), rules, dns=Dns(["127.0.0.1"])
        )
    assert cleared.resolved == {"shop.example": ("127.0.0.1",), "api.example": ("127.0.0.1",)}


def test_dns_that_changes_its_answer_while_we_check() -> None:
    with site() as shop:
        dns = Dns(["127.0.0.1"], ["198.51.100.1"])
        found = refusals(request(shop.url("shop.example")), policy(shop_allowed()), dns=dns)
    assert "from 127.0.0.1 to 198.51.100.1" in str(found["dns-changed"].happened)


def test_requests_go_to_the_pinned_address_whatever_dns_says_in_between() -> None:
    # The name exists in no DNS: a second look-up by the client would fail or go elsewhere.
    with site() as shop:
        permission(request(shop.url("shop.example")), policy(shop_allowed()), dns=Dns(["127.0.0.1"]))
    assert shop.asked == ["/", ownership.PATH]


def test_a_public_target_needs_hours_and_then_a_persons_word() -> None:
    public = policy(shop_allowed("203.0.113.7"))
    assert set(refusals(request("https://shop.example/"), public, dns=Dns(["203.0.113.7"]))) == {"window"}
    public = policy(shop_allowed("203.0.113.7"), windows=(NIGHT,))
    assert set(refusals(request("https://shop.example/"), public, dns=Dns(["203.0.113.7"]))) == {"confirmation"}
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "yes"

    assert set(refusals(request("https://shop.example/", ask=ask), public, dns=Dns(["203.0.113.7"]))) == {
        "confirmation"
    }
    assert asked == ["rehearse shop.example at 50/s"]


def test_journeys_of_a_foreign_mall_only_read_unless_writes_are_allowed() -> None:
    with site() as shop:
        dns = Dns(["127.0.0.1"])
        found = permission(request(shop.url("shop.example"), writes=True), policy(shop_allowed()), dns=dns)
        assert not found.writes
        assert [each.rule for each in found.notes] == ["writes"]
        assert "--allow-writes" in str(found.notes[0].remedy)
        found = permission(
            request(shop.url("shop.example"), writes=True, allow_writes=True), policy(shop_allowed()), dns=dns
        )
    assert found.writes
    assert found.notes == ()


def test_a_url_that_is_none_is_refused_first() -> None:
    assert set(refusals(request("shop.example"), policy())) == {"address"}
    assert set(refusals(request("http://127.0.0.1/", also=("nonsense",), named_on_command_line=True), policy())) == {
        "address"
    }
