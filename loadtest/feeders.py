"""Feeders: accounts, SKUs, coupons and addresses for journeys, shared out to generator processes.

Worker i of n holds rows i, i + n, i + 2n, … of each feeder as its lease, all of it before the start. So no worker ever asks another
during the round (a round trip for a row would be lag of the generator's own), every worker can tell its rows from the plan alone, also
on another machine, no row is given out twice, and the rows of a worker that dies are lost with it and disturb nobody.

An exclusive feeder gives each row once (a coupon, an account that orders once); the others let rows come round, the longest unused
first. Because the schedule is known before the start, so is who will need a row of what: too few are refused then, and not noticed in
the middle of the round.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType

from facts.message import Message, msg
from loadtest.arrivals import Choice, schedule
from loadtest.feeder_files import FeederError, rows_of
from loadtest.journey import Journey, Row
from loadtest.plan import FeederFile, Plan

Uses = Mapping[str, Mapping[str, int]]
"""Rows that one arrival takes, by journey's name and feeder."""


class Feeder:
    """One worker's lease of one feeder."""

    def __init__(self, name: str, rows: Sequence[Row], *, exclusive: bool, index: int = 0, count: int = 1) -> None:
        """Takes the lease.

        Args:
            name: Of the feeder.
            rows: All of them, the same in every worker.
            exclusive: Whether a row is given once.
            index: Of the worker, from 0.
            count: Workers.
        """
        self.name = name
        self._free = deque(rows[index::count])
        self._exclusive = exclusive

    def __len__(self) -> int:
        """Rows that are left, of those that come round all."""
        return len(self._free)

    def warm(self, count: int, act: Callable[[Sequence[Row]], Sequence[Row]]) -> None:
        """Replaces the first rows by what becomes of them.

        Args:
            count: How many, at most all.
            act: Is given them in the order in which they will be taken; those that it leaves out are gone.
        """
        first = [self._free.popleft() for _ in range(min(count, len(self._free)))]
        self._free.extendleft(reversed(act(first)))

    def take(self) -> Row:
        """The next row.

        Raises:
            FeederError: None is left.
        """
        if not self._free:
            raise FeederError(msg("feeder {name} has no row left", name=self.name))
        row = self._free.popleft()
        if not self._exclusive:
            self._free.append(row)
        return row


def lease(files: Mapping[str, FeederFile], *, index: int = 0, count: int = 1) -> dict[str, Feeder]:
    """This worker's share of the plan's feeders, by name.

    Args:
        files: From the plan.
        index: Of the worker, from 0.
        count: Workers.

    Raises:
        FeederError: A file cannot be used.
    """
    return {
        name: Feeder(name, rows_of(Path(file.path)), exclusive=file.exclusive, index=index, count=count)
        for name, file in files.items()
    }


def shortages(
    plan: Plan, journeys: Sequence[Journey], rows: Mapping[str, int] | None = None, *, uses: Uses | None = None
) -> tuple[Message, ...]:
    """What is missing for the plan's whole schedule, feeder by feeder; empty when there is enough.

    Args:
        plan: With its feeders, its schedule and its number of workers.
        journeys: With their weights, from `loadtest.journey_loading.journeys_of`.
        rows: Rows of each feeder; None reads the files.
        uses: Rows that one arrival takes; None finds out from the journeys' code.

    Raises:
        FeederError: A file cannot be used.
    """
    held = rows if rows is not None else {name: len(rows_of(Path(file.path))) for name, file in plan.feeders.items()}
    count = plan.processes + plan.workers
    said = []
    for name, needed in needs(plan, journeys, uses).items():
        wanted = needed if plan.feeders[name].exclusive else [min(number, 1) for number in needed]
        # Row r belongs to worker r mod n, so that the last row of a worker decides how long the file must be.
        least = max(((number - 1) * count + index + 1 for index, number in enumerate(wanted) if number), default=0)
        if least > held[name]:
            said.append(
                msg(
                    "feeder {name}: {missing} rows are missing: the schedule takes {needed} and there are {held}; "
                    "add rows, make the round shorter, or let rows come round again",
                    name=name,
                    missing=least - held[name],
                    needed=sum(wanted),
                    held=held[name],
                )
            )
    return tuple(said)


def needs(plan: Plan, journeys: Sequence[Journey], uses: Uses | None = None) -> dict[str, list[int]]:
    """How often the plan's schedule takes a row of each feeder, worker by worker; the arguments are those of `shortages`."""
    taken = uses if uses is not None else {each.name: uses_of(each, plan.feeders) for each in journeys}
    arrivals = _arrivals(plan, journeys, plan.processes + plan.workers)
    return {
        name: [sum(number * taken[each].get(name, 0) for each, number in mine.items()) for mine in arrivals]
        for name in plan.feeders
    }


def uses_of(journey: Journey, names: Iterable[str]) -> dict[str, int]:
    """One row of each feeder whose name stands in the journey's code or in a function of its module that it calls.

    A shopper who asks twice is given the same row, so one is all that an arrival takes. A name that the code does not show, because it
    is put together at run time, counts as taken: rather too many rows are asked for than too few.
    """
    seen: set[CodeType] = set()
    read = [_read(each, seen) for each in (journey.walk, *journey.parts)]
    feeds, words = any(each for each, _ in read), set().union(*(found for _, found in read))
    known = set(names)
    if not feeds:
        return {}
    return dict.fromkeys(sorted(known & words or known), 1)


def _read(walk: Callable[..., None], seen: set[CodeType]) -> tuple[bool, set[str]]:
    """Whether a function asks for rows, and all words in it and in the functions that it calls."""
    code = getattr(walk, "__code__", None)
    if code is None or code in seen:
        return code is None, set()
    seen.add(code)
    feeds, words, pending = False, set[str](), [code]
    while pending:
        each = pending.pop()
        feeds = feeds or "feed" in each.co_names
        words.update(word for word in each.co_consts if isinstance(word, str))
        pending.extend(inner for inner in each.co_consts if isinstance(inner, CodeType))
        called = [getattr(walk, "__globals__", {}).get(name) for name in each.co_names]
        for function in called:
            if isinstance(function, FunctionType):
                further, more = _read(function, seen)
                feeds, words = feeds or further, words | more
            elif isinstance(function, str):
                words.add(function)
    return feeds, words


def _arrivals(plan: Plan, journeys: Sequence[Journey], count: int) -> list[Counter[str]]:
    """How often each journey begins, worker by worker: exactly what the generator will do."""
    choice = Choice([each.weight for each in journeys], plan.seed)
    found = [Counter[str]() for _ in range(count)]
    for number, _ in enumerate(schedule(plan)):
        found[number % count][journeys[choice.of(number)].name] += 1
    return found
