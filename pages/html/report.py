"""Renders the audit's report as one HTML file."""

from dataclasses import dataclass
from datetime import UTC

from facts import quantities
from facts.findings import Finding, Report
from facts.quantities import cores
from pages.figures import WORST
from pages.html.frame import FOLDER, render
from pages.plain import harmless
from pages.proofs import OUTCOMES, proof_sentences
from pages.translation import Language, translator
from pages.words import METHODS, SEVERITIES, STATUSES, VERDICTS, cost_sentence, part_name


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: a label, its value in words, and its length as a share of the longest."""

    label: str
    value: str
    share: float
    kind: str = ""


def report_html(report: Report, language: Language) -> str:
    """The whole page. All text from outside is escaped, and the content security policy allows no request and no other script.

    Args:
        report: What was found.
        language: Of every sentence.
    """
    say = translator(language)
    return render(
        "report.html.j2",
        language,
        say,
        styles=(FOLDER / "report.css",),
        scripts=(FOLDER / "page.js", FOLDER / "report.js"),
        report=report,
        cost=cost_sentence(report.cost),
        verdict=say(VERDICTS[report.verdict]),
        severities={key: say(text) for key, text in SEVERITIES.items()},
        methods={key: say(text) for key, text in METHODS.items()},
        statuses={key: say(text) for key, text in STATUSES.items()},
        time_bars=_time_bars(report, language),
        workload_bars=_workload_bars(report),
        before_after=_before_after,
        outcomes=OUTCOMES,
        proof_sentences=proof_sentences,
        cores=cores,
        worst=report.findings[:WORST],
        taken_at=report.taken_at.astimezone(UTC),
    )


def _time_bars(report: Report, language: Language) -> list[Bar]:
    say = translator(language)
    whole = sum(report.time.parts.values())
    if whole <= 0 or report.time.request_seconds is None:
        return []
    return [
        Bar(say(part_name(part, report.time.parts)), quantities.percent(seconds / whole), seconds / whole, part)
        for part, seconds in sorted(report.time.parts.items(), key=lambda item: -item[1])
    ]


def _workload_bars(report: Report) -> list[tuple[str, bool, Bar, Bar]]:
    longest = max((each.seconds_at_multiplier for each in report.workload), default=0.0) or 1.0
    return [
        (
            harmless(each.text),
            each.follows_storefront,
            Bar("", cores(each.seconds_now), each.seconds_now / longest, "now"),
            Bar("", cores(each.seconds_at_multiplier), each.seconds_at_multiplier / longest, "then"),
        )
        for each in report.workload
    ]


def _before_after(finding: Finding) -> tuple[Bar, Bar] | None:
    expected = finding.expected
    if expected is None or expected.seconds_after is None or expected.seconds_before <= 0:
        return None
    return (
        Bar("", cores(expected.seconds_before), 1.0, "now"),
        Bar("", cores(expected.seconds_after), min(expected.seconds_after / expected.seconds_before, 1.0), "after"),
    )
