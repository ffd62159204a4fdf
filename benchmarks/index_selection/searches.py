"""Both searches on TPC-H, each on a shadow planner that has been asked nothing yet."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from advisors.index_search.choosing import Limits
from advisors.index_search.plans import Plans
from advisors.index_search.selecting import CLOSE, Demand, select
from advisors.index_search.tree import Tree
from benchmarks.index_selection import yardstick
from benchmarks.index_selection.pools import Pools, columns_of
from facts.planner import Candidate, Plan, Planner
from facts.postgres import PostgresFacts
from facts.schema import Schema
from shadow import open_shadows

PROVEN = 0.001


@dataclass(frozen=True, slots=True)
class Result:
    """What a selection came to.

    Attributes:
        chosen: The indexes.
        cost: Of the workload, as a share of the cost without new indexes.
        calls: Plans that were asked for.
        bound: No set of the same candidates costs less; 0 where nobody has proven one.
    """

    chosen: tuple[Candidate, ...]
    cost: float
    bytes: int
    calls: int
    seconds: float
    bound: float = 0.0


@contextmanager
def _planner(facts: PostgresFacts) -> Iterator[Planner]:
    """One that has been asked nothing yet."""
    with open_shadows([facts]) as shadows:
        (planner,) = shadows.planners.values()
        yield planner


def extend(facts: PostgresFacts, texts: Mapping[str, str], schema: Schema, budget: int) -> Result:
    """The yardstick's."""
    columns = {name: frozenset(columns_of(text, schema)) for name, text in texts.items()}
    with _planner(facts) as planner:
        begun = time.perf_counter()
        costs = yardstick.Costs(planner, texts, columns)
        chosen = yardstick.select(costs, budget)
        seconds = time.perf_counter() - begun
        return Result(
            cost=costs.total(chosen) / costs.total(()),
            chosen=tuple(chosen),
            bytes=sum(planner.size_bytes(each) for each in chosen),
            calls=costs.calls,
            seconds=seconds,
        )


def ours(facts: PostgresFacts, texts: Mapping[str, str], pools: Pools, budget: int) -> Result:
    """Ours, among the candidates that are given for each query."""
    with _planner(facts) as planner:
        begun = time.perf_counter()
        sizes = {each: planner.size_bytes(each) for each in frozenset().union(*pools.values())}
        too_large = frozenset(each for each, size in sizes.items() if size > budget)
        plans = [Plans(planner, text, pools[name], planner.plan(text)) for name, text in texts.items()]
        demands = [
            Demand(each.base.cost, Tree(each, _share_of(each.base), sizes.__getitem__, too_large)) for each in plans
        ]
        free, limits = dict.fromkeys(sizes, 0.0), Limits(bytes=budget, indexes=len(sizes))
        found = select(demands, free, sizes, limits, close=CLOSE)
        seconds, calls = time.perf_counter() - begun, len(plans) + sum(each.calls for each in plans)
        whole = sum(each.weight for each in demands)
        proven = select(demands, free, sizes, limits, close=PROVEN)
        return Result(
            cost=found.cost / whole,
            chosen=tuple(sorted(found.indexes, key=lambda each: each.subject)),
            bytes=sum(sizes[each] for each in found.indexes),
            calls=calls,
            seconds=seconds,
            bound=proven.bound / whole,
        )


def _share_of(base: Plan) -> Callable[[Plan], float]:
    return lambda plan: plan.cost / base.cost
