"""Our search for indexes beside the literature's Extend, on TPC-H in the shadow planner, at four budgets in real megabytes.

`python -m benchmarks.index_selection [--folder FOLDER] [--scale S]`; the data takes two minutes to make (`pip install tpchgen-cli`), and
stays in the folder. The server with the data is only read: every figure is the shadow planner's. `bound` is what no set of the same
candidates can cost less than, by the search's own proof run to one in a thousand.
"""

import argparse
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from advisors.index_search.choosing import Limits
from advisors.index_search.plans import Plans
from advisors.index_search.selecting import CLOSE, Demand, select
from advisors.index_search.tree import Tree
from benchmarks.index_selection import tpch, yardstick
from benchmarks.index_selection.pools import Pools, advised, columns_of, pairs
from facts.planner import Plan, Planner
from facts.postgres import PostgresFacts
from facts.schema import Schema
from shadow import open_shadows

BUDGETS = (0.04, 0.10, 0.25, 0.50)
PROVEN = 0.001
MEBIBYTE = 2**20


def run(folder: Path, scale: float) -> None:
    """Prints the table.

    Args:
        folder: Where the data lives.
        scale: TPC-H's scale factor.
    """
    with tpch.serving(folder, scale) as dsn:
        facts = dataclasses.replace(tpch.facts(dsn), statements=None)
    schema = facts.schema
    assert schema is not None
    texts = tpch.statements()
    heap = sum(table.heap_bytes or 0 for table in schema.tables)
    print(
        f"\nTPC-H, scale {scale:g}, {len(texts)} queries, {heap / MEBIBYTE:,.0f} MB of heap; cost without new indexes is 1"
    )
    print(f"  {'budget':>8}  {'':22}{'cost':>7}{'bound':>8}{'indexes':>9}{'MB':>7}{'calls':>7}{'seconds':>9}")
    for share in BUDGETS:
        budget = int(heap * share)
        print(f"  {budget / MEBIBYTE:>5,.0f} MB")
        _print("Extend", _extend(facts, texts, schema, budget))
        _print("ours", _ours(facts, texts, advised(texts, schema), budget))
        _print("ours, its columns", _ours(facts, texts, pairs(texts, schema), budget))


@dataclass(frozen=True, slots=True)
class Result:
    """What a selection came to.

    Attributes:
        cost: Of the workload, as a share of the cost without new indexes.
        calls: Plans that were asked for.
        bound: No set of the same candidates costs less; 0 where nobody has proven one.
    """

    cost: float
    indexes: int
    bytes: int
    calls: int
    seconds: float
    bound: float = 0.0


def _print(name: str, result: Result) -> None:
    bound = f"{result.bound:8.4f}" if result.bound else " " * 8
    print(
        f"  {'':10}{name:20}{result.cost:7.4f}{bound}{result.indexes:9}{result.bytes / MEBIBYTE:7.0f}{result.calls:7}{result.seconds:9.1f}",
        flush=True,
    )


@contextmanager
def _planner(facts: PostgresFacts) -> Iterator[Planner]:
    """One that has been asked nothing yet."""
    with open_shadows([facts]) as shadows:
        (planner,) = shadows.planners.values()
        yield planner


def _extend(facts: PostgresFacts, texts: Mapping[str, str], schema: Schema, budget: int) -> Result:
    columns = {name: frozenset(columns_of(text, schema)) for name, text in texts.items()}
    with _planner(facts) as planner:
        begun = time.perf_counter()
        costs = yardstick.Costs(planner, texts, columns)
        chosen = yardstick.select(costs, budget)
        seconds = time.perf_counter() - begun
        return Result(
            cost=costs.total(chosen) / costs.total(()),
            indexes=len(chosen),
            bytes=sum(planner.size_bytes(each) for each in chosen),
            calls=costs.calls,
            seconds=seconds,
        )


def _ours(facts: PostgresFacts, texts: Mapping[str, str], pools: Pools, budget: int) -> Result:
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
            indexes=len(found.indexes),
            bytes=sum(sizes[each] for each in found.indexes),
            calls=calls,
            seconds=seconds,
            bound=proven.bound / whole,
        )


def _share_of(base: Plan) -> Callable[[Plan], float]:
    return lambda plan: plan.cost / base.cost


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.index_selection", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "tpch")
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    run(given.folder, given.scale)
