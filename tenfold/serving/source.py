"""What stands between a watched target and its collectors: a connection that is kept, and how its failures are understood."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import redis

from collectors import front, host
from collectors.postgres_connection import NoAnswerError
from collectors.postgres_errors import understand as understand_postgres
from collectors.redis_errors import ADDRESS
from collectors.redis_errors import understand as understand_redis
from collectors.runner import CollectorError
from collectors.serving.line import Line
from facts.message import msg

# What Redis and a page on the network have to answer within; a scrape is answered in time in any case.
REDIS_SECONDS = 2.0
WEB_SECONDS = 4.0
USER_AGENT = "tenfold (monitoring)"


class Source(Protocol):
    """A target's connection. Its own thread alone uses it."""

    @property
    def stands(self) -> bool:
        """Whether the next collector can be run."""
        ...

    def ready(self, deadline: float) -> Any:
        """What the collectors read from; connects where that is needed. May wait until the deadline of the monotonic clock."""
        ...

    def understand(self, error: Exception) -> CollectorError | None:
        """The failure behind a driver's exception."""
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...


@dataclass(slots=True)
class PostgresSource:
    """A database."""

    line: Line

    @property
    def stands(self) -> bool:
        """Whether nothing is under way on the connection."""
        return self.line.stands

    def ready(self, deadline: float) -> Line:
        """Connects, or waits for what an earlier scrape asked."""
        self.line.deadline = deadline
        self.line.ready()
        return self.line

    def understand(self, error: Exception) -> CollectorError | None:
        """As an audit says it; a silence is told with what it means here."""
        if isinstance(error, NoAnswerError):
            return CollectorError(
                msg("the server gives no answer; its connection is kept, and no second one is opened beside it")
            )
        return understand_postgres(error)

    def close(self) -> None:
        """Ends the connection."""
        self.line.close()


@dataclass(slots=True)
class RedisSource:
    """A Redis or Valkey."""

    url: str
    stands: bool = True
    _client: Any = None

    def ready(self, deadline: float) -> Any:
        """Connects where there is no connection."""
        del deadline  # its socket has a time limit of its own
        if self._client is None:
            try:
                self._client = redis.Redis.from_url(
                    self.url,
                    socket_timeout=REDIS_SECONDS,
                    socket_connect_timeout=REDIS_SECONDS,
                    client_name="tenfold",
                    retry=None,
                    max_connections=1,
                    protocol=2,  # RESP3 would begin with HELLO and ask for the server's announcements
                )
            except ValueError:
                # Its own text shows what it took for the port or the host, which can be a piece of the password.
                raise CollectorError(msg("the address is not valid"), remedy=ADDRESS) from None
        return self._client

    def understand(self, error: Exception) -> CollectorError | None:
        """As an audit says it."""
        return understand_redis(error)

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()


@dataclass(slots=True)
class WebSource:
    """A page: the storefront's, or a node_exporter's."""

    url: str
    explain: Callable[[Exception], CollectorError | None] = front.understand
    stands: bool = True
    _client: httpx.Client | None = None

    def ready(self, deadline: float) -> tuple[httpx.Client, str]:
        """The client, whose connection is kept, and the address."""
        if self._client is None:
            self._client = httpx.Client(headers={"User-Agent": USER_AGENT}, follow_redirects=False, trust_env=False)
        self._client.timeout = httpx.Timeout(max(min(WEB_SECONDS, deadline - time.monotonic()), 0.1))
        return self._client, self.url

    def understand(self, error: Exception) -> CollectorError | None:
        """As an audit says it."""
        return self.explain(error)

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()


@dataclass(slots=True)
class MachineSource:
    """This machine: nothing to connect to."""

    stands: bool = field(default=True)

    def ready(self, deadline: float) -> None:
        """Always is."""

    def understand(self, error: Exception) -> CollectorError | None:
        """As an audit says it."""
        return host.understand(error)

    def close(self) -> None:
        """Holds nothing."""
