"""Answers that something between the generator and the mall gave: a CDN's cache, a WAF's challenge, a rate limit.

They are neither the mall's success nor its failure, so they are kept out of its figures and counted by kind.

Source: Cloudflare, "Detect a Challenge Page response" (`cf-mitigated`) and "Default cache behavior"
(`cf-cache-status`); Amazon CloudFront's and Akamai's `x-cache`; AWS WAF's `x-amzn-waf-action`; RFC 6585 section 4
(429); RFC 9111 section 5.1 (`Age` shows an answer from a cache).
"""

from collections.abc import Callable

RATE_LIMIT = "rate limit (429)"
CHALLENGE = "challenge"
REFUSAL = "refused by a web application firewall"
CACHE = "cache of a CDN"

_TOO_MANY_REQUESTS = 429
_REFUSALS = frozenset({403, 503})
# A status of its own for each of a firewall's two ways to ask for proof.
_AWS_CHALLENGES = frozenset({202, 405})
_FIREWALLS = ("cloudflare", "akamaighost")
_CACHED_BY_CLOUDFLARE = frozenset({"hit", "stale", "updating", "revalidated"})
_CACHE_HEADERS = ("x-cache", "x-cache-lookup", "x-cache-status", "x-proxy-cache")

# An answer with another status than these and none of these headers is the mall's own, which is quickly seen.
STATUSES = frozenset({_TOO_MANY_REQUESTS}) | _REFUSALS
HEADERS = frozenset({"cf-mitigated", "x-amzn-waf-action", "cf-cache-status", "age", *_CACHE_HEADERS})

Header = Callable[[str], str]
"""The value of a header by its name in lower case, "" when it is not there."""


def between(status: int, header: Header) -> str | None:
    """Which kind of thing in between gave this answer; None when it was the mall.

    Args:
        status: The HTTP status.
        header: Looks a header up.
    """
    if status == _TOO_MANY_REQUESTS:
        return RATE_LIMIT
    if header("cf-mitigated") or (status in _AWS_CHALLENGES and header("x-amzn-waf-action")):
        return CHALLENGE
    if status in _REFUSALS and header("server").lower().startswith(_FIREWALLS):
        return REFUSAL
    if header("cf-cache-status").lower() in _CACHED_BY_CLOUDFLARE or _aged(header("age")):
        return CACHE
    # `TCP_HIT from a23-…` (Akamai), `Hit from cloudfront`, `HIT`, `HIT, MISS` of two layers; `MISS` and `Error from cloudfront` are none.
    if any("hit" in header(name).lower() for name in _CACHE_HEADERS):
        return CACHE
    return None


def _aged(age: str) -> bool:
    return age.isdecimal() and int(age) > 0
