"""What the author of a journey imports: `@journey` and `Shopper`.

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

import importlib
import importlib.util
import random
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from facts.message import msg
from loadtest.plan import Plan, PlanError

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
    """

    name: str
    walk: Walk
    weight: float = 1.0
    writes: bool = False
    entry: str = ""


_MARK = "__tenfold_journey__"


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
        setattr(walk, _MARK, Journey(name, walk, weight, writes))
        return walk

    return mark


def named(method: str, path: str) -> str:
    """The name of a request that was given none: `GET /product/{}` for `/product/17?from=home`."""
    return f"{method} {re.sub(r'/[0-9]+(?=/|$)', '/{}', path.partition('?')[0])}"


def journeys_of(plan: Plan) -> tuple[Journey, ...]:
    """The journeys of a plan with the weights that it gives them; those of weight 0 are left out.

    Raises:
        PlanError: A module cannot be found, has no journey, or one that the plan does not allow or does not know.
    """
    if not plan.journeys:
        page = plan.page
        name = named("GET", page)

        def one_page(shopper: Shopper) -> None:
            shopper.get(page, name=name)

        return (Journey(name, one_page, entry=name),)
    found: dict[str, Journey] = {}
    for source in plan.journeys:
        for each in _marked(source):
            if each.name in found:
                raise PlanError(msg("there are two journeys named {name}", name=each.name))
            found[each.name] = each
    if unknown := set(plan.weights) - set(found):
        raise PlanError(
            msg("there is no journey {name}; there are {known}", name=min(unknown), known=", ".join(sorted(found)))
        )
    chosen = tuple(
        Journey(each.name, each.walk, weight, each.writes)
        for each in found.values()
        if (weight := plan.weights.get(each.name, each.weight)) > 0
    )
    if not chosen:
        raise PlanError(msg("every journey of the plan has weight 0: nothing would be sent"))
    if not plan.allow_writes and (writing := [each.name for each in chosen if each.writes]):
        raise PlanError(
            msg(
                "journeys that change something are not allowed here: {names}; give them weight 0",
                names=", ".join(writing),
            )
        )
    return chosen


def _marked(source: str) -> list[Journey]:
    if source.endswith(".py") and not Path(source).is_file():
        raise PlanError(
            msg(
                "there is no journeys file {path}; journeys under [loadtest] names it, from the folder in which tenfold is started",
                path=source,
            )
        )
    try:
        module = _load_file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except Exception as error:
        said = msg(
            "journeys of {source} cannot be loaded: {why}", source=source, why=f"{type(error).__name__}: {error}"
        )
        raise PlanError(said) from error
    marks = [getattr(each, _MARK) for each in vars(module).values() if hasattr(each, _MARK)]
    if not marks:
        raise PlanError(msg("{source} has no journey: mark its functions with @journey", source=source))
    return list(dict.fromkeys(marks))


def _load_file(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"journeys_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
