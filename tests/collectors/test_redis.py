"""A real Redis is sampled within bounds; what its ACL refuses is noted, and no key's personal part is kept."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from collectors import redis, redis_keyspace
from facts.readings import Reading, Status, Target
from facts.redis import KeyGroup, RedisFacts
from mall.servers.processes import free_port
from tests.conftest import RedisServer

SECRET = "hunter2secret"
ALLOWED = (
    "+ping +select +info +dbsize +scan +randomkey +type +pttl +memory|usage +strlen +llen +hlen +scard +zcard +xlen "
    "+exists +slowlog|get +config|get +client|setname ~*"
)


def read(url: str, *, two_readings: bool = False) -> tuple[Target, RedisFacts]:
    return redis.finish(redis.begin("cache", url, two_readings=two_readings))


def groups(facts: RedisFacts) -> dict[str, KeyGroup]:
    assert facts.keyspace is not None
    return {group.pattern: group for group in facts.keyspace.groups}


def reading(facts: RedisFacts, collector: str) -> Reading:
    (found,) = [each for each in facts.readings if each.collector == collector]
    return found


@contextmanager
def user(server: RedisServer, rules: str) -> Iterator[str]:
    """The URL of an ACL user with these rules, who is gone after the block."""
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "auditor", "reset", "on", f">{SECRET}", *rules.split())
        try:
            yield server.url(user="auditor", password=SECRET)
        finally:
            client.execute_command("ACL", "DELUSER", "auditor")


def test_an_empty_server_is_read(redis_server: RedisServer) -> None:
    target, facts = read(redis_server.url())
    assert (target.status, target.unreachable, target.detail) == (Status.OK, False, None)
    assert facts.info is not None
    assert facts.info.version.startswith(f"{redis_server.version}.")
    assert (facts.info.product, facts.info.role, facts.info.persistence) == (
        redis_server.product,
        "master",
        "none",
    )
    assert facts.info.clients >= 1
    assert facts.info.clients_limit
    assert facts.configuration is not None
    assert set(facts.configuration) >= {"maxmemory", "maxmemory-policy", "maxclients", "save"}
    assert facts.keyspace is not None
    assert (facts.keyspace.keys, facts.keyspace.groups) == (0, ())


def test_keys_are_grouped_by_pattern_type_and_database(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        for number in range(40):
            client.set(f"product:{number}", "x" * 100, ex=3600 if number % 2 else None)
        client.hset("cart:13800138000", mapping={str(number): "v" * 50 for number in range(200)})
        client.rpush("queue", *range(10))
        client.sadd("tags", "a", "b")
        client.zadd("ranking", {"a": 1})
        client.xadd("events", {"a": "b"})
    with redis_server.client(3) as client:
        client.set("product:1", "x")
    _, facts = read(redis_server.url())
    keyspace = facts.keyspace
    assert keyspace is not None
    assert (keyspace.keys, keyspace.sampled, keyspace.complete, keyspace.method) == (46, 46, True, "scan")
    assert keyspace.keys_with_ttl == 20
    found = {(group.pattern, group.database): group for group in keyspace.groups}
    products = found["product:{number}", 0]
    assert (products.type, products.sampled, products.without_ttl) == ("string", 40, 20)
    assert (products.bytes_total or 0) >= 40 * 100
    assert found["product:{number}", 3].sampled == 1
    (cart,) = [group for group in keyspace.groups if group.type == "hash"]
    assert cart.elements_largest == 200
    assert (cart.bytes_largest or 0) > 200 * 50
    kinds = {group.type: group.elements_largest for group in keyspace.groups if group.type not in {"string", "hash"}}
    assert kinds == {"list": 10, "set": 2, "zset": 1, "stream": 1}


def test_a_large_keyspace_is_sampled_at_random_within_bounds(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_keyspace, "SAMPLE", 300)
    with redis_server.client() as client:
        client.mset({f"product:{number}": "x" for number in range(9000)} | {f"sess:{n}": "y" for n in range(1000)})
    _, facts = read(redis_server.url())
    keyspace = facts.keyspace
    assert keyspace is not None
    assert (keyspace.keys, keyspace.complete, keyspace.method) == (10_000, False, "random")
    assert 200 < keyspace.sampled <= 300
    assert groups(facts)["product:{number}"].sampled > groups(facts)["sess:{number}"].sampled


def test_the_window_counts_what_was_done_in_it(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("stock", 1)
        client.get("stock")
        begun = redis.begin("cache", redis_server.url(), two_readings=True)
        for _ in range(5):
            client.get("stock")
        for _ in range(3):
            client.get("nothing")
        _, facts = redis.finish(begun)
    assert facts.window is not None
    assert facts.info is not None
    assert (facts.window.kind, facts.window.hits, facts.window.misses) == ("two readings", 5, 3)
    assert facts.window.commands >= 8
    calls = {each.command: each.calls for each in facts.info.commands}
    assert calls["get"] == 8
    assert "set" not in calls


def test_without_a_window_the_counters_since_the_start_are_read(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.get("nothing")
    _, facts = read(redis_server.url())
    assert facts.window is not None
    assert (facts.window.kind, facts.window.misses) == ("since start", 1)


def test_the_slow_log_is_masked(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.set("user:li.lei@shop.example", "13800138000 lives in 上海市")
        client.get("search:红色 连衣裙")
        client.config_set("slowlog-log-slower-than", 10_000)
    _, facts = read(redis_server.url())
    commands = {entry.command for entry in facts.slow}
    assert "SET user:{email} …" in commands
    assert "GET search:{text} …" in commands
    for personal in ("li.lei", "13800138000", "上海", "红色", "连衣裙"):
        assert personal not in repr(facts)


def test_a_name_in_a_slow_command_is_masked(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.get("cart:zhangsan")
        client.config_set("slowlog-log-slower-than", 10_000)
    _, facts = read(redis_server.url())
    assert "zhangsan" not in repr(facts)


def test_no_password_and_no_script_of_a_slow_command_is_shown(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("slowlog-log-slower-than", 0)
        client.eval(f"return '{SECRET}'", 0)
        client.config_set("slowlog-log-slower-than", 10_000)
    _, facts = read(redis_server.url())
    assert "EVAL …" in {entry.command for entry in facts.slow}
    assert SECRET not in repr(facts)


def test_keys_that_are_no_text_are_seen(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        for number in range(20):
            client.set(b"\xac\xed\x00\x05t\x00\x04" + str(number).encode(), "serialized by Java")
    _, facts = read(redis_server.url())
    assert facts.keyspace is not None
    assert facts.keyspace.sampled == 20
    assert {group.pattern: group.elements_largest for group in facts.keyspace.groups} == {"{text}": 18}


def test_a_narrow_acl_suffices(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("stock", 1)
    with user(redis_server, ALLOWED) as url:
        target, facts = read(url, two_readings=True)
    assert (target.status, target.detail) == (Status.OK, None)
    assert groups(facts)["stock"].bytes_total
    assert SECRET not in repr((target, facts))


def test_the_acl_of_the_manual_page_can_be_set_and_reads_everything(redis_server: RedisServer) -> None:
    words = (redis.__doc__ or "").split("ACL user with", 1)[1].split("~*", 1)[0].split()
    with redis_server.client() as client:
        client.rpush("queue", *range(10))
    with user(redis_server, " ".join([*words, "~*"])) as url:
        target, facts = read(url)
    assert (target.status, target.detail) == (Status.OK, None)
    assert groups(facts)["queue"].elements_largest == 10


@pytest.mark.parametrize(
    ("denied", "collector"),
    [("config", "redis_configuration"), ("slowlog", "redis_slow_log"), ("scan", "redis_keyspace")],
)
def test_what_the_acl_refuses_is_noted_and_the_rest_is_read(
    redis_server: RedisServer, denied: str, collector: str
) -> None:
    with redis_server.client() as client:
        client.set("stock", 1)
    with user(redis_server, f"+@all -{denied} ~*") as url:
        target, facts = read(url)
    assert (target.status, target.unreachable) == (Status.FORBIDDEN, False)
    refused = reading(facts, collector)
    assert refused.status is Status.FORBIDDEN
    assert "ACL" in str(refused.detail)
    assert "ACL SETUSER" in str(refused.remedy)
    others = {each.status for each in facts.readings if each.collector != collector}
    assert others <= {Status.OK, Status.EMPTY}
    assert facts.info is not None


def test_an_acl_without_info_is_told(redis_server: RedisServer) -> None:
    with user(redis_server, "+@all -info ~*") as url:
        target, _ = read(url)
    assert target.status is Status.FORBIDDEN
    assert "ACL SETUSER" in str(target.remedy)


@pytest.mark.parametrize(
    ("denied", "unknown"),
    [
        ("pttl", {"without_ttl"}),
        ("memory", {"bytes_total", "bytes_largest"}),
        ("type", {"type", "elements_largest"}),
        ("strlen", {"elements_largest"}),
    ],
)
def test_a_refused_look_at_keys_is_noted_and_makes_up_nothing(
    redis_server: RedisServer, denied: str, unknown: set[str]
) -> None:
    with redis_server.client() as client:
        client.set("stock", 1, ex=600)
    with user(redis_server, f"+@all -{denied} ~*") as url:
        target, facts = read(url)
    (omission,) = reading(facts, "redis_keyspace").partial
    assert "ACL" in str(omission.reason)
    assert "ACL SETUSER" in str(omission.remedy)
    assert (target.status, target.detail) == (Status.FORBIDDEN, omission.reason)
    stock = groups(facts)["stock"]
    figures = ("type", "without_ttl", "bytes_total", "bytes_largest", "elements_largest")
    assert {name for name in figures if getattr(stock, name) is None} == unknown


def test_a_wrong_password(redis_server: RedisServer) -> None:
    with user(redis_server, "+@all ~*"):
        target, facts = read(redis_server.url(user="auditor", password="wrong" + SECRET))
    assert (target.status, target.unreachable, str(target.detail)) == (Status.FAILED, True, "the password was refused")
    assert "redis://user" in str(target.remedy)
    assert SECRET not in repr((target, facts))


def test_no_password_where_one_is_needed(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("requirepass", SECRET)
        try:
            target, _ = read(redis_server.url())
            trusted, _ = read(redis_server.url(password=SECRET))
        finally:
            client.config_set("requirepass", "")
    assert target.unreachable
    assert target.detail
    assert trusted.status is Status.OK


def test_a_missing_password_is_told_with_its_remedy(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("requirepass", SECRET)
        try:
            target, _ = read(redis_server.url())
        finally:
            client.config_set("requirepass", "")
    assert "none was given" in str(target.detail)
    assert "redis://:${NAME}" in str(target.remedy)


def test_nothing_listens() -> None:
    target, facts = read(f"redis://:{SECRET}@127.0.0.1:{free_port()}")
    assert (target.status, target.unreachable) == (Status.FAILED, True)
    assert str(target.detail) == "nothing listens there"
    assert target.remedy
    assert facts.info is None
    assert SECRET not in repr((target, facts))


def test_a_server_that_accepts_and_never_answers(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "TIMEOUT_SECONDS", 0.2)
    target, _ = read(f"redis://127.0.0.1:{silent_port}")
    assert (target.status, target.unreachable) == (Status.TIMED_OUT, True)
    assert "accepted" in str(target.detail)
    assert target.remedy


def test_a_server_that_speaks_another_protocol() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            client.recv(4096)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            client.close()

        threading.Thread(target=answer, daemon=True).start()
        target, _ = read(f"redis://127.0.0.1:{listener.getsockname()[1]}")
    assert target.unreachable
    assert target.detail


@pytest.mark.parametrize(
    "url", ["cache.example", "http://127.0.0.1:6379", "redis://127.0.0.1:notaport", "redis://[::1"]
)
def test_a_broken_address_is_told(url: str) -> None:
    target, _ = read(url)
    assert target.unreachable
    assert target.detail


def test_a_password_with_an_unescaped_slash_is_not_shown() -> None:
    target, _ = read(f"redis://:{SECRET}/tail@127.0.0.1:6379")
    assert target.unreachable
    assert SECRET not in repr(target)


def test_a_database_that_is_not_there(redis_server: RedisServer) -> None:
    target, _ = read(redis_server.url(database=99))
    assert target.unreachable
    assert target.detail


def test_a_server_that_ends_within_the_window(redis6: RedisServer) -> None:
    begun = redis.begin("cache", redis6.url(), two_readings=True)
    with redis6.client() as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    target, facts = redis.finish(begun)
    assert target.name == "cache"
    assert all(each.detail for each in facts.readings if each.status not in {Status.OK, Status.EMPTY})


def test_the_cost_counts_every_command_those_of_pipelines_too(redis_server: RedisServer) -> None:
    def served(client: Any) -> int:
        return sum(int(each["calls"]) for each in client.info("commandstats").values())

    with redis_server.client() as client:
        for number in range(250):
            client.set(f"product:{number}", "x")
        before = served(client)
        begun = redis.begin("cache", redis_server.url(), two_readings=True)
        _target, facts = redis.finish(begun)
        # The first look is counted too; three commands of the greeting are not, where the server is too old to know them.
        calls = served(client) - before - 1
    assert facts.keyspace is not None
    assert facts.keyspace.sampled == 250
    assert calls > 4 * 250
    assert calls <= begun.sent.commands <= calls + 3
