"""What keys are for, from their names, their types and whether they end."""

import pytest

from advisors.redis_purpose import Purpose, purpose_of, purposes
from facts.redis import RedisFacts
from tests.advisors import build

PLAIN = build.redis()
EVICTING = build.redis(info=build.redis_info(policy="allkeys-lru"))
MISSING = build.redis(window=build.redis_window(hits=1_000, misses=11))
HITTING = build.redis(window=build.redis_window(hits=1_000, misses=10))


@pytest.mark.parametrize(
    ("pattern", "purpose"),
    [
        ("lock:order:{id}", Purpose.LOCKS),
        ("{id}:mutex", Purpose.LOCKS),
        ("celery", Purpose.QUEUE),
        ("bull:mail:wait", Purpose.QUEUE),
        ("queue:session-mail", Purpose.QUEUE),
        ("session:{hex}", Purpose.SESSIONS),
        ("spring:session:sessions:{id}", Purpose.SESSIONS),
        ("PHPSESSION_{hex}", Purpose.SESSIONS),
        ("login:{id}", Purpose.SESSIONS),
        ("cache:product:{id}", Purpose.CACHE),
        ("page:/p/{id}", Purpose.CACHE),
        ("djangocache_{id}", Purpose.CACHE),
        ("leaderboard", Purpose.DATA),
        ("blocked:{id}", Purpose.DATA),
        ("inside:{id}", Purpose.DATA),
        ("landing", Purpose.DATA),
    ],
)
def test_the_name_says_it(pattern: str, purpose: Purpose) -> None:
    kind = "zset" if purpose is Purpose.DATA else "string"
    assert purpose_of(build.key_group(pattern, kind=kind, without_ttl=100), PLAIN) is purpose


@pytest.mark.parametrize("kind", ["list", "stream"])
def test_lists_and_streams_are_queues(kind: str) -> None:
    assert purpose_of(build.key_group("mail", kind=kind), PLAIN) is Purpose.QUEUE


@pytest.mark.parametrize(("without", "purpose"), [(49, Purpose.CACHE), (50, Purpose.DATA)])
def test_what_mostly_ends_was_meant_to_end(without: int, purpose: Purpose) -> None:
    assert purpose_of(build.key_group("stock", kind="hash", sampled=100, without_ttl=without), PLAIN) is purpose


@pytest.mark.parametrize(
    ("facts", "purpose"),
    [
        (PLAIN, Purpose.DATA),
        (EVICTING, Purpose.CACHE),
        (MISSING, Purpose.CACHE),
        (HITTING, Purpose.DATA),
        (RedisFacts(target="cache", readings=()), Purpose.DATA),
    ],
    ids=["plain", "evicts", "misses", "hits", "unread"],
)
def test_many_strings_on_a_server_that_is_used_as_a_cache_are_copies(facts: RedisFacts, purpose: Purpose) -> None:
    assert purpose_of(build.key_group("product:{id}", without_ttl=100), facts) is purpose
    assert purpose_of(build.key_group("settings", without_ttl=100), facts) is Purpose.DATA
    assert purpose_of(build.key_group("product:{id}", kind="hash", without_ttl=100), facts) is Purpose.DATA


def test_a_group_of_which_nothing_was_sampled_is_data() -> None:
    assert purpose_of(build.key_group("stock", kind="hash", sampled=0), PLAIN) is Purpose.DATA


def test_bytes_add_up_by_purpose() -> None:
    groups = (
        build.key_group("session:{id}", total=30),
        build.key_group("sess:{id}", total=12),
        build.key_group("queue:mail", kind="list", total=7),
    )
    assert purposes(build.redis(*groups)) == {Purpose.SESSIONS: 42, Purpose.QUEUE: 7}
    assert purposes(RedisFacts(target="cache", readings=())) == {}
