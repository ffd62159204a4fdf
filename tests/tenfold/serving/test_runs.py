"""The newest audit and rehearsal as metrics."""

import json
import os
from pathlib import Path
from typing import Any

from tenfold.serving.runs import FINDINGS_AT_MOST, newest_runs

AUDIT: dict[str, Any] = {
    "taken_at": "2026-11-22T09:00:00Z",
    "verdict": "falls over",
    "coverage": {"workload_time_examined_ratio": 0.97},
    "findings": [
        {"code": "SQL001", "severity": "low", "subject": "q"},
        {"code": "IDX001", "severity": "critical", "subject": "public.orders(user_id)"},
    ],
}
ROUND: dict[str, Any] = {
    "round": "confirm",
    "verdict": "NO-GO",
    "started_at": "2026-11-22T10:00:00Z",
    "seconds": 60.0,
    "offered_per_second": 100.0,
    "achieved_per_second": 99.0,
    "scheduled": 6000,
    "failed": 60,
    "latency_ms": {"p50": 10.0, "p95": 50.0, "p99": None},
    "knee": {"per_second": 80.0},
}


def write(folder: Path, name: str, document: Any, *, age: float = 0.0) -> None:
    path = folder / name / "findings.json"
    path.parent.mkdir(parents=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))


def shown(folder: Path) -> dict[tuple[str, ...], float]:
    found = tuple(newest_runs(folder).begin()(None))
    assert {each.metric for each in found} <= set(newest_runs(folder).metrics)
    return {(each.metric.name.removeprefix("tenfold_"), *each.labels): float(each.value) for each in found}  # type: ignore[arg-type]


def test_the_newest_of_each_kind_is_shown(tmp_path: Path) -> None:
    write(tmp_path, "old", {**AUDIT, "verdict": "fits", "findings": []}, age=100)
    write(tmp_path, "new", AUDIT, age=50)
    write(tmp_path, "stress", {**AUDIT, "rounds": [ROUND]})
    (tmp_path / "latest").symlink_to("old")
    found = shown(tmp_path)
    assert found["audit_verdict", "falls over"] == 1
    assert found["audit_verdict", "fits"] == 0
    assert found["findings", "critical"] == 1
    assert found["findings", "high"] == 0
    assert found["finding", "IDX001", "critical", "public.orders(user_id)"] == 1
    assert found["rehearsal_verdict", "confirm", "NO-GO"] == 1
    assert found["rehearsal_failed_ratio", "confirm"] == 0.01
    assert found["rehearsal_latency_seconds", "confirm", "95"] == 0.05
    assert ("rehearsal_latency_seconds", "confirm", "99") not in found
    assert (
        found["rehearsal_end_timestamp_seconds", "confirm"] - found["rehearsal_start_timestamp_seconds", "confirm"]
        == 60
    )
    assert found["rehearsal_knee_arrivals_per_second", "confirm"] == 80


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "good", AUDIT, age=50)
    write(tmp_path, "broken", '{"findings": [')
    write(tmp_path, "foreign", [1, 2])
    assert shown(tmp_path)["audit_verdict", "falls over"] == 1


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert shown(tmp_path / "none") == {}


def test_the_worst_findings_are_shown_and_not_all(tmp_path: Path) -> None:
    many = [{"code": "SQL001", "severity": "low", "subject": str(number)} for number in range(200)]
    write(tmp_path, "audit", {**AUDIT, "findings": [*many, *AUDIT["findings"]]})
    found = shown(tmp_path)
    assert len([key for key in found if key[0] == "finding"]) == FINDINGS_AT_MOST
    assert ("finding", "IDX001", "critical", "public.orders(user_id)") in found
    assert found["findings", "low"] == 201
