"""Brings one of the labelled faults about in the practice mall, and takes it back: what `benchmarks.tickets_causes` produces."""

import contextlib
import itertools
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import psycopg2
import redis

from mall import Mall

Fault = Mapping[str, Any]
_MOST_KEYS = 20_000


def begin(mall: Mall, fault: Fault, stack: contextlib.ExitStack) -> None:
    """Brings the fault about; the stack takes it back."""
    stack.callback(_refreshed, mall, fault)
    for name in fault.get("switches", ()):
        stack.callback(mall.set_switch, name, on=False)
        mall.set_switch(name, on=True)
    for name in fault.get("faults", ()):
        stack.callback(mall.turn, name, on=False)
        mall.turn(name, on=True)
    if "undo" in fault or "sql" in fault:
        stack.callback(_undone, mall, fault)
        mall.run_sql(*fault.get("sql", ()))
        if fault.get("reconnect"):
            _reconnect(mall)
    if "redis" in fault:
        stack.enter_context(_filled(mall, fault))
    if "holder" in fault:
        stack.enter_context(_holding(mall, fault["holder"]))
    if "waiters" in fault:
        time.sleep(1.5)
        stack.enter_context(_waiting(mall, fault["waiters"]))
    if "connections" in fault:
        stack.enter_context(_connected(mall, fault["connections"]))
    if "burners" in fault:
        stack.enter_context(_burning(fault["burners"]))
    if "crawler" in fault:
        stack.enter_context(_crawling(mall, fault["crawler"]))
    stack.enter_context(_configured(mall, fault.get("redis_config", {})))
    if "repeated" in fault:
        stack.enter_context(_repeating(mall, fault["repeated"]))


def _undone(mall: Mall, fault: Fault) -> None:
    mall.run_sql(*fault.get("undo", ()))
    if fault.get("reconnect"):
        _reconnect(mall)


def _reconnect(mall: Mall) -> None:
    mall.run_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'")


def _refreshed(mall: Mall, fault: Fault) -> None:
    """Replaces the ended connections that a reconnect leaves in the shop's pool, so that no later shopper meets them."""
    for on in (True, False) if fault.get("fresh_pool") else ():
        mall.set_switch("small_pool", on=on)


def _session(mall: Mall, role: str, application: str) -> Any:
    connection = psycopg2.connect(mall.dsn.replace("postgres@", f"{role}@"), application_name=application)
    connection.autocommit = True
    return connection


@contextlib.contextmanager
def _filled(mall: Mall, fault: Fault) -> Iterator[None]:
    client: Any = redis.Redis.from_url(mall.redis_url)
    names: list[str] = []
    # What is said to be full is filled, however much memory the mall's cache has.
    full = fault["alert"] == "RedisMemoryFull"
    for number in itertools.count():
        if number >= fault["repeat"] and not (
            full and client.info("stats")["evicted_keys"] == 0 and number < _MOST_KEYS
        ):
            break
        for command in fault["redis"]:
            words = command.replace("{n}", str(number)).split(" ")
            words[-1] = "x" * 65_536 if words[-1] == "{kb:64}" else words[-1]
            names.append(words[1])
            with contextlib.suppress(redis.ResponseError):
                client.execute_command(*words)
    try:
        yield
    finally:
        for start in range(0, len(names), 500):
            client.unlink(*names[start : start + 500])
        client.close()


@contextlib.contextmanager
def _holding(mall: Mall, holder: Mapping[str, str]) -> Iterator[None]:
    connection = _session(mall, "staff" if "LOCK" not in holder["sql"] else "postgres", holder["application"])
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(mall.names.sql(holder["sql"]))
        yield
        cursor.execute("ROLLBACK")


@contextlib.contextmanager
def _waiting(mall: Mall, waiters: Mapping[str, Any]) -> Iterator[None]:
    open_ = [_session(mall, "shop", "settlement") for _ in range(waiters["count"])]

    def wait(connection: Any) -> None:
        with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
            cursor.execute(mall.names.sql(waiters["sql"]))

    threads = [threading.Thread(target=wait, args=(each,), daemon=True) for each in open_]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        for connection in open_:
            with contextlib.suppress(psycopg2.Error):
                connection.cancel()
        for each in threads:
            each.join(10)
        for connection in open_:
            connection.close()


@contextlib.contextmanager
def _connected(mall: Mall, wanted: Mapping[str, Any]) -> Iterator[None]:
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - "
            "current_setting('reserved_connections')::int - count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        row = cursor.fetchone()
    free = (row[0] if row else 0) + 1  # the one that asked has ended
    with contextlib.ExitStack() as stack:
        for _ in range(max(free - wanted["leave"], 0)):
            stack.callback(_session(mall, wanted["role"], wanted["application"]).close)
        yield


@contextlib.contextmanager
def _burning(count: int) -> Iterator[None]:
    burners = [multiprocessing.get_context("spawn").Process(target=_burn, daemon=True) for _ in range(count)]
    for each in burners:
        each.start()
    try:
        yield
    finally:
        for each in burners:
            each.kill()
            each.join(5)


def _burn() -> None:
    value = 0
    while True:
        value = (value * 31 + 7) & 0xFFFFFF


@contextlib.contextmanager
def _at_work(threads: Sequence[threading.Thread], over: threading.Event) -> Iterator[None]:
    """Threads that work until they are told that it is over."""
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in threads:
            each.join(10)


@contextlib.contextmanager
def _crawling(mall: Mall, crawler: Mapping[str, Any]) -> Iterator[None]:
    over = threading.Event()
    path = mall.shop_url.rstrip("/") + crawler["path"]

    def crawl(offset: int) -> None:
        with httpx.Client(timeout=5.0, headers={"X-Forwarded-For": "203.0.113.7", "User-Agent": "crawler"}) as client:
            number = offset
            while not over.wait(8 / crawler["per_second"]):
                number += 8
                with contextlib.suppress(httpx.HTTPError):
                    client.get(f"{path}{number}")

    threads = [threading.Thread(target=crawl, args=(number,), daemon=True) for number in range(8)]
    with _at_work(threads, over):
        yield


@contextlib.contextmanager
def _configured(mall: Mall, wanted: Mapping[str, str]) -> Iterator[None]:
    """The cache with other settings, which are put back."""
    client: Any = redis.Redis.from_url(mall.redis_url)
    with contextlib.closing(client), contextlib.ExitStack() as stack:
        for name, value in wanted.items():
            stack.callback(client.config_set, name, client.config_get(name)[name])
            client.config_set(name, value)
        yield


@contextlib.contextmanager
def _repeating(mall: Mall, wanted: Mapping[str, Any]) -> Iterator[None]:
    """Sessions that run a statement again and again, in the database or in the cache."""
    over = threading.Event()

    def repeat(run: Callable[[], Any]) -> None:
        while not over.wait(wanted["pause"]):
            with contextlib.suppress(psycopg2.Error, redis.RedisError):
                run()

    with contextlib.ExitStack() as stack:
        threads = []
        for _ in range(wanted["sessions"]):
            run = _repeated(mall, wanted, stack)
            threads.append(threading.Thread(target=repeat, args=(run,), daemon=True))
        with _at_work(threads, over):
            yield


def _repeated(mall: Mall, wanted: Mapping[str, Any], stack: contextlib.ExitStack) -> Callable[[], Any]:
    if "redis" in wanted:
        client: Any = stack.enter_context(contextlib.closing(redis.Redis.from_url(mall.redis_url)))
        return lambda: client.execute_command(*wanted["redis"])
    connection = stack.enter_context(contextlib.closing(_session(mall, wanted["role"], wanted["application"])))
    cursor = stack.enter_context(connection.cursor())
    return lambda: cursor.execute(mall.names.sql(wanted["sql"]))
