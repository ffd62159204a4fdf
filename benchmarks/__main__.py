"""`make bench`: prints every figure that the documentation claims, with its conditions.

`python -m benchmarks NAME` runs one of them: `cost`, `faults`, `stall` (two minutes), `scheduling` (three minutes) or `causes`. Without a
name all run but `causes`: it takes forty minutes, so it runs only when it is named. `--folder` names where the practice malls live.
"""

import argparse
from pathlib import Path

from benchmarks import causes, cost, faults, scheduling, stall

WITHOUT_A_NAME = ("cost", "faults", "stall", "scheduling")

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
# Without a name argparse compares the empty list with the choices.
parser.add_argument("which", nargs="*", choices=[*WITHOUT_A_NAME, "causes", []], default=[])
parser.add_argument("--folder", type=Path, default=Path("tenfold-bench"))
parser.add_argument("--seconds", type=float, default=40.0, help="of shopping for each fault")
parser.add_argument("--seeds", type=int, default=len(causes.SEEDS), help="of arrivals for each case of causes")
parser.add_argument("--only", default="", help="names of faults, or of cases of causes, separated by commas")
chosen = parser.parse_args()
which = chosen.which or WITHOUT_A_NAME
only = [name for name in chosen.only.split(",") if name]
if "cost" in which:
    cost.run(chosen.folder / "medium")
if "faults" in which:
    faults.run(chosen.folder / "small", chosen.seconds, only)
if "stall" in which:
    stall.run()
if "scheduling" in which:
    scheduling.run()
if "causes" in which:
    causes.run(chosen.folder / "small", range(1, chosen.seeds + 1), only)
