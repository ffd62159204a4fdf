"""Rounds as JUnit XML, for a CI gate: a test suite a round, a test case a rule of its verdict.

A rule that made the round worthless is an `error` (nothing was measured), an objective that was missed is a `failure`. The shape is the
one that Jenkins, GitLab and GitHub's actions read; Source: https://github.com/jenkinsci/xunit-plugin, junit-10.xsd.
"""

import re
from collections.abc import Iterable
from datetime import UTC
from xml.etree import ElementTree as ET

from facts.rounds import Reason, Round, RoundVerdict
from pages.plain import harmless
from pages.rounds import sentences
from pages.translation import Language, Translate, translator

# What XML 1.0 cannot hold, not even escaped, and what is no character at all.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(rounds: Iterable[Round], language: Language) -> str:
    """The document.

    Args:
        rounds: In the order in which they ran.
        language: Of the evidence; names of suites and cases are the same in all.
    """
    say = translator(language)
    suites = [_suite(each, say) for each in rounds]
    root = ET.Element("testsuites", {"name": "tenfold stress", **_totals(suites)})
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(one: Round, say: Translate) -> ET.Element:
    run = one.recording
    cases = [_case(one, reason, say) for reason in one.reasons]
    decided = {RoundVerdict.INVALID: "error", RoundVerdict.NO_GO: "failure"}.get(one.verdict)
    # A verdict without a rule that explains it must turn the gate red all the same.
    if not cases or (decided and not any(case.find(decided) is not None for case in cases)):
        cases.append(_verdict(one, decided, say))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": "0",
        "time": f"{run.seconds:.3f}",
    }
    began = run.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    suite = ET.Element("testsuite", {"name": f"tenfold.{one.kind}", "timestamp": began, **counts})
    if one.manifest:
        properties = ET.SubElement(suite, "properties")
        for name, value in one.manifest.items():
            ET.SubElement(properties, "property", name=_safe(name), value=_safe(value))
    suite.extend(cases)
    return suite


def _case(one: Round, reason: Reason, say: Translate) -> ET.Element:
    case = ET.Element("testcase", classname=f"tenfold.{one.kind}", name=_safe(reason.rule), time="0.000")
    evidence = _safe(say(reason.evidence))
    if reason.ok:
        ET.SubElement(case, "system-out").text = evidence
    else:
        kind = "error" if reason.invalidates else "failure"
        detail = ET.SubElement(case, kind, message=evidence, type="INVALID" if reason.invalidates else "NO-GO")
        detail.text = evidence
    return case


def _verdict(one: Round, decided: str | None, say: Translate) -> ET.Element:
    case = ET.Element("testcase", classname=f"tenfold.{one.kind}", name="verdict", time="0.000")
    sentence = _safe(say(sentences.carried(one)))
    if decided:
        ET.SubElement(case, decided, message=sentence, type=str(one.verdict)).text = sentence
    else:
        ET.SubElement(case, "system-out").text = sentence
    return case


def _totals(suites: list[ET.Element]) -> dict[str, str]:
    counted = {name: str(sum(int(each.get(name, "0")) for each in suites)) for name in ("tests", "failures", "errors")}
    return {**counted, "time": f"{sum(float(each.get('time', '0')) for each in suites):.3f}"}


def _safe(text: str) -> str:
    return _NOT_XML.sub("\ufffd", harmless(text))
