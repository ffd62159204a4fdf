"""One process's share of a run: its journeys, its dispatcher, its health. The same alone and among several."""

import gc
import itertools
import resource
from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter

import gevent
from locust.env import Environment

from facts.rounds import Generator, Loop
from loadtest.arrivals import share
from loadtest.feeder_files import FeederError
from loadtest.feeders import Feeder, lease, needs, shortages
from loadtest.generator.guard import Guard, approved
from loadtest.generator.health import Health
from loadtest.generator.open_loop import OpenLoop
from loadtest.generator.sending import FreeClients
from loadtest.generator.telling import Telling
from loadtest.generator.walking import Run, logged_in
from loadtest.histogram import Counts, merge, percentile_ms
from loadtest.journey import Journey, Login, Row
from loadtest.journey_loading import journeys_of, logins_of
from loadtest.plan import Plan, PlanError
from loadtest.prewarming import warmed
from loadtest.tally import Tally

# Objects of a request die young; what survives until the oldest generation is looked at lives as long as the run.
_COLLECT = (10_000, 20, 1_000)


class Process:
    """A share of the schedule, being sent."""

    loop = Loop.OPEN

    def __init__(self, plan: Plan, environment: Environment, guard: Guard, *, index: int, count: int) -> None:
        """Reads the journeys; sends nothing yet.

        Args:
            plan: The whole run.
            environment: Locust's.
            guard: Of this process's connections.
            index: This process, from 0.
            count: All processes.

        Raises:
            PlanError: A journey or a feeder cannot be had.
        """
        self.plan = plan
        self.index = index
        self.count = count
        self.journeys: tuple[Journey, ...] = journeys_of(plan)
        self._clients = FreeClients(plan, guard)
        leases = leased(plan, self.journeys, index, count)
        self._leases = leases
        self._halted = False
        self._telling = Telling(environment)
        self._run = Run(self._clients, self._telling.tell, plan, lambda name, _number: leases[name].take())
        self._run.entries.update({each.name: each.entry for each in self.journeys if each.entry})
        limit = plan.max_concurrency // count + (index < plan.max_concurrency % count)
        self._loop = OpenLoop(self._run, self.journeys, limit=limit, drop_after=plan.drop_after_seconds)
        self._lag: Counts = {}
        self._health: Health | None = None
        self.stopped_at: float | None = None

    def prepare(self) -> None:
        """Logs the accounts in that this process will need, before the schedule begins.

        Raises:
            PlanError: Too many of them cannot be logged in, or it was stopped.
        """
        logins = logins_of(self.plan)
        needed = needs(self.plan, self.journeys) if logins else {}
        # A tally of their own, and Locust is told nothing: nothing of it belongs to the round.
        aside = Run(self._clients, lambda *_: None, self.plan, self._run.feed)
        for login in logins:
            act = partial(self._log_in, login, aside)
            try:
                self._leases[login.feeder].warm(needed[login.feeder][self.index], act)
            except FeederError as error:
                raise PlanError(error.said) from error

    def _log_in(self, login: Login, aside: Run, rows: Sequence[Row]) -> Sequence[Row]:
        numbers = itertools.count()

        def one(row: Row) -> Row:
            return logged_in(aside, login.act, row, next(numbers))

        return warmed(rows, one, per_second=login.per_second / self.count, stopped=lambda: self._halted).rows

    def send(self, started: float) -> None:
        """Sends the share; returns when all journeys have ended, the plan's patience is over, or it was stopped.

        Args:
            started: The run's start, on `perf_counter`; it may lie ahead.
        """
        self._run.started = started
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECT)
        gevent.sleep(max(started - perf_counter(), 0))
        self._health = Health()
        end = gevent.spawn_later(self.plan.seconds + self.plan.drain_seconds, self._loop.stop)
        self._loop.dispatch(self.arrivals())
        end.kill()
        self._clients.close()

    def arrivals(self) -> Iterator[tuple[int, float]]:
        """This process's share of the schedule."""
        return share(self.plan, self.index, self.count)

    def halt(self) -> None:
        """Ends the preparations."""
        self._halted = True

    def stop(self) -> None:
        """Ends the run here and now."""
        self.halt()
        self.stopped_at = min(max(perf_counter() - self._run.started, 0.0), self.plan.seconds)
        self._loop.stop()

    def report(self) -> Tally:
        """What was counted since the last report; to be called once a second."""
        if self._health is not None:
            self._health.look()
        self._telling.report()
        tally = self._run.swap()
        for counted in tally.seconds.values():
            merge(self._lag, counted.own_lag)
        return tally

    def generator(self, name: str) -> Generator:
        """How this process kept up so far."""
        strain = (self._health or Health()).strain()
        return Generator(
            name=name,
            scheduled=self._loop.scheduled,
            started=self._loop.started,
            dropped=self._loop.dropped,
            cpu_ratio=strain.cpu_ratio,
            starved_ratio=strain.starved_ratio,
            throttled_seconds=strain.throttled_seconds,
            lag_p99_ms=percentile_ms(self._lag, 99),
        )


def guarded(plan: Plan) -> Guard:
    """The guard of this process, in force from now on.

    Raises:
        PlanError: The target's name cannot be resolved.
    """
    guard = Guard(approved(plan))
    guard.install()
    return guard


def leased(plan: Plan, journeys: Sequence[Journey], index: int, count: int) -> dict[str, Feeder]:
    """This process's rows of the plan's feeders.

    Raises:
        PlanError: A feeder's file cannot be used, or the schedule takes more rows than it has.
    """
    try:
        leases = lease(plan.feeders, index=index, count=count)
        missing = shortages(plan, journeys) if plan.feeders else ()
    except FeederError as error:
        raise PlanError(error.said) from error
    if missing:
        raise PlanError(missing[0])
    return leases


def raise_limits() -> None:
    """Allows this process as many sockets as the system lets it have: each journey under way has one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
