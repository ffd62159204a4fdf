"""A user's own Locust scenario, run as Locust runs it and counted in the same books.

Its users wait for their answers before they go on, so its latencies leave out what a slow mall kept from being sent,
and there is no schedule that could be late: lag is unknown. Each request is one that was due when it was sent.
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import gevent
import gevent.event
from locust import User
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment
from locust.user.users import HttpUser
from locust.util.load_locustfile import load_locustfile

from facts.message import msg
from facts.rounds import Generator, Loop
from loadtest.between import between
from loadtest.generator.health import Health
from loadtest.generator.sending import error_kind
from loadtest.plan import Plan, PlanError
from loadtest.tally import Tally

CLIENT_ERRORS = 400


def scenario(plan: Plan) -> Environment:
    """Locust's environment with the users of the plan's locustfile.

    Raises:
        PlanError: The file cannot be loaded, or has no user.
    """
    path = plan.locustfile or ""
    try:
        users, shapes = load_locustfile(path)
    except BaseException as error:  # a locustfile is a stranger's code, and may call sys.exit
        said = msg("the locustfile {path} cannot be loaded: {why}", path=path, why=f"{type(error).__name__}: {error}")
        raise PlanError(said) from error
    classes: list[type[User]] = list(users.values())
    if not classes:
        raise PlanError(msg("the locustfile {path} has no user class", path=path))
    for each in classes:
        _mark(each, plan.headers)
    return Environment(user_classes=classes, shape_class=shapes[0] if shapes else None, host=plan.base)


class ClosedProcess:
    """Locust's own users in this process, counted."""

    loop = Loop.CLOSED

    def __init__(self, plan: Plan, environment: Environment, *, alone: bool = True) -> None:
        """Listens to every request of the environment.

        Args:
            plan: The run.
            environment: With the locustfile's users.
            alone: Whether this process starts the users; among several the master deals them out.
        """
        self.plan = plan
        self.stopped_at: float | None = None
        self._environment = environment
        self._alone = alone
        self._tally = Tally()
        self._started = perf_counter()
        self._requests = 0
        self._health: Health | None = None
        self._end = gevent.event.Event()
        environment.events.request.add_listener(self._on_request)  # type: ignore[no-untyped-call]

    def prepare(self) -> None:
        """Nothing: a user's own scenario prepares itself."""

    def halt(self) -> None:
        """Nothing is prepared."""

    def send(self, started: float) -> None:
        """Lets the users run for the plan's length."""
        self._started = started
        gevent.sleep(max(started - perf_counter(), 0))
        self._health = Health()
        runner = self._environment.runner
        if self._alone and runner is not None:
            if self._environment.shape_class is not None:
                runner.start_shape()
            else:
                runner.start(self.plan.users, self.plan.spawn_rate)
        self._end.wait(self.plan.seconds)
        if runner is not None:
            runner.stop()

    def stop(self) -> None:
        """Ends the run here and now."""
        self.stopped_at = min(max(perf_counter() - self._started, 0.0), self.plan.seconds)
        self._end.set()

    def report(self) -> Tally:
        """What was counted since the last report."""
        if self._health is not None:
            self._health.look()
        counted, self._tally = self._tally, Tally()
        return counted

    def generator(self, name: str) -> Generator:
        """How this process kept up; its lag is unknown."""
        strain = (self._health or Health()).strain()
        return Generator(
            name=name,
            scheduled=0,
            started=0,
            dropped=0,
            cpu_ratio=strain.cpu_ratio,
            starved_ratio=strain.starved_ratio,
            throttled_seconds=strain.throttled_seconds,
            lag_p99_ms=None,
        )

    def _on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int,
        exception: BaseException | None = None,
        response: Any = None,
        **_rest: Any,
    ) -> None:
        seconds = (response_time or 0.0) / 1000
        now = perf_counter() - self._started
        at = max(now - seconds, 0.0)
        endpoint = f"{request_type} {name}"
        part = self._tally.endpoints[endpoint]
        part.scheduled += 1
        part.sent += 1
        cell = self._tally.cells[int(at), endpoint]
        cell.offered += 1
        cell.sent += 1
        self._tally.seconds[int(at)].offered += 1
        status = int(getattr(response, "status_code", 0) or 0)
        kind = (
            between(status, lambda header: str(_headers(response).get(header, "") or ""))
            if response is not None
            else None
        )
        error = None
        if exception is not None and kind is None:
            error = f"HTTP {status}" if status >= CLIENT_ERRORS else _word(exception)
        self._tally.answer(endpoint, at, (now, seconds, seconds), (error, kind, response_length or 0))


def _word(error: BaseException) -> str:
    """As for our own journeys; what a scenario's own check refused is `check failed`."""
    from locust.exception import CatchResponseError, ResponseError

    return "check failed" if isinstance(error, CatchResponseError | ResponseError) else error_kind(error)


def _headers(response: Any) -> Mapping[str, Any]:
    return getattr(response, "headers", None) or {}


def _mark(user: type[User], headers: Mapping[str, str]) -> None:
    """Makes every request of the class carry the plan's headers."""
    if issubclass(user, FastHttpUser):
        user.default_headers = {**(user.default_headers or {}), **headers}
    elif issubclass(user, HttpUser):
        plain = user.on_start

        def on_start(self: Any) -> None:
            self.client.headers.update(headers)
            plain(self)

        user.on_start = on_start  # type: ignore[method-assign]
