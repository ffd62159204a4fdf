"""Statements that the user listed, beside those that the server counted: given a time from their plans, so that they can be weighed.

Those of a server's log bring their time with them.

What a unit of the planner's cost takes on this mall is told by its own statements: of the most expensive ones the time over the cost, and
of these the median by time, so that one that waits for a lock tells nothing.
Where the server counted nothing, it is what TPC-H at scale 1 took in memory (19 queries of 3 million units in 18 s).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from advisors.fingerprints import fingerprint
from advisors.references import named_tables
from advisors.views import views_by_name
from facts.listed import Listed
from facts.planner import Planner, UnplannableError
from facts.postgres import PostgresFacts, Statement, Statements
from facts.schema import tables_by_name
from facts.syntax import UnparsableError, parse

PREFIX = "file:"
FILE = "file"
SECONDS_PER_UNIT = 6e-6
OBSERVED = 20
_HOUR = 3600.0
_WORDS_FOR_VALUES = re.compile(r"(?<!is )(?<!not )(?<!default )\b(?:true|false|null)\b")


def with_listed(
    databases: Sequence[PostgresFacts], listed: Iterable[Listed], peak_factor: float
) -> tuple[PostgresFacts, ...]:
    """The databases with the statements among theirs, still without a time.

    Each goes to the first database that has all of its tables; to the first one where none has, whose report then says so.

    Args:
        databases: As read.
        listed: The user's; of a log's, what the server's counters have too is left out.
        peak_factor: The everyday peak over the window's mean rate, which a statement's calls will be multiplied by.
    """
    if not databases:
        return ()
    names = [
        {*tables_by_name(facts.schema), *views_by_name(facts.schema)} if facts.schema else set() for facts in databases
    ]
    fallback = next((place for place, facts in enumerate(databases) if facts.schema), 0)
    added: list[list[Statement]] = [[] for _ in databases]
    counted = [
        {_loosely(each.text) for each in facts.statements.statements} if facts.statements else set[str]()
        for facts in databases
    ]
    for number, each in enumerate(listed, start=1):
        wanted = _tables(each.text)
        place = next((place for place, known in enumerate(names) if wanted and wanted <= known), fallback)
        if each.seconds is not None and _loosely(each.text) in counted[place]:
            continue  # the server's counters tell it better than its log
        added[place].append(_statement(each, number, _calls(each, databases[place], peak_factor)))
    return tuple(_added(facts, more) if more else facts for facts, more in zip(databases, added, strict=True))


def priced(
    facts: PostgresFacts, planner: Planner | None, listed: Sequence[Listed], peak_factor: float
) -> PostgresFacts:
    """The listed statements with the time that their plans let expect; those that cannot be planned stay without.

    Args:
        facts: From `with_listed`.
        planner: Of the database; None where there is none.
        listed: The same as there.
        peak_factor: Likewise.
    """
    statements = facts.statements
    if statements is None or planner is None or not any(map(is_listed, statements.statements)):
        return facts
    unit = _seconds_per_unit(statements, planner)

    def price(each: Statement) -> Statement:
        if not is_listed(each) or each.mean_seconds:
            return each
        cost = _cost(each, planner)
        if cost is None:
            return each
        # What is called less than once in the window costs a part of a call.
        calls = _calls(listed[int(each.id.removeprefix(PREFIX)) - 1], facts, peak_factor)
        return replace(each, mean_seconds=cost * unit, total_seconds=cost * unit * calls)

    return replace(facts, statements=replace(statements, statements=tuple(map(price, statements.statements))))


def is_listed(statement: Statement) -> bool:
    """Whether it comes from the user's file."""
    return statement.id.startswith(PREFIX)


def _seconds_per_unit(statements: Statements, planner: Planner) -> float:
    counted = [each for each in statements.statements if not is_listed(each) and each.top_level and each.calls]
    ratios: list[tuple[float, float]] = []
    for each in sorted(counted, key=lambda one: -one.total_seconds)[:OBSERVED]:
        cost = _cost(each, planner)
        if cost is not None and cost > 0 and each.mean_seconds > 0:
            ratios.append((each.mean_seconds / cost, each.total_seconds))
    half = sum(seconds for _, seconds in ratios) / 2
    for ratio, seconds in sorted(ratios):
        half -= seconds
        if half <= 0:
            return ratio
    return SECONDS_PER_UNIT


def _cost(statement: Statement, planner: Planner) -> float | None:
    try:
        return planner.plan(statement.text).cost
    except UnplannableError:
        return None


def _tables(text: str) -> set[str]:
    try:
        return set(named_tables(parse(text)))
    except UnparsableError:
        return set()


def _loosely(text: str) -> str:
    """What is equal for a statement in the server's counters and in its log, which keeps the words for truth and for nothing."""
    return _WORDS_FOR_VALUES.sub("?", fingerprint(text))


def _calls(listed: Listed, facts: PostgresFacts, peak_factor: float) -> float:
    """In the window; a rate at the everyday peak is brought down to the mean, a measured one is a mean."""
    return listed.per_second * _window(facts) / (peak_factor if listed.seconds is None else 1.0)


def _window(facts: PostgresFacts) -> float:
    return facts.statements.window_seconds if facts.statements and facts.statements.window_seconds > 0 else _HOUR


def _added(facts: PostgresFacts, more: Sequence[Statement]) -> PostgresFacts:
    statements = facts.statements or Statements(
        statements=(),
        window_seconds=_HOUR,
        window_kind=FILE,
        since=None,
        evicted=0,
        hidden=0,
        capacity=0,
        track="",
        own_excluded=0,
    )
    return replace(facts, statements=replace(statements, statements=(*statements.statements, *more)))


def _statement(listed: Listed, number: int, calls: float) -> Statement:
    return Statement(
        id=f"{PREFIX}{number}",
        role="",
        top_level=True,
        text=listed.text,
        tags=listed.tags,
        calls=max(round(calls), 1),
        rows=max(round(calls), 1),
        # Of whole calls, so that their mean is what was measured; what is called less than once costs a part of one.
        total_seconds=(listed.seconds or 0.0) * (round(calls) if calls >= 1 else calls),
        mean_seconds=listed.seconds or 0.0,
        min_seconds=None,
        max_seconds=None,
        deviation_seconds=None,
        shared_blocks_hit=0,
        shared_blocks_read=0,
        shared_blocks_dirtied=0,
        temporary_blocks_written=0,
        wal_bytes=None,
        read_seconds=None,
    )
