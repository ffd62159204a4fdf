"""Renders the report as one self-contained HTML file."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from facts import quantities
from facts.findings import Finding, Report
from facts.quantities import cores
from pages.figures import WORST, figure, glued
from pages.plain import harmless
from pages.translation import Language, translator
from pages.words import METHODS, PARTS, SEVERITIES, STATUSES, VERDICTS, cost_sentence

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: a label, its value in words, and its length as a share of the longest."""

    label: str
    value: str
    share: float
    kind: str = ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def report_html(report: Report, language: Language) -> str:
    """The whole page. All text from outside is escaped, and the content security policy allows no request and no other script.

    Args:
        report: What was found.
        language: Of every sentence.
    """
    say = translator(language)
    style = (FOLDER / "report.css").read_text(encoding="utf-8")
    script = (FOLDER / "report.js").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            cost=cost_sentence(report.cost),
            language="zh-CN" if language == "zh" else "en",
            say=lambda text: glued(harmless(say(text))),
            clean=harmless,
            q=quantities,
            verdict=say(VERDICTS[report.verdict]),
            severities={key: say(text) for key, text in SEVERITIES.items()},
            methods={key: say(text) for key, text in METHODS.items()},
            statuses={key: say(text) for key, text in STATUSES.items()},
            time_bars=_time_bars(report, language),
            workload_bars=_workload_bars(report),
            before_after=_before_after,
            figure=figure,
            cores=cores,
            worst=report.findings[:WORST],
            fill=_fill,
            taken_at=report.taken_at.astimezone(UTC),
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _fill(template: str, **parts: str | Markup) -> Markup:
    """A translated template with its places filled in; what is no markup of ours is escaped."""
    return escape(template).format(**parts)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _time_bars(report: Report, language: Language) -> list[Bar]:
    say = translator(language)
    whole = sum(report.time.parts.values())
    if whole <= 0 or report.time.request_seconds is None:
        return []
    return [
        Bar(say(PARTS[part]), quantities.percent(seconds / whole), seconds / whole, part)
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
