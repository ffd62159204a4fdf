"""Why a subject was or was not reported, from a run's findings.json."""

import difflib
from pathlib import Path
from typing import Any

from advisors.rule import Rule
from advisors.rules import RULES
from pages.words import SEVERITIES
from tenfold.exits import CommandError
from tenfold.runs import read_run
from tenfold.words import _, say

_SEVERITIES = {str(severity): word for severity, word in SEVERITIES.items()}


def rule_list() -> list[str]:
    """One line for each rule: code, bad pattern, what it finds."""
    return [f"{rule.code}  {rule.name:<28} {rule.manual.splitlines()[0]}" for rule in RULES]


def manual_page(code: str) -> str:
    """The rule's manual page.

    Raises:
        CommandError: There is no such rule.
    """
    rule = _rule(code)
    return f"{rule.code} {rule.name}\n\n{rule.manual}"


def about_subject(code: str, subject: str, run: Path) -> list[str]:
    """What the run recorded about the subjects that contain `subject`.

    Raises:
        CommandError: There is no such rule or run, or the run recorded nothing of that name.
    """
    rule = _rule(code)
    document = read_run(run, _("Name one with --run, or make one with: tenfold audit"))
    lines = [
        *(_finding_line(each) for each in document["findings"] if _concerns(each, rule, subject)),
        *(
            _consequence_line(cause, each)
            for cause in document["findings"]
            for each in cause.get("consequences", ())
            if _concerns(each, rule, subject)
        ),
        *(_quiet_line(each) for each in document["quiet"] if _concerns(each, rule, subject)),
        *(
            _skipped_line(each)
            for each in document["coverage"]["skipped"]
            if each["code"] in {"", rule.code} and subject in each["subject"]
        ),
    ]
    if lines:
        return lines
    seen = [each["subject"] for part in ("findings", "quiet") for each in document[part] if each["code"] == rule.code]
    near = difflib.get_close_matches(subject, seen, n=3, cutoff=0.3) or seen[:5]
    raise CommandError(
        _("{code} has no record of {subject} in {run}.").format(code=rule.code, subject=repr(subject), run=run),
        _("It looked at: {subjects}").format(subjects=", ".join(near))
        if near
        else _("It looked at nothing there; what was not examined stands at the end of the report, with the reason."),
    )


def _rule(code: str) -> Rule:
    wanted = code.upper()
    found = next((rule for rule in RULES if wanted in {rule.code, rule.name.upper()}), None)
    if found is None:
        near = difflib.get_close_matches(wanted, [rule.code for rule in RULES], n=1)
        raise CommandError(
            _("There is no rule {code}.").format(code=code),
            _("Did you mean {name}?").format(name=near[0]) if near else _("All rules: tenfold explain"),
        )
    return found


def _concerns(record: dict[str, Any], rule: Rule, subject: str) -> bool:
    return record["code"] == rule.code and subject in record["subject"]


def _finding_line(record: dict[str, Any]) -> str:
    severity = say(_SEVERITIES.get(record["severity"], record["severity"]))
    return _("{code} {subject}: reported, {severity}. {summary}").format_map(record | {"severity": severity})


def _consequence_line(cause: dict[str, Any], record: dict[str, Any]) -> str:
    return _("{code} {subject}: a consequence of {cause_code} {cause_subject}.").format(
        code=record["code"], subject=record["subject"], cause_code=cause["code"], cause_subject=cause["subject"]
    )


def _quiet_line(record: dict[str, Any]) -> str:
    line = _("{code} {subject}: not reported, because: {reason}.").format_map(record)
    return f"{line} {record['detail']}" if record.get("detail") else line


def _skipped_line(record: dict[str, Any]) -> str:
    line = _("{subject}: not examined: {reason}").format_map(record)
    return f"{line} {record['remedy']}" if record.get("remedy") else line
