"""`findings.json`: the report for machines, in the shape that `docs/findings.schema.json` publishes."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from facts.findings import Finding, QueryEvidence, Quiet, Report, Skipped
from facts.message import Message
from facts.rounds import Round
from pages.proofs import proof_document
from pages.rounds.round_json import round_document
from pages.translation import Language, Translate, translator


def findings_json(report: Report, language: Language, rounds: Iterable[Round] = ()) -> dict[str, Any]:
    """The document; sentences are in the language, everything else is the same in all.

    Args:
        report: What was found.
        language: Of titles, summaries, reasons and remedies.
        rounds: Rehearsal rounds of the same run, each as in `round.json`.
    """
    say = translator(language)
    return {
        "schema_version": report.schema_version,
        "tool": {"name": "tenfold", "version": report.tool_version},
        "areas": [str(area) for area in report.areas],
        "verdict": str(report.verdict),
        "first_sentence": say(report.first_sentence),
        "mall": report.mall,
        "promotion": {
            "name": report.promotion.name,
            "starts": _moment(report.promotion.starts) if report.promotion.starts else None,
            "multiplier": report.promotion.multiplier,
        },
        "taken_at": _moment(report.taken_at),
        "window": say(report.window),
        "language": language,
        "coverage": {
            "workload_time_examined_ratio": report.coverage.workload_time_examined_ratio,
            "targets": [
                {
                    "name": each.name,
                    "kind": each.kind,
                    "status": str(each.status),
                    "detail": _optional(each.detail, say) or "",
                    "remedy": _optional(each.remedy, say) or "",
                }
                for each in report.coverage.targets
            ],
            "skipped": [_skipped(each, say) for each in report.coverage.skipped],
        },
        "time": asdict(report.time),
        "workload": [asdict(each) for each in report.workload],
        "findings": [_finding(each, say) for each in report.findings],
        "ignored": [{"code": each.code, "target": each.target, "subject": each.subject} for each in report.ignored],
        "quiet": [_quiet(each, say) for each in report.quiet],
        "cost": asdict(report.cost),
        "rounds": [round_document(each, language) for each in rounds],
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _optional(text: Message | None, say: Translate) -> str | None:
    return None if text is None else say(text)


def _finding(finding: Finding, say: Translate) -> dict[str, Any]:
    remedy = finding.remedy
    return {
        "code": finding.code,
        "rule": finding.rule,
        "area": str(finding.area),
        "target": finding.target,
        "subject": finding.subject,
        "severity": str(finding.severity),
        "title": say(finding.title),
        "summary": say(finding.summary),
        "loss_cores_at_multiplier": round(finding.loss, 4),
        "evidence": {
            "queries": [_query(each) for each in finding.evidence.queries],
            "figures": finding.evidence.figures,
            "facts": [say(each) for each in finding.evidence.facts],
        },
        "expected": asdict(finding.expected) if finding.expected else None,
        "remedy": {
            "text": say(remedy.text),
            "sql": list(remedy.sql),
            "rollback": list(remedy.rollback),
            "check": list(remedy.check),
            "commands": list(remedy.commands),
            "size_bytes": remedy.size_bytes,
            "size_error_ratio": remedy.size_error_ratio,
            "build_seconds": remedy.build_seconds,
            "write_cost": remedy.write_cost,
            "risk": _optional(remedy.risk, say),
            "before": [{"check": each.name, "says": say(each.says), "against": each.against} for each in remedy.before],
        },
        "alternatives": [{"sql": each.sql, "why_not": say(each.why_not)} for each in finding.alternatives],
        "consequences": [
            {"code": each.code, "subject": each.subject, "title": say(each.title)} for each in finding.consequences
        ],
        "proof": proof_document(finding.proof, say) if finding.proof else None,
    }


def _query(query: QueryEvidence) -> dict[str, Any]:
    return {**asdict(query), "plan_before": list(query.plan_before), "plan_after": list(query.plan_after)}


def _quiet(quiet: Quiet, say: Translate) -> dict[str, Any]:
    return {
        "code": quiet.code,
        "target": quiet.target,
        "subject": quiet.subject,
        "reason": quiet.reason,
        "detail": _optional(quiet.detail, say),
    }


def _skipped(skipped: Skipped, say: Translate) -> dict[str, Any]:
    return {
        "code": skipped.code,
        "subject": skipped.subject,
        "reason": say(skipped.reason),
        "remedy": _optional(skipped.remedy, say),
    }
