"""Walks one shopper through one journey, and keeps the times of every request."""

import json as encoding
import random
import sys
import traceback
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import gevent

from loadtest.arrivals import chosen
from loadtest.generator.sending import Client, FreeClients, Reply
from loadtest.generator.telling import Tell
from loadtest.journey import Check, Journey, Row, Shopper, named
from loadtest.plan import Plan
from loadtest.tally import Tally

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNANSWERED = "unanswered"
CUT_OFF = "cut off"
BROKE = "journey broke"
# Apart from the seed that chooses the journey: what a shopper does and which product it wants are two questions.
HOT = 0x7EF01D

Feed = Callable[[str, int], Row]
"""Gives a row of the feeder of that name for the arrival of that number."""


class Run:
    """What all shoppers of one process share.

    Attributes:
        tally: Where the current second is counted; the reporter puts a new one in its place.
        started: The run's start, on `perf_counter`.
    """

    def __init__(self, clients: FreeClients, tell_locust: Tell, plan: Plan, feed: Feed) -> None:
        """Begins with an empty tally; `started` is set when the run begins."""
        self.clients = clients
        self.tell_locust = tell_locust
        self.seed = plan.seed
        self.hot_share = plan.hot_share
        self.allow_writes = plan.allow_writes
        self.feed = feed
        self.entries: dict[str, str] = {}
        self.tally = Tally(entries=self.entries)
        self.started = 0.0
        self._told: set[str] = set()

    def swap(self) -> Tally:
        """What was counted since the last time."""
        counted, self.tally = self.tally, Tally(entries=self.entries)
        return counted

    def tell(self, journey: str, error: Exception) -> None:
        """Says once for each place in a journey's code that it broke, on stderr."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"journey {journey!r} broke in {where.filename}:{where.lineno}: {type(error).__name__}: {error}"
        if said not in self._told and len(self._told) < 100:  # noqa: PLR2004  (more help nobody)
            self._told.add(said)
            print(said, file=sys.stderr, flush=True)  # noqa: T201  (the one channel to the journey's author)


class LeftError(Exception):
    """The shopper has left."""


class LoginError(Exception):
    """A login before the round failed."""


def logged_in(run: Run, act: Callable[[Shopper, Row], Row], row: Row, number: int) -> Row:
    """What a login brought, walked as a shopper walks; its figures go into the run's tally, which should be nobody's.

    Raises:
        LoginError: A request of it failed.
    """
    now = perf_counter()
    walker = Walker(run, number, now, now)
    try:
        return act(walker, row)
    except LeftError:
        raise LoginError(walker.failure or "it left") from None
    finally:
        run.clients.give_back(walker.client)


class Walker:
    """A shopper under way; a `loadtest.journey.Shopper`."""

    __slots__ = (
        "_client",
        "_dice",
        "_due",
        "_failed",
        "_first",
        "_free",
        "_intended",
        "_journey",
        "_memory",
        "_not_the_malls",
        "_rows",
        "_run",
        "_size",
        "number",
    )

    def __init__(self, run: Run, number: int, intended: float, free: float) -> None:
        """Takes a client.

        Args:
            run: The process's run.
            number: The arrival's number.
            intended: When it was to begin, on `perf_counter`.
            free: When nothing but the generator itself stood in its way any more: `intended`, or the end of its wait.
        """
        self.number = number
        self._run = run
        self._client: Client = run.clients.take()
        self._dice: random.Random | None = None
        self._intended = intended
        self._due: float | None = intended
        self._free = free
        self._first = True
        self._failed: str | None = None
        self._not_the_malls: str | None = None
        self._size = 0
        self._journey = ""
        self._rows: dict[str, Row] | None = None
        self._memory: dict[str, Any] | None = None

    @property
    def client(self) -> Client:
        """With its connections and cookies."""
        return self._client

    @property
    def failure(self) -> str | None:
        """The kind of the first failure so far, None when there was none."""
        return self._failed

    @property
    def hot(self) -> bool:
        """Whether this shopper wants the promotion's one product."""
        run = self._run
        return run.hot_share > 0 and chosen(run.seed ^ HOT, self.number) < run.hot_share

    @property
    def memory(self) -> dict[str, Any]:
        """What the shopper keeps in mind."""
        if self._memory is None:
            self._memory = {}
        return self._memory

    @property
    def dice(self) -> random.Random:
        """The shopper's own dice."""
        if self._dice is None:
            self._dice = random.Random(f"{self._run.seed}/{self.number}")  # noqa: S311  (a shopper, not a secret)
        return self._dice

    def get(
        self,
        path: str,
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        follow: bool = True,
        go_on: bool = False,
    ) -> Reply:
        """Asks for a page."""
        return self._exchange("GET", path, name, (None, headers, follow), check, go_on=go_on)

    def post(
        self,
        path: str,
        *,
        data: Mapping[str, str] | str | bytes | None = None,
        json: Any = None,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        follow: bool = True,
        go_on: bool = False,
    ) -> Reply:
        """Sends a form, JSON or bytes."""
        return self.request(
            "POST", path, data=data, json=json, name=name, headers=headers, check=check, follow=follow, go_on=go_on
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, str] | str | bytes | None = None,
        json: Any = None,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        follow: bool = True,
        go_on: bool = False,
    ) -> Reply:
        """Sends one request and waits for its answer."""
        sent = dict(headers) if headers else {}
        payload: bytes | None = None
        if json is not None:
            payload = encoding.dumps(json, ensure_ascii=False).encode()
            sent.setdefault("Content-Type", "application/json")
        elif isinstance(data, Mapping):
            payload = urlencode(data).encode()
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif data is not None:
            payload = data.encode() if isinstance(data, str) else data
        return self._exchange(method.upper(), path, name, (payload, sent, follow), check, go_on=go_on)

    def think(self, low: float, high: float | None = None) -> None:
        """Pauses; the next request is due when the pause ends."""
        pause = low if high is None else self.dice.uniform(low, high)
        now = perf_counter()
        if self._first:
            # The request that came with the arrival is not due yet.
            self._run.tally.empty(self._intended - self._run.started)
            self._first = False
        begins = now if self._due is None or self._due is self._intended else self._due
        self._due = begins + pause
        self._free = self._due
        gevent.sleep(max(self._due - now, 0))

    def feed(self, name: str) -> Row:
        """A row of the plan's feeder of that name."""
        if self._rows is None:
            self._rows = {}
        if name not in self._rows:
            self._rows[name] = self._run.feed(name, self.number)
        return self._rows[name]

    def leave(self) -> None:
        """Ends the journey here."""
        raise LeftError

    def walk(self, journey: Journey) -> None:
        """Goes from the first page to the last, and counts the journey."""
        run = self._run
        self._journey = journey.name
        began = perf_counter()
        run.tally.began(journey.name, began - self._intended)
        error: str | None = None
        try:
            journey.walk(self)
        except LeftError:
            pass
        except gevent.GreenletExit:
            error = CUT_OFF
            raise
        except Exception as broken:  # noqa: BLE001  (a journey is a stranger's code)
            error = BROKE
            run.tell(journey.name, broken)
        finally:
            now = perf_counter()
            if self._first:
                run.tally.empty(self._intended - run.started)
            outcome = (self._failed or error, self._not_the_malls, self._size)
            run.tally.finished(journey.name, (now - self._intended, now - began), outcome)
            run.clients.give_back(self._client)

    def _exchange(
        self,
        method: str,
        path: str,
        name: str,
        content: tuple[bytes | None, Mapping[str, str] | None, bool],
        check: Check | None,
        *,
        go_on: bool,
    ) -> Reply:
        run, client = self._run, self._client
        name = name or named(method, path)
        sent = perf_counter()
        due = sent if self._due is None else self._due
        at = due - run.started
        own_lag = sent - (self._free if self._due is not None else sent)
        run.tally.sending(name, at, sent - due, own_lag, first=self._first)
        if self._first:
            run.entries.setdefault(self._journey, name)
        self._first, self._due = False, None
        reply: Reply | None = None
        try:
            allowed = method in SAFE_METHODS or run.allow_writes
            reply = client.send(method, path, *content) if allowed else Reply(None, "write not allowed")
        finally:
            now = perf_counter()
            if reply is None:
                self._failed = self._failed or UNANSWERED
                run.tally.answer(name, at, (now - run.started, now - due, now - sent), (UNANSWERED, None, 0))
        if check is not None and reply.ok and not check(reply):
            reply.error = "check failed"
        self._size += reply.received_bytes
        self._failed = self._failed or reply.error
        self._not_the_malls = self._not_the_malls or reply.not_the_malls
        outcome = (reply.error, reply.not_the_malls, reply.received_bytes)
        run.tally.answer(name, at, (now - run.started, now - due, now - sent), outcome)
        run.tell_locust(method, path, name, now - sent, reply, client)
        if not reply.ok and not go_on:
            raise LeftError
        return reply
