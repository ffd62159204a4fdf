"""Both searches on TPC-H, each on a shadow planner that has been asked nothing yet."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from advisors.index_search.choosing import Limits
from advisors.index_search.partition import Partition
from advisors.index_search.passes import in_passes
from advisors.index_search.plans import Plans
from advisors.index_search.pricing import Observed, Prices, calibrate
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


def timed(
    facts: PostgresFacts,
    texts: Mapping[str, str],
    pools: Pools,
    budget: int,
    observed: Mapping[str, float],
    cached: float,
) -> tuple[Candidate, ...]:
    """The indexes of the least time, by prices calibrated from the queries as they are.

    Args:
        facts: Of the server.
        texts: The queries.
        pools: Candidates of each.
        budget: Bytes of all indexes.
        observed: Seconds of each, without new indexes.
        cached: Share of the pages that were found in memory.
    """
    with _planner(facts) as planner:
        sizes = {each: planner.size_bytes(each) for each in frozenset().union(*pools.values())}
        too_large = frozenset(each for each, size in sizes.items() if size > budget)
        base = {name: planner.plan(text) for name, text in texts.items()}
        seconds = _processor_seconds(base, observed)
        prices = _prices(base, observed, cached)
        plans = {name: Plans(planner, text, pools[name], base[name]) for name, text in texts.items()}
        limits = Limits(bytes=budget, indexes=len(sizes))
        names = list(plans)

        def demand(number: int) -> Demand:
            name = names[number]
            kept = partial(prices.kept, base=base[name], seconds=seconds[name])
            units = _share_of(base[name])
            return Demand(seconds[name], Partition(plans[name], kept, sizes.__getitem__, too_large, units=units))

        demands = list(map(demand, range(len(names))))
        reaches = [partial(_is_on_its_tables, set(re.findall(r"\w+", texts[name]))) for name in names]
        *_, found = in_passes(demands, reaches, demand, dict.fromkeys(sizes, 0.0), sizes, limits)
        return tuple(sorted(found.indexes, key=lambda each: each.subject))


def _is_on_its_tables(words: set[str], candidate: Candidate) -> bool:
    return candidate.table in words and candidate.keys[0].column in words


def foretold(
    facts: PostgresFacts,
    texts: Mapping[str, str],
    sets: Mapping[str, Sequence[Candidate]],
    observed: Mapping[str, float],
    cached: float,
) -> tuple[Prices, dict[str, dict[str, float]]]:
    """The prices, and the seconds of processor time that each query is foretold to take with each set."""
    with _planner(facts) as planner:
        base = {name: planner.plan(text) for name, text in texts.items()}
        prices, seconds = _prices(base, observed, cached), _processor_seconds(base, observed)
        return prices, {
            title: {
                name: seconds[name] * prices.kept(planner.plan(text, chosen), base[name], seconds[name])
                for name, text in texts.items()
            }
            for title, chosen in sets.items()
        }


def _processor_seconds(base: Mapping[str, Plan], observed: Mapping[str, float]) -> dict[str, float]:
    return {name: observed[name] * (plan.work.processes if plan.work else 1.0) for name, plan in base.items()}


def _prices(base: Mapping[str, Plan], observed: Mapping[str, float], cached: float) -> Prices:
    prices = calibrate([Observed(plan.work, observed[name]) for name, plan in base.items() if plan.work], cached)
    assert prices is not None
    return prices


def _share_of(base: Plan) -> Callable[[Plan], float]:
    return lambda plan: plan.cost / base.cost
