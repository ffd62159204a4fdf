"""What an audit or a rehearsal has found, as alerts for the generic intake (`tenfold audit --raise`, `tenfold stress --raise`).

A finding is recognized by its code, target and subject, so that the next audit adds to the ticket of the last one instead of
opening another. It is no alarm of the night: a critical finding is important, anything less is normal.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tickets.names import Urgency

AUDIT, STRESS = "audit", "stress"
SEVERITIES = ("low", "medium", "high", "critical")
AT_LEAST = "high"
ALERTS_AT_MOST = 200
_AREAS_AT_MOST = 100


def of_audit(document: Mapping[str, Any], at_least: str = AT_LEAST) -> list[dict[str, Any]]:
    """The findings that deserve a ticket, and the rehearsal rounds that failed.

    Args:
        document: `findings.json`.
        at_least: The least severity.

    Raises:
        ValueError: No such severity, or the document is none.
    """
    alerts = [_finding(str(document.get("mall", "")), each) for each in deserving(document, at_least)]
    return alerts + of_rounds(_rounds(document), str(document.get("mall", "")))


def deserving(document: Mapping[str, Any], at_least: str = AT_LEAST) -> list[Mapping[str, Any]]:
    """The findings that deserve a ticket, the worst first.

    Args:
        document: `findings.json`.
        at_least: The least severity.

    Raises:
        ValueError: No such severity, or the document is none.
    """
    if at_least not in SEVERITIES:
        raise ValueError(f"{at_least!r} is none of {', '.join(SEVERITIES)}")
    findings = document.get("findings")
    if not isinstance(findings, list):
        raise ValueError("this is no findings.json: it has no list of findings")  # noqa: TRY004  (the document is wrong, not its type)
    wanted = SEVERITIES[SEVERITIES.index(at_least) :]
    chosen = [each for each in findings if isinstance(each, Mapping) and each.get("severity") in wanted]
    chosen.sort(key=lambda each: -SEVERITIES.index(str(each["severity"])))
    return chosen[:ALERTS_AT_MOST]


def of_gone(findings: Iterable[Mapping[str, Any]], mall: str) -> list[dict[str, Any]]:
    """Findings that a later audit no longer has, as alerts that have ended.

    Args:
        findings: As an earlier `findings.json` had them.
        mall: Its name.
    """
    return [{**_finding(mall, each), "status": "resolved"} for each in findings]


def of_rounds(rounds: Iterable[Mapping[str, Any]], mall: str = "") -> list[dict[str, Any]]:
    """The rehearsal rounds that ended with NO-GO.

    Args:
        rounds: As `round.json` has them.
        mall: Its name.
    """
    return [_round(each, mall) for each in rounds if each.get("verdict") == "NO-GO"]


def _finding(mall: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    code, target, subject = (str(finding.get(name, "")) for name in ("code", "target", "subject"))
    remedy = finding.get("remedy")
    text = str(remedy.get("text", "")) if isinstance(remedy, Mapping) else ""
    return {
        "source": AUDIT,
        "key": f"{code}:{target}:{subject}",
        "title": f"{code} {target}: {finding.get('title') or subject}",
        "summary": "\n\n".join(part for part in (str(finding.get("summary", "")), text) if part),
        "urgency": Urgency.IMPORTANT if finding.get("severity") == "critical" else Urgency.NORMAL,
        "labels": {
            "alertname": code,
            "mall": mall,
            "target": target,
            "subject": subject,
            "area": str(finding.get("area", ""))[:_AREAS_AT_MOST],
        },
    }


def _round(each: Mapping[str, Any], mall: str) -> dict[str, Any]:
    name = str(each.get("round", ""))
    reasons = [reason for reason in each.get("reasons") or () if isinstance(reason, Mapping) and not reason.get("ok")]
    return {
        "source": STRESS,
        "key": f"{mall}:{name}",
        "title": f"NO-GO: {name}" + (f" ({mall})" if mall else ""),
        "summary": "\n".join(f"{reason.get('rule', '')}: {reason.get('evidence', '')}" for reason in reasons),
        "urgency": Urgency.IMPORTANT,
        "labels": {"alertname": "NO-GO", "mall": mall, "round": name, "area": "capacity"},
    }


def _rounds(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rounds = document.get("rounds") or []
    return [each for each in rounds if isinstance(each, Mapping)] if isinstance(rounds, list) else []
