"""Runs statements on the copy and reads what each run took, from EXPLAIN (ANALYZE, BUFFERS)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import psycopg2
import psycopg2.errors

from facts.message import Message
from proving.copy import STATEMENT_TIMEOUT_SECONDS, Copy, is_lost, words_of

# TIMING OFF: reading the clock for every row would cost more than a fast plan itself; the whole run is timed all the same.
_ANALYZE = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY ON, FORMAT JSON) "
_EXPLAIN = "EXPLAIN (FORMAT JSON) "
# The first run warms the caches and does not count.
WARMING, RUNS = 1, 2


@dataclass(frozen=True, slots=True)
class Run:
    """One text's runs, medians of them.

    Attributes:
        seconds: Of execution; the time limit where it was reached.
        blocks: Shared blocks touched.
        rows: That came back; None where the time limit ended it.
        indexes: Names of those that the plan uses.
    """

    seconds: float
    blocks: float
    rows: float | None
    indexes: frozenset[str]


class UnreplayableError(Exception):
    """The server does not run the text.

    Attributes:
        reason: Why, in one sentence.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(str(reason))
        self.reason = reason


def replay(copy: Copy, text: str) -> Run:
    """Runs the text a few times, read-only.

    Args:
        copy: Where.
        text: One statement, with values in its parameters' places.

    Raises:
        UnreplayableError: It cannot be run.
        psycopg2.Error: The connection is gone.
    """
    try:
        plans = [_plan(copy, _ANALYZE + text) for _ in range(WARMING + RUNS)][WARMING:]
    except psycopg2.errors.QueryCanceled:
        plan = _plan(copy, _EXPLAIN + text)["Plan"]
        return Run(float(STATEMENT_TIMEOUT_SECONDS), 0.0, None, frozenset(_indexes([plan])))
    except psycopg2.Error as error:
        if is_lost(copy, error):
            raise
        raise UnreplayableError(words_of(error)) from None
    return Run(
        seconds=median(each["Execution Time"] for each in plans) / 1000,
        blocks=median(_blocks(each["Plan"]) for each in plans),
        rows=float(plans[-1]["Plan"]["Actual Rows"]) * plans[-1]["Plan"]["Actual Loops"],
        indexes=frozenset(_indexes([plans[-1]["Plan"]])),
    )


def _plan(copy: Copy, statement: str) -> dict[str, Any]:
    answer = copy.rows(statement)[0][0]
    found: dict[str, Any] = (json.loads(answer) if isinstance(answer, str) else answer)[0]
    return found


def _blocks(plan: dict[str, Any]) -> float:
    """The top node's counters hold those of all below it."""
    return float(plan.get("Shared Hit Blocks", 0) + plan.get("Shared Read Blocks", 0))


def _indexes(plans: Sequence[dict[str, Any]]) -> Iterator[str]:
    for plan in plans:
        if "Index Name" in plan:
            yield plan["Index Name"]
        yield from _indexes(plan.get("Plans", ()))
