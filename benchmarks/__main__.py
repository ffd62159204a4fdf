"""`make bench`: prints every figure that the documentation claims, with its conditions.

`python -m benchmarks faults` or `python -m benchmarks cost` runs one of them; `--folder` names where the practice malls live.
"""

import argparse
from pathlib import Path

from benchmarks import cost, faults

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
parser.add_argument("which", nargs="*", choices=["faults", "cost", []], default=["cost", "faults"])
parser.add_argument("--folder", type=Path, default=Path("tenfold-bench"))
parser.add_argument("--seconds", type=float, default=40.0, help="of shopping for each fault")
parser.add_argument("--only", default="", help="names of faults, separated by commas")
chosen = parser.parse_args()
if "cost" in chosen.which:
    cost.run(chosen.folder / "medium")
if "faults" in chosen.which:
    faults.run(chosen.folder / "small", chosen.seconds, [name for name in chosen.only.split(",") if name])
