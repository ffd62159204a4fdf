"""The written rules: clean for promtool, about metrics that exist, complete in both languages, each with its runbook."""

import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.serving import front_log
from collectors.serving.catalogue import CATALOGUE
from collectors.serving.metric import Kind, Metric
from dashboards.rules import Objective, Objectives, Severity, files, groups
from dashboards.rules.objectives import BOUNDS
from facts.message import Message
from pages.catalogue import places
from pages.translation import LANGUAGES, Language
from tenfold.serving import exposition, marks, promotion, runs, tickets
from tests.conftest import _require
from tests.dashboards.rules.cases import CASES
from tests.dashboards.rules.promtool import PROMTOOL, REMEDY, rules, run

DOCS = Path(__file__).parents[3] / "docs"
_EXPOSED = (
    *(metric for metrics in CATALOGUE.values() for metric in metrics),
    *exposition.SELF, *exposition.EXPORTER, *runs.METRICS, *promotion.METRICS, *marks.METRICS, *tickets.METRICS,
)  # fmt: skip
_EVERYWHERE = frozenset({"mall", "target", "job", "instance", "__name__"})
_EVERYTHING = rules()
_RECORDINGS = frozenset(rule["record"] for rule in _EVERYTHING if "record" in rule)
_ALERTS = [alert for group in groups() for alert in group.alerts]
# What stands in quotes is no metric's name, and what has a colon is a recording.
_QUOTED = re.compile(r'"[^"]*"')
_NAME = re.compile(r"(?<![\w:])tenfold_\w+(?![\w:])")
_RECORDED = re.compile(r"[a-zA-Z_]\w*(?::\w+)+")
_PATTERN = re.compile(r'__name__=~"([^"]*)"')
_SELECTED = re.compile(r"(tenfold_\w+)\{((?:[^{}\"]|\"[^\"]*\")*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


def _by_name(metrics: Collection[Metric]) -> dict[str, frozenset[str]]:
    """The labels of every name that a scrape shows."""
    found: dict[str, frozenset[str]] = {"up": frozenset()}
    for metric in metrics:
        labels = _EVERYWHERE | set(metric.labels)
        if metric.kind is Kind.HISTOGRAM:
            found |= {f"{metric.name}_{end}": labels | {"le"} for end in ("bucket", "count", "sum")}
        else:
            found[metric.name] = labels
    return found


def _unknown(expr: str, known: Mapping[str, frozenset[str]]) -> list[str]:
    """What an expression asks for that nobody exposes or records: metrics, labels, patterns without a match."""
    bare = _QUOTED.sub('""', expr)
    wrong = [name for name in _NAME.findall(bare) if name not in known]
    wrong += [name for name in _RECORDED.findall(bare) if name not in _RECORDINGS]
    wrong += [pattern for pattern in _PATTERN.findall(expr) if not any(re.fullmatch(pattern, name) for name in known)]
    for name, selector in _SELECTED.findall(expr):
        wrong += [
            f"{name}{{{label}}}"
            for label in _LABEL.findall(_QUOTED.sub("", selector))
            if label not in known.get(name, ())
        ]
    return wrong


@pytest.fixture(params=LANGUAGES)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder with every file in one language."""
    for path, text in files(request.param).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.debian_servers
def test_promtool_finds_nothing(written: Path) -> None:
    _require(PROMTOOL, REMEDY)
    found = run(
        PROMTOOL, "check", "rules", "--lint=all", "--lint-fatal", *sorted(written.glob("prometheus/rules/*.yml"))
    )
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert found.stdout.count("SUCCESS") == len(groups())
    checked = run(PROMTOOL, "check", "config", written / "prometheus/prometheus.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # The configuration has found the rules beside it.
    assert checked.stdout.count("rules found") == len(groups())


def test_every_metric_and_label_is_one_that_is_exposed() -> None:
    known = _by_name(_EXPOSED)
    assert {str(rule["expr"]): wrong for rule in _EVERYTHING if (wrong := _unknown(str(rule["expr"]), known))} == {}


def test_renaming_any_metric_that_the_rules_use_is_noticed() -> None:
    used = {name for rule in _EVERYTHING for name in _NAME.findall(_QUOTED.sub('""', str(rule["expr"])))}
    known = _by_name(_EXPOSED)
    assert len(used) > 60
    for name in used:
        without = {other: labels for other, labels in known.items() if other != name}
        assert any(_unknown(str(rule["expr"]), without) for rule in _EVERYTHING), name


def test_a_wrong_label_and_a_pattern_without_a_match_are_noticed() -> None:
    known = _by_name(_EXPOSED)
    assert _unknown('tenfold_front_requests_total{status="5xx"} > 0', known) == ["tenfold_front_requests_total{status}"]
    assert _unknown('count({__name__=~"tenfold_shop_.+"})', known) == ["tenfold_shop_.+"]
    assert _unknown("mall:tenfold_mall_orders:rate1y > 0", known) == ["mall:tenfold_mall_orders:rate1y"]


def test_every_alert_has_a_severity_texts_in_both_languages_and_a_page_in_both() -> None:
    for language in LANGUAGES:
        for path, text in files(language, docs_url="https://docs.example/tenfold/").items():
            if not path.startswith("prometheus/rules/"):
                continue
            for rule in yaml.safe_load(text)["groups"][0]["rules"]:
                if "alert" in rule:
                    _is_complete(rule, language)


def _is_complete(rule: Mapping[str, Any], language: Language) -> None:
    annotations = rule["annotations"]
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in set(Severity)
    folder = "runbooks" if language == "en" else "zh/runbooks"
    assert annotations["runbook_url"] == f"https://docs.example/tenfold/{folder}/{rule['alert']}.md"
    assert (DOCS / folder / f"{rule['alert']}.md").exists(), rule["alert"]
    assert annotations["tickets_url"] == f"http://127.0.0.1:9470/tickets/list?q={rule['alert']}"
    for text in (annotations["summary"], annotations["description"]):
        assert text
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text) is (language == "zh"), text


def test_no_runbook_is_without_its_alert() -> None:
    names = {alert.name for alert in _ALERTS} | {"README"}
    for folder in ("runbooks", "zh/runbooks"):
        assert {page.stem for page in (DOCS / folder).glob("*.md")} == names


def test_a_runbook_is_short_and_has_its_headings() -> None:
    headings = {
        "runbooks": ["What it means", "How to confirm", "What to do first", "What not to do", "When to escalate"],
        "zh/runbooks": ["含义", "如何确认", "先做什么", "不要做什么", "何时升级"],
    }
    for folder, expected in headings.items():
        for page in (DOCS / folder).glob("*.md"):
            text = page.read_text(encoding="utf-8")
            assert text.startswith(f"# {page.stem}\n") or page.stem == "README"
            if page.stem != "README":
                assert re.findall(r"^## (.+)$", text, re.MULTILINE) == expected, page
                assert len(text.splitlines()) <= 34, page


def test_a_runbooks_queries_ask_for_what_exists() -> None:
    known = _by_name(_EXPOSED)
    for page in sorted(DOCS.glob("runbooks/*.md")):
        for query in re.findall(r"^```promql\n(.+?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            assert _unknown(query, known) == [], page


@pytest.mark.debian_servers
def test_prometheus_understands_a_runbooks_queries(tmp_path: Path) -> None:
    _require(PROMTOOL, REMEDY)
    queries = [
        query
        for page in sorted(DOCS.glob("runbooks/*.md"))
        for query in re.findall(r"^```promql\n(.+?)\n```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]
    rules_of_queries = [{"record": f"runbook:{number}", "expr": query} for number, query in enumerate(queries)]
    path = tmp_path / "queries.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules_of_queries}]}), encoding="utf-8")
    found = run(PROMTOOL, "check", "rules", "--lint=none", path)
    assert (found.returncode, len(queries) > len(_ALERTS) / 2) == (0, True), found.stderr


def test_both_languages_of_a_runbook_show_the_same_queries_and_commands() -> None:
    def blocks(page: Path) -> list[str]:
        return re.findall(r"^```\w+\n.+?^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    for page in DOCS.glob("runbooks/*.md"):
        assert blocks(page) == blocks(DOCS / "zh/runbooks" / page.name), page.name


def test_the_objectives_are_documented_as_they_are() -> None:
    objectives = Objectives()
    shares = [getattr(objectives, each.name) for each in fields(objectives)]
    for folder, unit in (("runbooks", " %"), ("zh/runbooks", "%")):
        rows = re.findall(r"^\| .*\d+ ?%.*$", (DOCS / folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
        assert len(rows) == len(shares)
        for row, objective in zip(rows, shares, strict=True):
            assert f"{objective.good * 100:g}{unit}" in row
            assert objective.within is None or f"{objective.within:g} " in row


def test_a_summary_names_only_labels_that_the_alert_has() -> None:
    """A label that is not there would leave a hole in the sentence."""
    for alert in _ALERTS:
        has = {
            label
            for case in CASES
            if case.alert == (alert.name, str(alert.severity)) and case.fires
            for label in case.fires[0]
        }
        named = {
            place.strip("{}") for message in (alert.summary, alert.description) for place in places(message.template)
        }
        assert named - {"value"} <= has, alert.name


def test_severities_of_one_name_say_the_same() -> None:
    summaries: dict[str, set[Message]] = {}
    for alert in _ALERTS:
        summaries.setdefault(alert.name, set()).add(alert.summary)
    assert {name for name, found in summaries.items() if len(found) > 1} == set()


def test_no_alert_stands_twice_and_none_keeps_the_labels_of_the_scrape() -> None:
    keys = [(alert.name, alert.severity) for alert in _ALERTS]
    assert len(keys) == len(set(keys))
    kept = [
        alert.name
        for alert in _ALERTS
        for case in CASES
        if case.alert == (alert.name, str(alert.severity))
        for labels in case.fires
        if {"job", "instance"} & labels.keys()
    ]
    # Of an exporter that does not answer nothing else is known.
    assert set(kept) == {"TenfoldInstanceDown"}


def test_the_bounds_of_latency_objectives_are_those_of_the_histogram() -> None:
    assert BOUNDS == front_log.BOUNDS


@pytest.mark.parametrize("wrong", [{"good": 1.0}, {"good": 0.9}, {"good": 0.99, "within": 0.3}])
def test_an_objective_that_could_never_be_judged_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="objective"):
        Objective(source="", **wrong)


def test_another_objective_changes_the_alerts_and_nothing_else() -> None:
    strict = Objectives(payments=Objective(good=0.995, source="the bank's", least_bad=3))
    usual, changed = files("en"), files("en", objectives=strict)
    assert [path for path in usual if usual[path] != changed[path]] == ["prometheus/rules/tenfold_payments.yml"]
    assert "> 14.4 * 0.005" in changed["prometheus/rules/tenfold_payments.yml"]
    assert ":increase1h >= 3" in changed["prometheus/rules/tenfold_payments.yml"]
