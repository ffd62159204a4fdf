import pytest

from loadtest.between import CACHE, CHALLENGE, HEADERS, RATE_LIMIT, REFUSAL, STATUSES, between

CASES: list[tuple[str, int, dict[str, str], str | None]] = [
    ("the mall itself", 200, {}, None),
    ("the mall behind a front server of its own", 200, {"server": "nginx"}, None),
    ("an error of the mall", 500, {"server": "nginx"}, None),
    ("an overloaded mall", 503, {"server": "nginx"}, None),
    ("a rate limit", 429, {}, RATE_LIMIT),
    ("Cloudflare asks for proof", 403, {"server": "cloudflare", "cf-mitigated": "challenge"}, CHALLENGE),
    ("Cloudflare refuses", 403, {"server": "cloudflare"}, REFUSAL),
    ("Cloudflare's waiting page", 503, {"server": "cloudflare"}, REFUSAL),
    ("Cloudflare cannot reach the mall, which is the mall's failure", 522, {"server": "cloudflare"}, None),
    ("the mall through Cloudflare", 200, {"server": "cloudflare", "cf-cache-status": "DYNAMIC"}, None),
    ("not in Cloudflare's cache", 200, {"server": "cloudflare", "cf-cache-status": "MISS"}, None),
    ("from Cloudflare's cache", 200, {"server": "cloudflare", "cf-cache-status": "HIT"}, CACHE),
    ("from Cloudflare's cache, and old", 200, {"cf-cache-status": "STALE"}, CACHE),
    ("Akamai refuses", 403, {"server": "AkamaiGHost"}, REFUSAL),
    ("from Akamai's cache", 200, {"x-cache": "TCP_HIT from a23-1.deploy.akamaitechnologies.com"}, CACHE),
    ("not from Akamai's cache", 200, {"x-cache": "TCP_MISS from a23-1.deploy.akamaitechnologies.com"}, None),
    ("from CloudFront's cache", 200, {"x-cache": "Hit from cloudfront"}, CACHE),
    ("through CloudFront", 200, {"x-cache": "Miss from cloudfront"}, None),
    ("an error of the mall through CloudFront", 500, {"x-cache": "Error from cloudfront"}, None),
    ("one layer of two had it", 200, {"x-cache": "MISS, HIT"}, CACHE),
    ("a Chinese CDN's cache", 200, {"x-cache-lookup": "Cache Hit"}, CACHE),
    ("AWS asks for proof", 202, {"x-amzn-waf-action": "challenge"}, CHALLENGE),
    ("AWS asks for a captcha", 405, {"x-amzn-waf-action": "captcha"}, CHALLENGE),
    ("an accepted order", 202, {}, None),
    ("an answer that has lain in a cache", 200, {"age": "17"}, CACHE),
    ("an answer fresh from its source", 200, {"age": "0"}, None),
    ("an age that is none", 200, {"age": "soon"}, None),
]


@pytest.mark.parametrize(("what", "status", "headers", "kind"), CASES, ids=[case[0] for case in CASES])
def test_who_answered(what: str, status: int, headers: dict[str, str], kind: str | None) -> None:
    assert between(status, lambda name: headers.get(name, "")) == kind, what


def test_the_quick_look_misses_none_of_them() -> None:
    """The sender asks only for these statuses and headers."""
    for what, status, headers, kind in CASES:
        assert kind is None or status in STATUSES or not HEADERS.isdisjoint(headers), what
