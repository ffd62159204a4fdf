"""Somebody shops, so that figures move: statements and rollbacks, hits and misses, a log that grows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg2

from tests.conftest import PostgresServer, RedisServer

PAUSE_SECONDS = 0.1


@contextmanager
def shopping(
    postgres: PostgresServer, database: str, cache: RedisServer, also: Callable[[int], None] | None = None
) -> Iterator[None]:
    """Shops until the end of the block.

    Args:
        postgres: Where the table `orders` is.
        database: Its database.
        cache: Where pages are looked for.
        also: Is called once a turn with the turn's number.
    """
    over = threading.Event()
    failed: list[BaseException] = []

    def shop() -> None:
        try:
            _shop(postgres, database, cache, over, also)
        except BaseException as error:  # noqa: BLE001  (told at the end of the block)
            failed.append(error)

    thread = threading.Thread(target=shop, name="shopper")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failed, failed


def _shop(
    postgres: PostgresServer,
    database: str,
    cache: RedisServer,
    over: threading.Event,
    also: Callable[[int], None] | None,
) -> None:
    turn = 0
    with postgres.connection(database) as connection, connection.cursor() as cursor, cache.client() as client:
        while not over.wait(PAUSE_SECONDS):
            turn += 1
            cursor.execute("SELECT count(*) FROM orders WHERE id = %s", (turn % 100,))
            cursor.execute("INSERT INTO orders (id) VALUES (%s)", (turn,))
            with suppress(psycopg2.Error):
                cursor.execute("SELECT no_such_column FROM orders")
            client.set(f"page:{turn % 10}", "x" * 100, ex=60)
            client.get(f"page:{turn % 10}")
            client.get(f"page:{turn % 10 + 1000}")
            if also is not None:
                also(turn)
