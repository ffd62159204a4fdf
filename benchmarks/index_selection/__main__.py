"""Our search for indexes beside the literature's Extend, on TPC-H in the shadow planner, at four budgets in real megabytes.

`python -m benchmarks.index_selection [--folder FOLDER] [--scale S]`; the data takes two minutes to make (`pip install tpchgen-cli`), and
stays in the folder. The server with the data is only read: every figure is the shadow planner's. `bound` is what no set of the same
candidates can cost less than, by the search's own proof run to one in a thousand.
"""

import argparse
import dataclasses
from pathlib import Path

from benchmarks.index_selection import tpch
from benchmarks.index_selection.pools import advised, pairs
from benchmarks.index_selection.searches import Result, extend, ours

BUDGETS = (0.04, 0.10, 0.25, 0.50)
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
        _print("Extend", extend(facts, texts, schema, budget))
        _print("ours", ours(facts, texts, advised(texts, schema), budget))
        _print("ours, its columns", ours(facts, texts, pairs(texts, schema), budget))


def _print(name: str, result: Result) -> None:
    bound = f"{result.bound:8.4f}" if result.bound else " " * 8
    print(
        f"  {'':10}{name:20}{result.cost:7.4f}{bound}{len(result.chosen):9}{result.bytes / MEBIBYTE:7.0f}"
        f"{result.calls:7}{result.seconds:9.1f}",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.index_selection", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("tenfold-bench") / "tpch")
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    run(given.folder, given.scale)
