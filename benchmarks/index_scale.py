"""A large mall's index search: 2,000 tables of a terabyte together, 5,000 families of statements, on this machine's cores.

`python -m benchmarks.index_scale [--tables N] [--families N]`. The mall is made up from a seed and never exists: the search needs its
schema and statistics alone. Printed are seconds by stage, the memory of this process and of the shadow's server, and the disk that the
shadow takes. Promised: under 2 minutes on two cores, under 1 GB of memory, under 200 MB of disk.
"""

import argparse
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from advisors.index_search import search
from advisors.index_search.advice import Thresholds
from advisors.rule import Searched
from advisors.workload import build_workload
from facts.postgres import Statement
from facts.promotion import Policy, Promotion
from facts.schema import ColumnStatistics, Table
from shadow import open_shadows
from tests.advisors import build

TABLES, FAMILIES, SEED = 2_000, 5_000, 11
APPARENT_BYTES = 2**40
# Of database time at the everyday peak; at the multiplier ten times as many.
CORES = 4.0
BLOCK, ROW_BYTES = 8192, 160
COLUMNS = "id buyer_id shop_id sku_id status:text city:text created_at paid_at amount quantity note:text deleted"
FILTERS = (
    "buyer_id = $1",
    "shop_id = $1 AND status = $2",
    "sku_id = $1 AND created_at > $2",
    "city = $1",
    "created_at > $1",
    "id = $1",
)
TAILS = ("", " ORDER BY t.created_at DESC LIMIT 20", " ORDER BY t.amount LIMIT 50")


def run(tables: int = TABLES, families: int = FAMILIES) -> None:
    """Prints what it took.

    Args:
        tables: Of the mall.
        families: Of its statements.
    """
    dice = random.Random(SEED)
    made = [_table(number, tables) for number in range(tables)]
    read = build.schema(
        *made,
        indexes=[build.index(each, "id", name=f"{each.name}_pkey", primary=True, unique=True) for each in made],
        statistics=[each for table in made for each in _statistics(table)],
    )
    facts = build.database(*_statements(dice, made, families), read=read)
    print(
        f"\n{tables:,} tables, {families:,} families, {sum(each.heap_bytes or 0 for each in made) / 2**40:.2f} TB apparent"
    )
    begun = time.perf_counter()
    workload = build_workload(facts, promotion=Promotion(), peak_factor=1.0, cores=16.0, fronts=())
    print(
        f"  reading the statements   {time.perf_counter() - begun:7.1f} s, {len(workload.families):,} families",
        flush=True,
    )
    begun = time.perf_counter()
    with open_shadows([facts]) as shadows:
        (planner,) = shadows.planners.values()
        print(f"  rebuilding in the shadow {time.perf_counter() - begun:7.1f} s", flush=True)
        begun = time.perf_counter()
        stages: list[tuple[float, Searched]] = []

        def searching(searched: Searched) -> bool:
            stages.append((time.perf_counter() - begun, searched))
            return True

        advice = search(workload, planner, Policy(max_indexes=200), Thresholds(), searching)
        seconds = time.perf_counter() - begun
        planned = next(at for at, each in stages if each.kept_ratio is not None)
        print(f"  planning each statement  {planned:7.1f} s")
        print(f"  choosing the set         {seconds - planned:7.1f} s, {len(stages)} reports of progress", flush=True)
        print(
            f"  {len(advice.choices)} indexes, at most {advice.distance:.1%} from the best set; {planner.calls:,} plans"
        )
        ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        print(f"  memory: {ours:,.0f} MB here, {_server_memory():,.0f} MB in the shadow's server")
        disk = _disk()
        parts = ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in disk.most_common(4))
        print(f"  disk of the shadow: {disk.total() / 2**20:,.0f} MB ({parts})", flush=True)


def _table(number: int, tables: int) -> Table:
    """Sizes as in life: a few tables hold most of it."""
    share = 1.0 / (number + 1) / sum(1.0 / (each + 1) for each in range(tables))
    pages = max(int(APPARENT_BYTES * share / BLOCK), 100)
    return build.table(f"t{number}", COLUMNS, pages=pages, rows=pages * BLOCK / ROW_BYTES)


def _statistics(table: Table) -> Iterator[ColumnStatistics]:
    distinct = {
        "id": -1.0,
        "buyer_id": -0.05,
        "shop_id": 5_000.0,
        "sku_id": -0.01,
        "status": 6.0,
        "city": 300.0,
        "deleted": 2.0,
    }
    for column in table.columns:
        yield build.column_statistics(table, column.name, distinct.get(column.name, -0.5))


def _statements(dice: random.Random, tables: Sequence[Table], families: int) -> Iterator[Statement]:
    heavy = [dice.paretovariate(1.1) for _ in range(families)]
    seconds = [each * CORES * build.WINDOW / sum(heavy) for each in heavy]
    for number in range(families):
        one, other = (tables[min(int(dice.paretovariate(0.5)), len(tables)) - 1] for _ in range(2))
        condition, tail = dice.choice(FILTERS), dice.choice(TAILS)
        columns = ", ".join(
            f"t.{each}" for each in dice.sample([column.name for column in one.columns], dice.randint(1, 5))
        )
        where = " AND ".join(f"t.{each}" for each in condition.split(" AND "))
        if dice.random() < 0.4 and one is not other:
            text = f"SELECT {columns}, u.amount FROM {one.name} t JOIN {other.name} u ON u.id = t.sku_id WHERE {where}{tail}"
        else:
            text = f"SELECT {columns} FROM {one.name} t WHERE {where}{tail}"
        if dice.random() < 0.15:
            text = f"UPDATE {one.name} AS t SET status = $9 WHERE {where} RETURNING {columns}"
        # A name of its own keeps every statement a family of its own.
        text = text.replace("SELECT ", f"SELECT 1 AS n{number}, ", 1).replace(
            "RETURNING ", f"RETURNING 1 AS n{number}, "
        )
        yield build.statement(text, calls=dice.randint(100, 100_000), seconds=seconds[number], id=str(number))


def _servers() -> Iterator[psutil.Process]:
    return (each for each in psutil.Process().children(recursive=True) if "postgres" in each.name())


def _server_memory() -> float:
    return sum(each.memory_full_info().pss for each in _servers()) / 2**20


def _disk() -> Counter[str]:
    """What the data folders of our servers really take, in bytes by their first two levels: the tables are sparse."""
    found = Counter[str]()
    for folder in {Path(each.cwd()) for each in _servers()}:
        for each in folder.rglob("*"):
            if each.is_file():
                place = each.relative_to(folder).parent.parts[:2]
                found["/".join(place)] += each.stat().st_blocks * 512
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.index_scale", description=__doc__)
    parser.add_argument("--tables", type=int, default=TABLES)
    parser.add_argument("--families", type=int, default=FAMILIES)
    chosen = parser.parse_args()
    run(chosen.tables, chosen.families)
