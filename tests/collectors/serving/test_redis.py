"""The exporter's Redis collector, on every server at hand."""

from collectors.serving import redis_server as collector
from collectors.serving.metric import Sample
from tests.conftest import RedisServer


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
    assert len(found) > 70


def test_commands_beyond_the_places_are_other() -> None:
    info = {f"cmdstat_c{number}": {"calls": number, "usec": 1000 * number} for number in range(1, 61)}
    found = tuple(collector.samples(info))
    assert value(found, "command_calls_total", "other") == sum(range(1, 21))
    assert value(found, "command_calls_total", "c60") == 60
    assert value(found, "command_seconds_total", "c60") == 0.06
