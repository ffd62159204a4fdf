"""Tells Locust of every request: its statistics, its web page, and users' listeners live on its `request` event.

Listeners are told one by one. As long as nobody but Locust's own statistics listens, requests are added up here and told
once a second in one go, as Locust's workers tell its master: an event for each would cost a tenth of the generator's time.
"""

import time
from collections.abc import Callable

from locust import stats
from locust.env import Environment

from loadtest.generator.sending import Client, Reply

Tell = Callable[[str, str, str, float, Reply, Client], None]
"""Takes the method, path and name of a request, the seconds that it took, its reply, and the client that sent it."""


class Telling:
    """What one process tells its Locust."""

    def __init__(self, environment: Environment) -> None:
        """Takes the environment with its runner, whose listener is Locust's own."""
        self._environment = environment
        self._request = environment.events.request
        self._own = list(self._request._handlers)  # noqa: SLF001
        self._counted: dict[tuple[str, str], _Counted] = {}

    def tell(self, method: str, path: str, name: str, seconds: float, reply: Reply, client: Client) -> None:
        """A request has ended."""
        kind = None if reply.ok else reply.error or reply.not_the_malls or ""
        if self._request._handlers == self._own:  # noqa: SLF001
            counted = self._counted.get((method, name))
            if counted is None:
                counted = self._counted[method, name] = _Counted()
            counted.add(seconds * 1000, len(reply.body), kind)
            return
        self._request.fire(  # type: ignore[no-untyped-call]
            request_type=method,
            name=name.removeprefix(f"{method} "),
            response_time=seconds * 1000,
            response_length=len(reply.body),
            response=client.response,
            context={},
            exception=None if kind is None else RuntimeError(kind),
            start_time=time.time() - seconds,
            url=path,
        )

    def report(self) -> None:
        """Tells what was added up since the last time."""
        counted, self._counted = self._counted, {}
        for (method, name), each in counted.items():
            each.tell(self._environment.stats, method, name.removeprefix(f"{method} "))


class _Counted:
    """Requests of one method and name."""

    __slots__ = ("errors", "least", "length", "most", "number", "times", "total")

    def __init__(self) -> None:
        self.number = 0
        self.total = 0.0
        self.least = float("inf")
        self.most = 0.0
        self.length = 0
        self.times: dict[int, int] = {}
        self.errors: dict[str, int] = {}

    def add(self, milliseconds: float, length: int, error: str | None) -> None:
        self.number += 1
        self.total += milliseconds
        self.length += length
        self.least = min(self.least, milliseconds)
        self.most = max(self.most, milliseconds)
        rounded = stats.bucket_response_time(milliseconds)
        self.times[rounded] = self.times.get(rounded, 0) + 1
        if error is not None:
            self.errors[error] = self.errors.get(error, 0) + 1

    def tell(self, into: stats.RequestStats, method: str, name: str) -> None:
        now = time.time()
        failed = sum(self.errors.values())
        entry = stats.StatsEntry(into, name, method)
        entry.num_requests, entry.num_failures = self.number, failed
        entry.total_content_length = self.length
        # Locust says `int` of times and takes fractions.
        entry.total_response_time = self.total  # type: ignore[assignment]
        entry.min_response_time = self.least  # type: ignore[assignment]
        entry.max_response_time = self.most  # type: ignore[assignment]
        entry.response_times = self.times
        entry.num_reqs_per_sec, entry.num_fail_per_sec = {int(now): self.number}, {int(now): failed}
        entry.last_request_timestamp = now
        into.entries[name, method].extend(entry)
        into.total.extend(entry)
        for kind, times in self.errors.items():
            error = RuntimeError(kind)
            key = stats.StatsError.create_key(method, name, error)
            found = into.errors.setdefault(key, stats.StatsError(method, name, error))
            found.occurred()
            found.occurrences += times - 1
