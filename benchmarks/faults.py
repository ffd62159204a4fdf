"""Each planted fault alone, and the healthy mall: what was found, what was missed, what was a false alarm.

A false alarm is a finding of severity critical or high that is not the fault's own root cause. Precision and recall are over all runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from facts.findings import Finding, Report, Severity
from mall import FAULTS, Fault, Mall, open_mall
from tenfold.cli.options import Terminal
from tenfold.demo.story import act, create_role, names_fault, settings_for

ALARMING = (Severity.CRITICAL, Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Row:
    """What one audit said about one fault, or about the healthy mall."""

    name: str
    code: str
    found: bool
    false_alarms: tuple[str, ...]
    coverage: float | None


def run(folder: Path, seconds: float, only: Sequence[str]) -> list[Row]:
    """Prints the table; returns its rows.

    Args:
        folder: Where the small mall lives.
        seconds: Of shopping for each audit.
        only: Names of faults; empty for all of them and the healthy mall.
    """
    rows = []
    with open_mall(folder) as mall:
        create_role(mall)
        terminal = Terminal(quiet=True)
        settings = settings_for(mall, window=seconds)
        print(f"\n{'fault':24} {'code':8} {'found':6} {'coverage':9} false alarms (critical or high)")
        if not only:
            rows.append(_row(mall, None, act(mall, settings, terminal, seed=3).report))
        for number, fault in enumerate(FAULTS):
            if (only and fault.name not in only) or fault.name.startswith(("fix-", "write-")):
                continue
            mall.turn(fault.name, on=True)
            try:
                report = act(mall, settings, terminal, seed=4 + number).report
            finally:
                mall.turn(fault.name, on=False)
            rows.append(_row(mall, fault, report))
    covered = [row for row in rows if row.code]
    found = sum(row.found for row in covered)
    alarms = sum(len(row.false_alarms) for row in rows)
    print(f"recall {found}/{len(covered)}, precision {found}/{found + alarms} over {len(rows)} audits of {seconds:g} s")
    return rows


def _row(mall: Mall, fault: Fault | None, report: Report) -> Row:
    row = Row(
        name=fault.name if fault else "(healthy)",
        code=fault.code if fault else "",
        found=bool(fault and fault.code and names_fault(mall, fault, report)),
        false_alarms=tuple(
            f"{each.code} {each.subject[:60]}" for each in report.findings if _is_false(mall, fault, each)
        ),
        coverage=report.coverage.workload_time_examined_ratio,
    )
    mark = "yes" if row.found else "NO" if row.code else "-"
    print(
        f"{row.name:24} {row.code or '-':8} {mark:6} {row.coverage or 0:<9.3f} {'; '.join(row.false_alarms) or '-'}",
        flush=True,
    )
    return row


def _is_false(mall: Mall, fault: Fault | None, finding: Finding) -> bool:
    """An alarming finding that names neither the fault nor, for a setting, its neighbor of the same rule."""
    if finding.severity not in ALARMING:
        return False
    wanted = mall.names.sql(fault.subject) if fault else ""
    own = (
        fault is not None
        and finding.code == fault.code
        and "".join(wanted.split()).lower() in "".join(finding.subject.split()).lower()
    )
    explained = fault is not None and any(each.code == fault.code for each in finding.consequences)
    return not own and not explained
