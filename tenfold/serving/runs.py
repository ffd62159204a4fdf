"""The newest audit and the newest rehearsal, from their run folders.

Source: `findings.json` in the folders below `[serve] runs`.
Needed role and versions: read access to the folder.
Consumed by: the Mall, Findings and Rehearsal boards; the annotations of audits and rounds.
Cost: the folders' names, and two files, every 30 s.
Caveats: a folder with a damaged file is passed over. A finding's subject is a label: 60 findings at most, the worst first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from collectors.serving.metric import Part, Reader, Sample, gauge, given

EVERY_SECONDS = 30.0
FINDINGS_AT_MOST = 60
FOLDERS_AT_MOST = 50
BYTES_AT_MOST = 64 * 2**20
SEVERITIES = ("critical", "high", "medium", "low")
VERDICTS = ("fits", "at risk", "falls over", "not enough evidence")
ENDINGS = ("GO", "NO-GO", "INVALID")
_MILLI = 1e-3

AUDITED = gauge("tenfold_audit_timestamp_seconds", "When the newest audit was taken.")
VERDICT = gauge("tenfold_audit_verdict", "1 for the verdict of the newest audit.", "verdict")
COUNT = gauge("tenfold_findings", "Findings of the newest audit.", "severity")
FINDING = gauge(
    "tenfold_finding", "1 for each finding of the newest audit, the worst first.", "code", "severity", "subject"
)
EXAMINED = gauge(
    "tenfold_audit_workload_examined_ratio", "Share of the workload's time that the newest audit examined."
)
STARTED = gauge("tenfold_rehearsal_start_timestamp_seconds", "When the round began.", "round")
ENDED = gauge("tenfold_rehearsal_end_timestamp_seconds", "When the round was over.", "round")
ENDING = gauge("tenfold_rehearsal_verdict", "1 for the verdict of the round.", "round", "verdict")
OFFERED = gauge("tenfold_rehearsal_offered_requests_per_second", "Requests due a second.", "round")
ACHIEVED = gauge("tenfold_rehearsal_achieved_requests_per_second", "Requests answered a second.", "round")
FAILED = gauge("tenfold_rehearsal_failed_ratio", "Share of the requests that failed.", "round")
LATENCY = gauge(
    "tenfold_rehearsal_latency_seconds", "Percentile of the latency from the intended start.", "round", "percentile"
)
KNEE = gauge(
    "tenfold_rehearsal_knee_arrivals_per_second", "The highest arrival rate at which the objectives held.", "round"
)
METRICS = (
    AUDITED, VERDICT, COUNT, FINDING, EXAMINED, STARTED, ENDED, ENDING, OFFERED, ACHIEVED, FAILED, LATENCY, KNEE,
)  # fmt: skip

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Newest:
    """What the folders hold: the newest document with an audit, and the newest with rounds."""

    audit: Document | None
    rehearsal: Document | None


def read(folder: Path) -> Newest:
    """The newest of each kind; of a folder that does not exist, nothing."""
    audit: Document | None = None
    rehearsal: Document | None = None
    for path in _newest_first(folder):
        document = _document(path)
        if document is None:
            continue
        if document.get("rounds"):
            rehearsal = rehearsal or document
        else:
            audit = audit or document
        if audit and rehearsal:
            break
    return Newest(audit=audit, rehearsal=rehearsal)


def _newest_first(folder: Path) -> list[Path]:
    found = [
        (path.stat().st_mtime, path)
        for pattern in ("*/findings.json", "*/*/findings.json")
        for path in folder.glob(pattern)
        if not any(each.is_symlink() for each in (path.parent, path.parent.parent))
    ]
    return [path for _, path in sorted(found, reverse=True)[:FOLDERS_AT_MOST]]


def _document(path: Path) -> Document | None:
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and {"findings", "coverage"} <= document.keys() else None


def samples(newest: Newest) -> Iterable[Sample]:
    """The audit's figures, then the rounds'."""
    if newest.audit is not None:
        yield from _audit(newest.audit)
    if newest.rehearsal is not None:
        for each in newest.rehearsal["rounds"]:
            yield from _round(each)


def _audit(document: Document) -> Iterator[Sample]:
    yield from given(AUDITED, _moment(document.get("taken_at")))
    for verdict in VERDICTS:
        yield VERDICT.sample(float(document.get("verdict") == verdict), verdict)
    yield from given(EXAMINED, document["coverage"].get("workload_time_examined_ratio"))
    findings = [each for each in document["findings"] if each.get("severity") in SEVERITIES]
    for severity in SEVERITIES:
        yield COUNT.sample(sum(each["severity"] == severity for each in findings), severity)
    for each in sorted(findings, key=lambda each: SEVERITIES.index(each["severity"]))[:FINDINGS_AT_MOST]:
        yield FINDING.sample(1.0, str(each.get("code", "")), each["severity"], str(each.get("subject", "")))


def _round(document: Document) -> Iterator[Sample]:
    name = str(document.get("round", ""))
    started = _moment(document.get("started_at"))
    yield from given(STARTED, started, name)
    if started is not None and document.get("seconds") is not None:
        yield ENDED.sample(started + float(document["seconds"]), name)
    for ending in ENDINGS:
        yield ENDING.sample(float(document.get("verdict") == ending), name, ending)
    yield from given(OFFERED, document.get("offered_per_second"), name)
    yield from given(ACHIEVED, document.get("achieved_per_second"), name)
    if document.get("scheduled"):
        yield FAILED.sample(float(document.get("failed", 0)) / float(document["scheduled"]), name)
    for key, percentile in (("p50", "50"), ("p95", "95"), ("p99", "99"), ("p99_9", "99.9")):
        value = (document.get("latency_ms") or {}).get(key)
        yield from given(LATENCY, None if value is None else float(value) * _MILLI, name, percentile)
    yield from given(KNEE, (document.get("knee") or {}).get("per_second"), name)


def _moment(value: Any) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return None


def newest_runs(folder: Path) -> Part:
    """The part for one folder."""

    def begin() -> Reader:
        return lambda _: samples(read(folder))

    return Part(name="runs", metrics=METRICS, begin=begin, every=EVERY_SECONDS)
