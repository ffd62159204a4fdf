"""Renders the report as one self-contained HTML file."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from facts import quantities
from facts.findings import Finding, Report
from pages.plain import harmless
from pages.translation import Language, translator
from pages.words import METHODS, PARTS, SEVERITIES, STATUSES, VERDICTS

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
            language="zh-CN" if language == "zh" else "en",
            say=lambda text: harmless(say(text)),
            clean=harmless,
            q=quantities,
            verdict=say(VERDICTS[report.verdict]),
            severities={key: say(text) for key, text in SEVERITIES.items()},
            methods={key: say(text) for key, text in METHODS.items()},
            statuses={key: say(text) for key, text in STATUSES.items()},
            time_bars=_time_bars(report, language),
            workload_bars=_workload_bars(report),
            before_after=_before_after,
            figure=_figure,
            taken_at=report.taken_at.astimezone(UTC),
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


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
            Bar("", f"{each.seconds_now:.3g}", each.seconds_now / longest, "now"),
            Bar("", f"{each.seconds_at_multiplier:.3g}", each.seconds_at_multiplier / longest, "then"),
        )
        for each in report.workload
    ]


def _before_after(finding: Finding) -> tuple[Bar, Bar] | None:
    expected = finding.expected
    if expected is None or expected.seconds_after is None or expected.seconds_before <= 0:
        return None
    return (
        Bar("", f"{expected.seconds_before:.3g}", 1.0, "now"),
        Bar("", f"{expected.seconds_after:.3g}", min(expected.seconds_after / expected.seconds_before, 1.0), "after"),
    )


def _figure(name: str, value: float) -> str:
    """A figure in the unit that its name ends with."""
    if name.endswith("_bytes"):
        return quantities.size(value)
    if name.endswith("_seconds"):
        return quantities.seconds(value)
    if name.endswith("_ratio"):
        return quantities.percent(value)
    return quantities.count(value) if value == int(value) else f"{value:,.4g}"
