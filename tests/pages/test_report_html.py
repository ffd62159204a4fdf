"""The HTML report's text: one file, no request, no foreign markup, every sentence translatable."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any

import pytest

from facts.findings import Evidence, Report
from facts.message import Message
from pages.figures import WORST
from pages.findings_json import findings_json
from pages.html import report as page
from pages.html.report import report_html
from pages.plain import harmless
from pages.translation import Translate
from tests.pages.hostile_sample import SCRIPT, hostile_report
from tests.pages.sample import empty_report, rich_report

# Attributes that make a browser fetch, run or style something.
FETCHING = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping", "xlink:href"}
TRANSLATED = re.compile(r"⟦[^⟦⟧]*⟧")


def untranslated(text: str) -> str:
    """What is left of a text without its sentences, which may stand inside each other."""
    while TRANSLATED.search(text):
        text = TRANSLATED.sub("", text)
    return text


class Page(HTMLParser):
    """Every tag with its attributes, and every text that a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.inside: dict[str, list[str]] = {"style": [], "script": [], "title": []}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.inside:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inside[self._inside].append(data)
        elif data.strip():
            self.texts.append(" ".join(data.split()))


def strings(node: Any) -> Iterator[str]:
    """Every string of a document, keys too."""
    if isinstance(node, str):
        yield " ".join(harmless(node).split())
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A language in which every translated sentence stands in brackets."""

    def translator(_language: str) -> Translate:
        return lambda text: f"⟦{text}⟧" if isinstance(text, Message) else f"⟦{text}⟧" if text else ""

    monkeypatch.setattr(page, "translator", translator)


@pytest.mark.usefixtures("bracketed")
def test_every_word_that_is_not_the_malls_own_is_translated() -> None:
    report = rich_report()
    queries = [query for finding in report.findings for query in finding.evidence.queries]
    plans = {" ".join(" ".join(plan).split()) for each in queries for plan in (each.plan_before, each.plan_after)}
    own = {"Tenfold 0.1.0", *strings(findings_json(report, "en")), *plans}
    left = []
    for text in Page(report_html(report, "en")).texts:
        rest = re.sub(r"\(\d+\)|\d[\d.,]* (?:ms|s|min|h|d|B|[KMGT]iB|UTC)\b", "", untranslated(text)).strip(" ·:;.→–⟦⟧")
        known = any(rest in each for each in own) or all(part in own for part in re.split(r" · |: |=", rest))
        if re.search(r"[A-Za-z]", rest) and not known:
            left.append(text)
    assert left == ["Plum Blossom 梅花商城 · Singles' Day 双十一 2026-11-11 · 2026-10-27 20:15 UTC"]


@pytest.mark.usefixtures("bracketed")
def test_labels_that_only_a_screen_reader_or_a_button_says_are_translated_too() -> None:
    tags = Page(report_html(rich_report(), "en")).tags
    spoken = [
        value
        for _, attributes in tags
        for name, value in attributes.items()
        if name in {"aria-label", "data-done", "data-ready"}
    ]
    assert len(spoken) > 5
    assert all(TRANSLATED.fullmatch(value or "") for value in spoken)


@pytest.mark.parametrize("build", [rich_report, hostile_report, empty_report])
def test_the_page_asks_nothing_of_anybody(build: Callable[[], Report]) -> None:
    for tag, attributes in Page(report_html(build(), "en")).tags:
        for name in FETCHING & set(attributes):
            value = attributes[name] or ""
            assert value == "data:," or re.fullmatch(r"#finding-\d+", value), (tag, name, value)
        assert not {name for name in attributes if name.startswith("on") or name == "style"}, tag


@pytest.mark.parametrize("build", [rich_report, hostile_report, empty_report])
def test_the_policy_allows_exactly_our_style_and_our_script(build: Callable[[], Report]) -> None:
    parsed = Page(report_html(build(), "en"))
    policy = next(
        attributes["content"] or ""
        for tag, attributes in parsed.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for tag in ("style", "script"):
        assert sum(each == tag for each, _ in parsed.tags) == 1
        digest = base64.b64encode(hashlib.sha256("".join(parsed.inside[tag]).encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"


def test_hostile_text_is_shown_as_it_was_written_and_makes_no_tag() -> None:
    parsed = Page(report_html(hostile_report(), "en"))
    kinds = {tag for tag, _ in parsed.tags}
    assert not kinds & {"img", "iframe", "object", "embed", "form", "base"}
    # Two findings are too few for a list of the worst.
    assert kinds == {tag for tag, _ in Page(report_html(rich_report(), "en")).tags} - {"ol"}
    assert sum(SCRIPT in text for text in parsed.texts) > 20
    assert any("{{ 7 * 7 }} {% raw %}" in text for text in parsed.texts)
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", report_html(hostile_report(), "en")
    )


def test_the_title_names_mall_and_verdict() -> None:
    assert Page(report_html(rich_report(), "en")).inside["title"] == ["Plum Blossom 梅花商城: The mall falls over"]


def test_the_worst_findings_stand_before_all_others_with_what_to_run() -> None:
    report = rich_report()
    text = "\n".join(Page(report_html(report, "en")).texts)
    worst = text.split("The worst first, and what to run")[1].split("Where a page's time goes")[0]
    for finding in report.findings[:WORST]:
        assert str(finding.title) in worst
        assert finding.subject in worst
        assert all(f"{each};" in worst for each in finding.remedy.sql)
        assert all(each in worst for each in finding.remedy.commands)
    assert str(report.findings[WORST].title) not in worst
    few = replace(report, findings=report.findings[:WORST])
    assert "The worst first, and what to run" not in report_html(few, "en")


def test_all_that_json_tells_of_a_finding_stands_on_the_page() -> None:
    report = rich_report()
    text = "\n".join(Page(report_html(report, "en")).texts)
    for finding in report.findings:
        wanted = [str(finding.title), str(finding.summary), finding.subject, finding.code, str(finding.remedy.text)]
        wanted += [f"{each};" for each in (*finding.remedy.sql, *finding.remedy.rollback, *finding.remedy.check)]
        wanted += [*finding.remedy.commands, *(each.text for each in finding.evidence.queries)]
        wanted += [str(each) for each in finding.evidence.facts]
        wanted += [each.sql for each in finding.alternatives]
        wanted += [each.subject for each in finding.consequences]
        for each in wanted:
            assert " ".join(each.split()) in text, each


def test_gaps_ignored_findings_and_quiet_subjects_are_told() -> None:
    text = "\n".join(Page(report_html(rich_report(), "en")).texts)
    assert "→ GRANT SELECT (id, status) ON public.payments TO tenfold" in text
    assert "public.idx_known_to_us" in text
    assert "guards-data" in text
    assert "0.031 cores at the multiplier" in text
    assert "does not grow with the promotion" in text


def test_an_empty_report_gives_no_all_clear() -> None:
    text = "\n".join(Page(report_html(empty_report(), "en")).texts)
    assert "Not enough evidence for a verdict" in text
    assert "Nothing was found in what was examined." in text
    assert "not known" in text
    assert "Where a page's time goes" not in text


def test_the_moment_is_told_in_utc_wherever_the_audit_ran() -> None:
    in_china = datetime(2026, 11, 11, 0, 30, tzinfo=timezone(timedelta(hours=8)))
    assert "2026-11-10 16:30 UTC" in report_html(replace(rich_report(), taken_at=in_china), "en")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("table_bytes", 151_003_136.0, "144 MiB"),
        ("evidence_seconds", 5_529_600.0, "64 d"),
        ("hit_ratio", 0.125, "12 %"),
        ("table_rows", 1_000_000.0, "1,000,000"),
        ("gain_cores_at_multiplier", 8.0701, "8.07"),
    ],
)
def test_figures_are_told_in_their_unit(name: str, value: float, text: str) -> None:
    report = rich_report()
    finding = replace(report.findings[0], evidence=Evidence(figures={name: value}))
    assert f"<code>{name}</code></dt><dd>{text}</dd>" in report_html(replace(report, findings=(finding,)), "en")


def test_bars_are_as_long_as_their_values() -> None:
    parsed = Page(report_html(rich_report(), "en"))
    widths = [float(attributes["width"] or 0) for tag, attributes in parsed.tags if tag == "rect"]
    assert widths[:3] == [66.21, 31.17, 2.62]
    assert all(0.6 <= width <= 100 for width in widths)
