"""What every page needs: the database pool, the cache, the switches."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote

import psycopg2
import psycopg2.extensions
import redis

from mall.names import Names
from mall.shopfront.metrics import Meter
from mall.switches import Switches

POOL_SIZE = 32
STAFF_POOL_SIZE = 4
SMALL_POOL_SIZE = 2
FIXED_POOL_SIZE = 48
CACHE_SECONDS = 300
# There and back between two zones of a cloud.
DATABASE_WAY_SECONDS = 0.003
SESSION_SECONDS = 3600

Row = tuple[Any, ...]


class Pool:
    """A fixed number of open database connections that wait their turn; the number can change while it is used."""

    def __init__(self, dsn: str, name: str, size: int) -> None:
        """Opens all of them."""
        self._dsn = dsn
        self._name = name
        self._idle: list[psycopg2.extensions.connection] = []
        self._open = 0
        self._size = 0
        self._pending = 0
        self._free = threading.Condition()
        self.resize(size)

    def resize(self, size: int) -> None:
        """Opens what is missing and closes what is too many; those in use are closed when they come back."""
        with self._free:
            self._size = size
            while self._open > size and self._idle:
                self._idle.pop().close()
                self._open -= 1
            while self._open < size:
                self._idle.append(self._connect())
                self._open += 1
            self._free.notify_all()

    @contextmanager
    def connection(self) -> Iterator[psycopg2.extensions.connection]:
        """One connection in autocommit mode, for the block."""
        with self._free:
            self._pending += 1
            try:
                self._free.wait_for(lambda: bool(self._idle))
            finally:
                self._pending -= 1
            connection = self._idle.pop()
        try:
            if connection.closed:
                connection = self._connect()
            yield connection
        finally:
            with self._free:
                if self._open > self._size:
                    connection.close()
                    self._open -= 1
                else:
                    self._idle.append(connection)
                self._free.notify()

    def figures(self) -> tuple[int, int, int]:
        """Connections in use, their limit, and how many wait for one."""
        with self._free:
            return self._open - len(self._idle), self._size, self._pending

    def _connect(self) -> psycopg2.extensions.connection:
        connection = psycopg2.connect(self._dsn, application_name=self._name)
        connection.autocommit = True
        return connection


@dataclass
class Shop:
    """The running shop."""

    pool: Pool
    staff_pool: Pool
    cache: Any  # redis.Redis is generic in ways that its own stubs do not agree on
    names: Names
    secret: str
    peak: float
    switches: Switches = field(default_factory=Switches)
    served: Meter = field(default_factory=Meter)
    charged: Meter = field(default_factory=Meter)

    @classmethod
    def from_environment(cls) -> "Shop":
        """The shop that the MALL_ variables describe."""
        mapping = json.loads(Path(os.environ["MALL_NAMES"]).read_text(encoding="utf-8"))
        return cls(
            pool=Pool(os.environ["MALL_DSN"], "shop", POOL_SIZE),
            staff_pool=Pool(os.environ["MALL_STAFF_DSN"], "shop-staff", STAFF_POOL_SIZE),
            cache=redis.Redis.from_url(os.environ["MALL_REDIS_URL"], decode_responses=True),
            names=Names(mapping),
            secret=os.environ["MALL_SECRET"],
            peak=float(os.environ["MALL_PEAK"]),
        )

    def apply(self, switches: Switches) -> None:
        """Takes over new switches."""
        self.switches = switches
        self.pool.resize(
            SMALL_POOL_SIZE if switches.small_pool else FIXED_POOL_SIZE if switches.fix_pool else POOL_SIZE
        )

    def rows(self, route: str, text: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of one statement, on a connection of the pool."""
        with self.pool.connection() as connection:
            return self.rows_on(connection, route, text, parameters)

    def rows_on(
        self, connection: psycopg2.extensions.connection, route: str, text: str, parameters: Sequence[Any] = ()
    ) -> list[Row]:
        """The rows of one statement on this connection; none for a statement that returns none."""
        if self.switches.far_database:
            time.sleep(DATABASE_WAY_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute(self._tagged(route, text), parameters)
            return cursor.fetchall() if cursor.description else []

    def _tagged(self, route: str, text: str) -> str:
        renamed = self.names.sql(text)
        if not self.switches.sql_comments:
            return renamed
        controller = route.strip("/").split("/")[0] or "home"
        return f"{renamed} /*controller='{controller}',framework='starlette',route='{url_quote(route, safe='').replace('%', '%%')}'*/"

    def cached(self, key: str, make: Callable[[], Any], *, seconds: int = CACHE_SECONDS) -> Any:
        """The value from the cache, else made anew and put there: cache-aside."""
        held = self.cache.get(key)
        if held is not None:
            return json.loads(held)
        value = make()
        # Expiries are spread, so that entries made together do not all end together.
        lifetime = None if self.switches.redis_no_ttl else seconds + int(time.monotonic() * 1000) % 30
        with contextlib.suppress(redis.ResponseError):  # a full cache costs speed, not the page
            self.cache.set(key, json.dumps(value, default=str), ex=lifetime)
        return value
