"""`make bench`: prints every figure that the documentation claims, with its conditions.

`python -m benchmarks NAME` runs one of them: `cost`, `faults`, `exporter` (five minutes), `stall` (two), `scheduling` (five), `throttled`
(ten), or one of those that run only when they are named, since they take long: `leaks` (ten thousand scrapes), `causes` (forty minutes),
`comparing` (an hour) and `knee` (three hours).
`--folder` names where the practice malls live.

Programs of their own are `python -m benchmarks.index_selection` (TPC-H, two minutes), `benchmarks.index_cpu` (what it spares, a quarter
of an hour), `benchmarks.shadow_parity` (twenty minutes), `benchmarks.write_heavy` (five), `benchmarks.index_upkeep` (one),
`benchmarks.index_scale` (a large mall, some minutes) and
`benchmarks.tickets_race`, `_kill`, `_storm`, `_listing`, `_search`, `_evidence` and `_causes`.
"""

import argparse
from pathlib import Path

from benchmarks import causes, comparing, cost, exporter, exporter_leaks, faults, knee, scheduling, stall, throttled

WITHOUT_A_NAME = ("cost", "faults", "exporter", "stall", "scheduling", "throttled")
LONG = ("leaks", "causes", "comparing", "knee")

parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
# Without a name argparse compares the empty list with the choices.
parser.add_argument("which", nargs="*", choices=[*WITHOUT_A_NAME, *LONG, []], default=[])
parser.add_argument("--folder", type=Path, default=Path("tenfold-bench"))
parser.add_argument("--seconds", type=float, default=40.0, help="of shopping for each fault")
parser.add_argument("--seeds", type=int, default=len(causes.SEEDS), help="of arrivals for each case of causes")
parser.add_argument(
    "--only", default="", help="names of faults, or of cases of causes or of the knee, separated by commas"
)
chosen = parser.parse_args()
which = chosen.which or WITHOUT_A_NAME
only = [name for name in chosen.only.split(",") if name]
if "cost" in which:
    cost.run(chosen.folder / "medium")
if "faults" in which:
    faults.run(chosen.folder / "small", chosen.seconds, only)
if "exporter" in which:
    exporter.run()
if "leaks" in which:
    exporter_leaks.run()
if "stall" in which:
    stall.run()
if "scheduling" in which:
    scheduling.run()
if "throttled" in which:
    throttled.run()
if "comparing" in which:
    comparing.run(chosen.folder / "small")
if "knee" in which:
    knee.run(only=only)
if "causes" in which:
    causes.run(chosen.folder / "small", range(1, chosen.seeds + 1), only)
