"""Redis' cases."""

from collections.abc import Iterator, Mapping

from tests.dashboards.rules.case import About, Case, series

SERVER = "cache"
_HERE = {"target": SERVER}


def _redis(**values: str) -> Mapping[str, str]:
    return {series(f"tenfold_redis_{name}", **_HERE): value for name, value in values.items()}


def _memory(used: str, *, limit: str = "1000+0x200", evicted: str = "0+0x200") -> Mapping[str, str]:
    return _redis(
        memory_used_bytes=used, memory_limit_bytes=limit, system_memory_bytes="10000+0x200", evicted_keys_total=evicted
    )


def _cases() -> Iterator[Case]:
    for severity, much, begin, rise, less in (("urgent", 970, 550, 4, 800), ("important", 900, 500, 2, 700)):
        about = About("RedisMemoryRunsOut", severity, at="90m", labels=_HERE)
        yield about.fires("nearly its limit", _memory(f"{much}+0x200"))
        yield about.fires("at this rate soon", _memory(f"{begin}+{rise}x200"))
        yield about.fires("nearly the machine's memory", _memory(f"{much}0+0x200", limit="0+0x200"))
        yield about.quiet("enough is left", _memory(f"{less}+0x200"))
        yield about.quiet("a cache that is full by design", _memory(f"{much}+0x200", evicted="0+5x200"))
    about = About("RedisRefusesWrites", "urgent", at="20m", labels={**_HERE, "error": "OOM"})
    refused = series("tenfold_redis_errors_total", error="OOM", **_HERE)
    yield about.fires("out of memory", {refused: "0+10x30"})
    yield about.quiet("once", {refused: "0+0x18 1+0x20"})
    yield about.quiet("a program's mistakes", {refused.replace("OOM", "WRONGTYPE"): "0+10x30"})
    about = About("RedisEvicts", "normal", at="3h", labels=_HERE)
    keys = {series("tenfold_redis_keys", database=each, **_HERE): "500+0x200" for each in ("db0", "db1")}
    yield about.fires("half of its keys in an hour", {**keys, **_redis(evicted_keys_total="0+9x200")})
    yield about.quiet("a tenth of its keys", {**keys, **_redis(evicted_keys_total="0+1.6x200")})
    about = About("RedisClientsRunOut", "important", labels=_HERE)
    yield about.fires("nine in ten", _redis(clients="90+0x60", clients_limit="100+0x60"))
    yield about.quiet("half", _redis(clients="50+0x60", clients_limit="100+0x60"))
    about = About("RedisRefusesClients", "urgent", labels=_HERE)
    yield about.fires("some were refused", _redis(connections_rejected_total="0+0x20 0+3x40"))
    yield about.quiet("long ago", _redis(connections_rejected_total="7+0x60"))
    about = About("RedisPersistenceFails", "important", labels=_HERE)
    yield about.fires("the snapshot", _redis(rdb_last_save_success="0+0x60", aof_last_write_success="1+0x60"))
    yield about.fires("the append-only file", _redis(rdb_last_save_success="1+0x60", aof_last_write_success="0+0x60"))
    yield about.quiet("both went well", _redis(rdb_last_save_success="1+0x60", aof_last_write_success="1+0x60"))
    about = About("RedisReplicaBroken", "important", labels=_HERE)
    yield about.fires("no link", _redis(primary_link_up="0+0x60"))
    yield about.quiet("linked", _redis(primary_link_up="1+0x60"))
    yield about.quiet("a primary has no link", _redis(clients="5+0x60"))


CASES = tuple(_cases())
