"""findings.json: what is written is what docs/findings.schema.json publishes, and nothing else passes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from facts.findings import Area, Report, Severity, Verdict
from facts.readings import Status
from pages.findings_json import findings_json
from pages.translation import LANGUAGES
from pages.words import METHODS, PARTS, SEVERITIES, STATUSES, VERDICTS
from tests.pages.hostile_sample import HOSTILE, LONG, hostile_report
from tests.pages.round_samples import no_go
from tests.pages.sample import empty_report, rich_report
from tests.pages.sample_findings import ORDERS_INDEX

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "findings.schema.json").read_text(encoding="utf-8"))
ROUND: Resource[Any] = Resource.from_contents(json.loads((DOCS / "round.schema.json").read_text(encoding="utf-8")))
VALIDATOR = Draft202012Validator(SCHEMA, registry=Registry().with_resource("round.schema.json", ROUND))


def complaints(document: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(document)]


def objects(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of the schema that describes an object with named fields."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            yield path, node
        for key, value in node.items():
            yield from objects(value, f"{path}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from objects(value, f"{path}[{position}]")


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("build", [rich_report, hostile_report, empty_report])
def test_what_is_written_is_what_the_schema_says(build: Callable[[], Report], language: Any) -> None:
    document = findings_json(build(), language)
    assert complaints(json.loads(json.dumps(document, allow_nan=False))) == []


def test_rounds_of_the_same_run_stand_in_it_as_in_round_json() -> None:
    rounds = no_go().rounds
    document = json.loads(json.dumps(findings_json(rich_report(), "en", rounds)))
    assert complaints(document) == []
    assert [each["round"] for each in document["rounds"]] == ["baseline", "capacity", "confirm"]
    document["rounds"][1]["verdict"] = "MAYBE"
    assert [each.split(":")[0] for each in complaints(document)] == ["$.rounds[1].verdict"]
    assert findings_json(rich_report(), "en")["rounds"] == []


def test_every_field_of_every_object_is_required_and_no_other_is_allowed() -> None:
    described = dict(objects(SCHEMA))
    assert len(described) > 15
    for path, part in described.items():
        assert part["additionalProperties"] is False, path
        assert sorted(part["required"]) == sorted(part["properties"]), path


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    finding = SCHEMA["$defs"]["finding"]["properties"]
    assert finding["severity"]["enum"] == [str(each) for each in Severity]
    assert finding["area"] == SCHEMA["properties"]["areas"]["items"] == {"$ref": "#/$defs/area"}
    assert SCHEMA["$defs"]["area"]["enum"] == [str(each) for each in Area]
    assert set(SCHEMA["properties"]["time"]["properties"]["parts"]["propertyNames"]["enum"]) == set(PARTS)
    assert SCHEMA["properties"]["verdict"]["enum"] == [str(each) for each in Verdict]
    assert SCHEMA["$defs"]["target"]["properties"]["status"]["enum"] == [str(each) for each in Status]
    assert SCHEMA["$defs"]["expected"]["properties"]["method"]["enum"] == list(METHODS)
    assert SCHEMA["properties"]["language"]["enum"] == list(LANGUAGES)


def test_every_word_of_the_schema_has_a_word_for_people() -> None:
    assert list(SEVERITIES) == list(Severity)
    assert list(STATUSES) == list(Status)
    assert list(VERDICTS) == [Verdict.FITS, Verdict.AT_RISK, Verdict.FALLS_OVER, Verdict.NOT_ENOUGH_EVIDENCE]


def test_the_areas_that_were_judged_are_named() -> None:
    assert findings_json(rich_report(), "en")["areas"] == [str(each) for each in Area]
    only = replace(rich_report(), areas=(Area.CACHE, Area.CONFIG))
    assert findings_json(only, "zh")["areas"] == ["cache", "config"]


def test_the_fields_that_others_rely_on_are_there() -> None:
    document = findings_json(rich_report(), "en")
    first = document["findings"][0]
    assert document["tool"] == {"name": "tenfold", "version": "0.1.0"}
    assert document["verdict"] == "falls over"
    assert document["promotion"]["multiplier"] == 10
    assert document["taken_at"] == "2026-10-27T20:15:30Z"
    assert document["coverage"]["workload_time_examined_ratio"] == 0.9712
    assert (first["code"], first["rule"], first["severity"]) == ("IDX001", "missing-index", "critical")
    assert first["evidence"]["queries"][0]["cost_before"] > first["evidence"]["queries"][0]["cost_after"]
    assert first["expected"]["at_multiplier_seconds"] == 8.1
    assert first["remedy"]["sql"] == [ORDERS_INDEX]
    assert first["alternatives"][0]["why_not"].startswith("it would save 7.4 cores")
    assert [each["code"] for each in first["consequences"]] == ["SQL001", "CCH001"]
    assert document["quiet"][0] == {
        "code": "IDX001", "target": "orders", "subject": "public.categories", "reason": "small-table", "detail": None,
    }  # fmt: skip
    assert document["ignored"] == [{"code": "IDX003", "target": "orders/mall", "subject": "public.idx_known_to_us"}]


def test_findings_keep_the_reports_order() -> None:
    report = rich_report()
    document = findings_json(report, "en")
    assert [each["subject"] for each in document["findings"]] == [each.subject for each in report.findings]


def test_a_machine_gets_every_text_as_it_was_read() -> None:
    document = json.loads(json.dumps(findings_json(hostile_report(), "en")))
    assert document["findings"][0]["subject"] == HOSTILE
    assert document["findings"][1]["subject"] == LONG
    assert document["findings"][0]["evidence"]["queries"][0]["tags"] == {HOSTILE: HOSTILE}


def test_moments_are_in_utc_wherever_the_audit_ran() -> None:
    in_china = datetime(2026, 11, 11, 0, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    report = rich_report()
    document = findings_json(
        replace(report, taken_at=in_china, promotion=replace(report.promotion, starts=in_china)), "zh"
    )
    assert document["taken_at"] == "2026-11-10T16:00:00Z"
    assert document["promotion"]["starts"] == "2026-11-10T16:00:00Z"


def _broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(findings_json(rich_report(), "en")))
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda document: document.pop("coverage"), "$"),
        (lambda document: document.update(more=1), "$"),
        (lambda document: document.update(schema_version=2), "$.schema_version"),
        (lambda document: document.update(verdict="fine"), "$.verdict"),
        (lambda document: document.pop("areas"), "$"),
        (lambda document: document["areas"].append("magic"), "$.areas[11]"),
        (lambda document: document["areas"].append("cache"), "$.areas"),
        (lambda document: document.update(taken_at="2026-10-27 20:15:30"), "$.taken_at"),
        (lambda document: document["promotion"].update(multiplier=0), "$.promotion.multiplier"),
        (lambda document: document["findings"][0].update(severity="blocker"), "$.findings[0].severity"),
        (lambda document: document["findings"][0].update(area="magic"), "$.findings[0].area"),
        (lambda document: document["findings"][0].update(code="IDX1"), "$.findings[0].code"),
        (lambda document: document["findings"][0].update(subject=""), "$.findings[0].subject"),
        (lambda document: document["findings"][0].pop("remedy"), "$.findings[0]"),
        (lambda document: document["findings"][0]["expected"].update(method="guessed"), "$.findings[0].expected"),
        (lambda document: document["findings"][0]["remedy"].update(sql="DROP"), "$.findings[0].remedy.sql"),
        (
            lambda document: document["findings"][0]["evidence"]["queries"][0].update(calls=-1),
            "$.findings[0].evidence.queries[0].calls",
        ),
        (
            lambda document: document["coverage"].update(workload_time_examined_ratio=97),
            "$.coverage.workload_time_examined_ratio",
        ),
        (
            lambda document: document["coverage"]["targets"][0].update(status="fine"),
            "$.coverage.targets[0].status",
        ),
        (lambda document: document["time"]["parts"].update(moon=1.0), "$.time.parts"),
        (lambda document: document["quiet"][0].update(reason="because I say so"), "$.quiet[0].reason"),
    ],
)
def test_a_broken_document_is_rejected_where_it_is_broken(
    change: Callable[[dict[str, Any]], object], where: str
) -> None:
    assert [path.split(": ")[0] for path in complaints(_broken(change))] == [where]
