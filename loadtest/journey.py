"""What the author of a journey imports: `@journey`, `@login` and `Shopper`.

A journey is a function that a shopper walks through from its first page to its last. Its time runs from the shopper's intended arrival:

    from loadtest.journey import Shopper, journey

    @journey("look around", weight=3)
    def look_around(shopper: Shopper) -> None:
        shopper.get("/")
        shopper.think(1, 5)
        word = shopper.dice.choice(["tea", "phone"])
        shopper.get(f"/search?q={word}", name="GET /search")

A request that fails ends the journey, as a shopper leaves who meets an error page; `go_on=True` stays. Names of
requests (`GET /search`) must not hold numbers of products or words: figures are kept for each name.
"""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Row = Mapping[str, str]
"""One row of a feeder: an account, a SKU."""


class Answer(Protocol):
    """What came back for a request."""

    @property
    def status(self) -> int:
        """HTTP status; 0 when there was no answer at all."""

    @property
    def error(self) -> str | None:
        """Kind of the failure in fixed words, None when all was well."""

    @property
    def ok(self) -> bool:
        """Whether the mall itself answered, and well."""

    @property
    def text(self) -> str:
        """The body."""

    @property
    def url(self) -> str:
        """Where it came from in the end, redirects followed."""

    def header(self, name: str) -> str:
        """A header's value, "" when it is not there."""

    def json(self) -> Any:
        """The body, read as JSON.

        Raises:
            ValueError: It is none.
        """


Check = Callable[[Answer], bool]
"""Says whether an answer is what the shopper came for; False makes the request fail as `check failed`."""


class Shopper(Protocol):
    """One shopper on one journey. Cookies are its own and end with it."""

    @property
    def dice(self) -> random.Random:
        """The shopper's own dice, seeded by the plan's seed and the arrival's number."""

    @property
    def number(self) -> int:
        """The arrival's number in the whole schedule, from 0."""

    @property
    def hot(self) -> bool:
        """Whether this shopper has come for the promotion's one product: some do in a flash sale, nobody at other times."""

    @property
    def memory(self) -> dict[str, Any]:
        """What this shopper keeps in mind from one page to a later one: the number of the order that is to be paid."""

    def get(
        self,
        path: str,
        *,
        name: str = "",
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        follow: bool = True,
        go_on: bool = False,
    ) -> Answer:
        """Asks for a page; see `request`."""

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
    ) -> Answer:
        """Sends a form, JSON or bytes; see `request`."""

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
    ) -> Answer:
        """Sends one request and waits for its answer; redirects within the mall are followed and are part of it.

        Args:
            method: `GET`, `POST`, …; anything but `GET`, `HEAD` and `OPTIONS` only when the plan allows writes.
            path: Below the mall's address, with the query.
            data: A form as a mapping, or a body.
            json: A body to be written as JSON.
            name: Under which its figures are kept; by default method and path without the query, and with `{}` for whole numbers.
            headers: Besides those of the plan.
            check: Looks at an answer that is well so far; its time is not the request's.
            follow: Whether a redirect within the mall is followed; else it is the answer.
            go_on: Stay after a failure.
        """

    def think(self, low: float, high: float | None = None) -> None:
        """Pauses for `low` seconds, or between `low` and `high`, drawn evenly; the next request is due when it ends."""

    def feed(self, name: str) -> Row:
        """A row of the plan's feeder of that name; the same row again within a journey.

        Raises:
            KeyError: The plan has no such feeder.
        """

    def leave(self) -> None:
        """Ends the journey here; what happened so far decides whether it was well."""


Walk = Callable[[Shopper], None]
"""The function that a shopper walks through."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A marked function.

    Attributes:
        name: Under which its figures are kept.
        weight: Its share of arrivals, against the other journeys' weights.
        writes: Whether it changes something at the mall (orders, payments, accounts, carts).
        entry: The name of its first request, where that is known beforehand.
        parts: Functions that it may call and that its own code does not name.
    """

    name: str
    walk: Walk
    weight: float = 1.0
    writes: bool = False
    entry: str = ""
    parts: tuple[Callable[..., None], ...] = ()


MARK = "__tenfold_journey__"


def journey(name: str, weight: float = 1.0, *, writes: bool = False) -> Callable[[Walk], Walk]:
    """Marks a function as a journey; it stays a plain function.

    Args:
        name: Under which its figures are kept.
        weight: Its share of arrivals, against the other journeys' weights.
        writes: Whether it changes something at the mall.

    Raises:
        ValueError: The name is empty or the weight is below 0.
    """
    if not name or weight < 0:
        raise ValueError("a journey needs a name and a weight of 0 or more")

    def mark(walk: Walk) -> Walk:
        setattr(walk, MARK, Journey(name, walk, weight, writes))
        return walk

    return mark


LOGIN_MARK = "__tenfold_login__"


@dataclass(frozen=True, slots=True)
class Login:
    """A marked function that logs an account in before a round.

    Attributes:
        feeder: Whose rows are the accounts.
        act: Logs one in; what it returns joins the account's row.
        per_second: Logins begun a second at most, all generator processes together.
    """

    feeder: str
    act: Callable[[Shopper, Row], Row]
    per_second: float


LoginAct = Callable[[Shopper, Row], Row]


def login(feeder: str, *, per_second: float = 10.0) -> Callable[[LoginAct], LoginAct]:
    """Marks a function that logs the accounts of a feeder in before each round; it stays a plain function.

    A round that begins with thousands of logins measures the login page, whose password hashing is slow on purpose. What the function
    returns (a cookie, a token) joins the row that journeys get from `shopper.feed`.

    Args:
        feeder: Name of the feeder whose rows are accounts.
        per_second: Logins begun a second at most.

    Raises:
        ValueError: The rate is not above 0.
    """
    if per_second <= 0:
        raise ValueError("logins need a rate above 0 a second")

    def mark(act: LoginAct) -> LoginAct:
        setattr(act, LOGIN_MARK, Login(feeder, act, per_second))
        return act

    return mark


def named(method: str, path: str) -> str:
    """The name of a request that was given none: `GET /product/{}` for `/product/17?from=home`."""
    return f"{method} {re.sub(r'/[0-9]+(?=/|$)', '/{}', path.partition('?')[0])}"
