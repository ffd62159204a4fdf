"""Nothing may be loaded that nobody allowed, by whatever name or number it is called."""

from ipaddress import ip_address

import pytest

from loadtest.safety.addresses import parse_target
from loadtest.safety.reach import Reach, farthest, reach_of
from loadtest.safety.redirects import refuse_redirect
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import Approved, allowed, approve, recheck, system_resolver
from tests.loadtest.safety_parts import Dns, approved, no_dns, target


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.LOOPBACK), ("127.255.255.254", Reach.LOOPBACK), ("::1", Reach.LOOPBACK), ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("10.1.2.3", Reach.PRIVATE), ("172.16.0.1", Reach.PRIVATE), ("172.31.255.255", Reach.PRIVATE), ("192.168.1.1", Reach.PRIVATE),
        ("fd00::7", Reach.PRIVATE), ("::ffff:10.0.0.1", Reach.PRIVATE), ("172.32.0.1", Reach.PUBLIC), ("8.8.8.8", Reach.PUBLIC),
        ("100.64.0.1", Reach.PUBLIC), ("203.0.113.7", Reach.PUBLIC), ("2606:4700::1", Reach.PUBLIC), ("64:ff9b::808:808", Reach.PUBLIC),
        ("169.254.169.254", Reach.FORBIDDEN), ("fe80::1", Reach.FORBIDDEN), ("fe80::1%eth0", Reach.FORBIDDEN), ("0.0.0.0", Reach.FORBIDDEN),
        ("0.1.2.3", Reach.FORBIDDEN), ("::", Reach.FORBIDDEN), ("224.0.0.1", Reach.FORBIDDEN), ("ff02::1", Reach.FORBIDDEN),
        ("255.255.255.255", Reach.FORBIDDEN), ("240.0.0.1", Reach.FORBIDDEN), ("64:ff9b::7f00:1", Reach.FORBIDDEN),
        ("64:ff9b::a9fe:a9fe", Reach.FORBIDDEN), ("2002:7f00:1::", Reach.FORBIDDEN),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reach.FORBIDDEN),
    ],
)  # fmt: skip
def test_every_address_has_its_reach(address: str, reach: Reach) -> None:
    assert reach_of(ip_address(address)) is reach


def test_one_public_address_makes_a_target_public() -> None:
    assert farthest(("127.0.0.1", "203.0.113.7", "10.0.0.1")) is Reach.PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "ftp://shop.example/", "http://", "http:///path", "http://shop.example:0/", "http://shop.example:99999/",
        "http://shop.example:x/", "http://[::1/", "http://user:secretpw@shop.example/", "http://secretpw@shop.example/",
        "http://127.0.0.1\\@evil.example/", "http://127.0.0.1\t.evil.example/", "http://127.0.0.1 /", "http://127.1/", "http://2130706433/",
        "http://0x7f000001/", "http://0177.0.0.1/", "http://127.0.0.0x1/", "http://1.2.3.4.5/", "http://shop%2eexample/", "http://-shop.example/",
        "http://shop..example/", "http://" + "a" * 70 + ".example/", "http://shop.example\n/",
    ],
)  # fmt: skip
def test_what_two_readers_could_read_in_two_ways_is_no_target(url: str) -> None:
    found = parse_target(url)
    assert isinstance(found, Refusal)
    assert found.rule == "address"
    assert "secretpw" not in f"{found.happened} {found.remedy}"


def test_spellings_of_one_host_are_one_host() -> None:
    for url in ("http://SHOP.Example./x", "http://shop.example:80/x", "http://\uff33hop.example/x"):
        assert target(url).origin == "http://shop.example"
    assert target("https://[FD00::7]:8443/").origin == "https://[fd00::7]:8443"
    assert target("http://商城.example/").host == "xn--czru2d.example"


def test_a_host_that_is_not_allowed_is_refused_before_anybody_asks_dns() -> None:
    allow_list = [allowed("shop.example", ["203.0.113.7"])]
    for url in (
        "http://other.example/",
        "http://www.shop.example/",
        "http://shop.example.evil.example/",
        "http://203.0.113.7/",
    ):
        found = approve(target(url), allow_list, no_dns, named_on_command_line=True)
        assert isinstance(found, Refusal)
        assert found.rule == "host-not-allowed"
        assert "[loadtest]" in str(found.remedy)


def test_an_allowance_for_a_port_is_for_that_port() -> None:
    allow_list = [allowed("shop.example:8443", ["203.0.113.7"])]
    dns = Dns(["203.0.113.7"])
    assert isinstance(
        approve(target("https://shop.example:8443/"), allow_list, dns, named_on_command_line=False), Approved
    )
    refused = approve(target("https://shop.example/"), allow_list, dns, named_on_command_line=False)
    assert isinstance(refused, Refusal)


def test_an_allowed_host_must_resolve_to_allowed_addresses_every_one_of_them() -> None:
    allow_list = [allowed("shop.example", ["203.0.113.0/28"])]
    shop = target("https://shop.example/")
    found = approve(shop, allow_list, Dns(["203.0.113.7", "203.0.113.8"]), named_on_command_line=False)
    assert isinstance(found, Approved)
    assert (found.addresses, found.reach, found.exempt) == (("203.0.113.7", "203.0.113.8"), Reach.PUBLIC, False)
    refused = approve(shop, allow_list, Dns(["203.0.113.7", "198.51.100.1"]), named_on_command_line=False)
    assert isinstance(refused, Refusal)
    assert refused.rule == "address-not-allowed"
    assert "198.51.100.1" in str(refused.happened)
    assert '"203.0.113.7", "198.51.100.1"' in str(refused.remedy)


def test_even_an_allowance_opens_no_metadata_service() -> None:
    allow_list = [allowed("shop.example", ["169.254.0.0/16"])]
    refused = approve(target("http://shop.example/"), allow_list, Dns(["169.254.169.254"]), named_on_command_line=False)
    assert isinstance(refused, Refusal)
    assert refused.rule == "address-not-allowed"


@pytest.mark.parametrize("answer", [[], ["not an address"]])
def test_a_name_that_dns_does_not_know_is_told(answer: list[str]) -> None:
    allow_list = [allowed("shop.example", ["203.0.113.7"])]
    refused = approve(target("http://shop.example/"), allow_list, Dns(answer), named_on_command_line=False)
    assert isinstance(refused, Refusal)
    assert refused.rule == "unresolved"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "127.9.9.9", "localhost", "shop.localhost"])
def test_loopback_named_on_the_command_line_needs_no_allowance_and_elsewhere_it_does(host: str) -> None:
    there = target(f"http://{host}:8000/")
    found = approve(there, (), Dns(["127.0.0.1"]), named_on_command_line=True)
    assert isinstance(found, Approved)
    assert found.exempt
    refused = approve(there, (), no_dns, named_on_command_line=False)
    assert isinstance(refused, Refusal)
    assert refused.rule == "host-not-allowed"


def test_a_name_that_happens_to_resolve_to_loopback_is_no_loopback_by_name() -> None:
    refused = approve(target("http://rebinding.example/"), (), no_dns, named_on_command_line=True)
    assert isinstance(refused, Refusal)


def test_a_localhost_that_resolves_elsewhere_is_refused() -> None:
    refused = approve(target("http://localhost/"), (), Dns(["127.0.0.1", "203.0.113.7"]), named_on_command_line=True)
    assert isinstance(refused, Refusal)
    assert "not this machine" in str(refused.happened)


def test_dns_that_changes_its_answer_is_noticed_and_rotation_within_the_allowance_is_not() -> None:
    allow_list = [allowed("shop.example", ["203.0.113.0/28"])]
    found = approve(target("https://shop.example/"), allow_list, Dns(["203.0.113.7"]), named_on_command_line=False)
    assert isinstance(found, Approved)
    assert recheck(found, allow_list, Dns(["203.0.113.7"])) is None
    assert recheck(found, allow_list, Dns(["203.0.113.8"])) is None
    changed = recheck(found, allow_list, Dns(["203.0.113.7", "198.51.100.1"]))
    assert changed is not None
    assert changed.rule == "dns-changed"
    assert "from 203.0.113.7 to 203.0.113.7, 198.51.100.1" in str(changed.happened)
    gone = recheck(found, allow_list, Dns([]))
    assert gone is not None
    assert gone.rule == "unresolved"


@pytest.mark.parametrize(
    "location",
    ["/login", "login?next=1", "http://127.0.0.1:8000/x", "//127.0.0.1:8000/", "HTTP://127.0.0.1:8000", "?a=b", ""],
)
def test_a_redirect_within_the_target_may_be_followed(location: str) -> None:
    assert refuse_redirect([approved("http://127.0.0.1:8000/")], "http://127.0.0.1:8000/cart", location) is None


@pytest.mark.parametrize(
    "location",
    [
        "http://evil.example/", "//evil.example/", "https://evil.example", "http://127.0.0.1:8001/", "http://127.0.0.1/",
        "http://127.0.0.2:8000/",
        "http://127.0.0.1:8000@evil.example/", "http://127.0.0.1:8000\\@evil.example/", "http://localhost:8000/", "ftp://127.0.0.1:8000/",
        "javascript:alert(1)", "file:///etc/passwd", "http://[::1", "///evil.example/", "http:///evil.example/", "\\\\evil.example/",
    ],
)  # fmt: skip
def test_a_redirect_to_anywhere_else_may_not(location: str) -> None:
    refused = refuse_redirect([approved("http://127.0.0.1:8000/")], "http://127.0.0.1:8000/cart", location)
    assert refused is not None
    assert refused.rule == "foreign-redirect"


def test_a_redirect_may_go_up_to_https_and_not_down_and_to_another_approved_target() -> None:
    plain, safe = approved("http://127.0.0.1/"), approved("https://127.0.0.1/")
    other = approved("http://127.0.0.2:8000/")
    assert refuse_redirect([plain], "http://127.0.0.1/", "https://127.0.0.1/") is None
    assert refuse_redirect([safe], "https://127.0.0.1/", "http://127.0.0.1:443/") is not None
    assert refuse_redirect([plain, other], "http://127.0.0.1/", "http://127.0.0.2:8000/x") is None


@pytest.mark.parametrize(
    ("entry", "addresses"),
    [
        ("shop.example", []), ("shop.example/path", ["203.0.113.7"]), ("https://shop.example", ["203.0.113.7"]),
        ("*.shop.example", ["203.0.113.7"]),
        ("user@shop.example", ["203.0.113.7"]), ("", ["203.0.113.7"]), ("shop.example:x", ["203.0.113.7"]), ("shop.example", ["0.0.0.0/0"]),
        ("shop.example", ["::/0"]), ("shop.example", ["203.0.113.7/28"]), ("shop.example", ["somewhere"]),
    ],
)  # fmt: skip
def test_an_allowance_that_allows_too_much_or_nothing_is_no_allowance(entry: str, addresses: list[str]) -> None:
    with pytest.raises(ValueError, match=r"write for example|needs the addresses|half the world"):
        allowed(entry, addresses)


def test_an_allowed_address_needs_no_further_addresses() -> None:
    assert str(allowed("10.0.0.7").networks[0]) == "10.0.0.7/32"
    assert allowed("[fd00::7]:8443").port == 8443


def test_the_system_knows_this_machine() -> None:
    assert set(system_resolver("localhost", 80)) <= {"127.0.0.1", "::1"}
