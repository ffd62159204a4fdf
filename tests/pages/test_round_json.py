"""round.json: what is written is what docs/round.schema.json publishes, and it is read back as it was."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from facts.rounds import Loop, Round, RoundKind, RoundVerdict
from pages.rounds.rehearsal import Rehearsal, overall_verdict
from pages.rounds.round_file import RoundFileError, read_rounds
from pages.rounds.round_json import document_text, round_document, stress_document
from pages.translation import LANGUAGES
from tests.pages import round_samples

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "round.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLES = (
    round_samples.no_go,
    round_samples.go,
    round_samples.invalid,
    round_samples.closed,
    round_samples.hostile,
    round_samples.nothing,
)


def document(one: Round) -> Any:
    return json.loads(document_text(round_document(one, "en")))


def confirmation() -> Round:
    return round_samples.no_go().rounds[2]


def objects(node: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            yield path, node
        for key, value in node.items():
            yield from objects(value, f"{path}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from objects(value, f"{path}[{position}]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("build", SAMPLES)
def test_what_is_written_is_what_the_schema_says(build: Callable[[], Rehearsal], language: Any) -> None:
    for one in build().rounds:
        written = json.loads(document_text(round_document(one, language)))
        assert [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(written)] == []


def test_every_field_of_every_object_is_required_and_no_other_is_allowed() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    described = dict(objects(SCHEMA))
    assert len(described) > 9
    for path, part in described.items():
        assert part["additionalProperties"] is False, path
        assert sorted(part["required"]) == sorted(part["properties"]), path


def test_the_words_of_the_schema_are_those_of_the_code() -> None:
    assert SCHEMA["properties"]["round"]["enum"] == [str(each) for each in RoundKind]
    assert SCHEMA["properties"]["verdict"]["enum"] == [str(each) for each in RoundVerdict]
    assert SCHEMA["properties"]["loop"]["enum"] == [str(each) for each in Loop]


def test_the_fields_that_others_rely_on_are_there() -> None:
    written = document(round_samples.no_go().rounds[1])
    assert written["round"] == "capacity"
    assert written["verdict"] == "NO-GO"
    assert written["reasons"][0]["rule"] == "slo p99<500ms"
    assert written["scheduled"] == written["sent"] + written["dropped"] == 5240
    assert set(written["latency_ms"]) >= {"p50", "p95", "p99", "p99_9", "max"}
    assert written["knee"]["per_second"] == 262
    assert written["cause"][0]["resource"] == "database-pool"
    assert {each["name"] for each in written["endpoints"]} >= {"GET /search"}
    assert written["seed"] == 12
    assert written["manifest"]["mall"] == "as delivered"


@pytest.mark.parametrize(
    ("build", "verdict"),
    [
        (round_samples.no_go, "NO-GO"),
        (round_samples.go, "GO"),
        (round_samples.invalid, "INVALID"),
        (round_samples.closed, "GO"),
    ],
)
def test_stress_prints_the_worst_verdict_and_every_round(build: Callable[[], Rehearsal], verdict: str) -> None:
    rounds = build().rounds
    written = stress_document(rounds, "en")
    assert set(written) == {"verdict", "rounds"}
    assert written["verdict"] == verdict
    assert [each["round"] for each in written["rounds"]] == [str(each.kind) for each in rounds]


def test_invalid_stands_over_no_go_over_go_and_nothing_is_no_go_ahead() -> None:
    go, no_go, invalid = (replace(confirmation(), verdict=each) for each in RoundVerdict)
    assert overall_verdict([go, no_go, invalid]) is RoundVerdict.INVALID
    assert overall_verdict([no_go, go]) is RoundVerdict.NO_GO
    assert overall_verdict([go, go]) is RoundVerdict.GO
    assert overall_verdict([]) is RoundVerdict.INVALID


@pytest.mark.parametrize("build", SAMPLES)
def test_a_round_is_read_back_as_it_was_written(build: Callable[[], Rehearsal]) -> None:
    for one in build().rounds:
        # As `write_file` puts it on the disk: half a surrogate pair is no text.
        text = document_text(round_document(one, "en")).encode("utf-8", "replace").decode()
        (back,) = read_rounds(text)
        assert document(back) == json.loads(text)
        if build is not round_samples.hostile:
            assert back.recording == one.recording
            assert (back.kind, back.verdict, back.steps, back.knee) == (one.kind, one.verdict, one.steps, one.knee)


def test_rounds_are_read_from_what_stress_printed_and_from_findings() -> None:
    rounds = round_samples.no_go().rounds
    printed = document_text(stress_document(rounds, "zh"))
    assert [each.recording for each in read_rounds(printed)] == [each.recording for each in rounds]
    findings = json.dumps({"findings": [], "rounds": [round_document(rounds[0], "en")]})
    assert read_rounds(findings)[0].recording == rounds[0].recording


def test_a_sentence_of_a_file_is_never_used_as_a_template() -> None:
    forged = document(confirmation())
    forged["reasons"][0]["evidence"] = "{0.__class__} {x!r:>999999999} {"
    (back,) = read_rounds(json.dumps(forged))
    assert str(back.reasons[0].evidence) == "{0.__class__} {x!r:>999999999} {"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda one: one.update(schema_version=2), "newer Tenfold"),
        (lambda one: one.pop("schema_version"), "schema_version"),
        (lambda one: one.update(verdict="MAYBE"), "verdict"),
        (lambda one: one.pop("seed"), "seed"),
        (lambda one: one.update(seed="7"), "seed"),
        (lambda one: one.update(scheduled=one["scheduled"] + 1), "scheduled"),
        (lambda one: one["endpoints"][1].update(failed=10**9), "GET /search"),
        (lambda one: one.update(sent=-1), "scheduled"),
        (lambda one: one["latency_ms"].pop("p99"), "latency_ms.p99"),
        (lambda one: one["moments"][3].update(offered=None), "moments.3.offered"),
        (lambda one: one.update(reasons="none"), "reasons"),
        (lambda one: one.update(cause=[{"resource": "disk"}]), "cause.0"),
        (lambda one: one.update(started_at="yesterday"), "started_at"),
        (lambda one: one.update(round="warmup"), "round"),
        (lambda one: one.update(not_examined=[7]), "not_examined.0"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(change: Callable[[Any], object], complaint: str) -> None:
    damaged = document(confirmation())
    change(damaged)
    with pytest.raises(RoundFileError, match=complaint.replace(".", r"\.")):
        read_rounds(json.dumps(damaged))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "{}", '{"rounds": []}', '{"rounds": [3]}', "[" * 100_000, '{"round": NaN}']
)
def test_what_is_no_round_is_refused(text: str) -> None:
    with pytest.raises(RoundFileError):
        read_rounds(text)


def test_an_infinite_figure_is_never_written() -> None:
    one = replace(confirmation(), bandwidth_bits_per_second=float("inf"))
    with pytest.raises(ValueError, match="JSON"):
        document_text(round_document(one, "en"))
