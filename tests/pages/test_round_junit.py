"""JUnit XML of rounds: CI sees INVALID as an error and NO-GO as a failure, whatever the names are."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from facts.message import msg
from facts.rounds import Reason, RoundVerdict
from pages.rounds.junit import junit
from pages.rounds.rehearsal import Rehearsal
from tests.pages import round_samples

# junit-10.xsd as CI systems read it: which children an element may have, in this order, and which attributes it must and may have.
SHAPE: dict[str, tuple[list[str], set[str], set[str]]] = {
    "testsuites": (["testsuite"], {"name", "tests", "failures", "errors", "time"}, set()),
    "testsuite": (
        ["properties", "testcase"],
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        set(),
    ),
    "properties": (["property"], set(), set()),
    "property": ([], {"name", "value"}, set()),
    "testcase": (["error", "failure", "system-out"], {"name", "classname", "time"}, set()),
    "error": ([], {"message", "type"}, set()),
    "failure": ([], {"message", "type"}, set()),
    "system-out": ([], set(), set()),
}


def parsed(rehearsal: Rehearsal) -> ET.Element:
    return ET.fromstring(junit(rehearsal.rounds, "en").encode())


def check(element: ET.Element) -> None:
    children, must, may = SHAPE[element.tag]
    assert must <= set(element.attrib) <= must | may, element.tag
    places = [children.index(child.tag) for child in element]
    assert places == sorted(places), element.tag
    for child in element:
        check(child)


@pytest.mark.parametrize(
    "build",
    [
        round_samples.no_go,
        round_samples.go,
        round_samples.invalid,
        round_samples.closed,
        round_samples.hostile,
        round_samples.nothing,
    ],
)
def test_the_document_has_the_common_shape_and_its_counts_are_right(build: Callable[[], Rehearsal]) -> None:
    root = parsed(build())
    check(root)
    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) > 0
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error"))
    for name in ("tests", "failures", "errors"):
        assert int(root.attrib[name]) == sum(int(suite.attrib[name]) for suite in root)


def test_each_rule_is_a_test_case() -> None:
    root = parsed(round_samples.no_go())
    assert [suite.attrib["name"] for suite in root] == ["tenfold.baseline", "tenfold.capacity", "tenfold.confirm"]
    cases = {case.attrib["name"]: [child.tag for child in case] for case in root[2].findall("testcase")}
    assert cases == {
        "slo p99<500ms": ["failure"],
        "slo errors<1%": ["failure"],
        "slo payment-success>=98%": ["failure"],
        "generator-cpu": ["system-out"],
    }
    failure = root[2].find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"message": "measured 8.53 s", "type": "NO-GO"}


def test_an_invalid_round_is_an_error_and_no_failure() -> None:
    root = parsed(round_samples.invalid())
    assert (root.attrib["errors"], root.attrib["failures"]) == ("2", "0")
    assert {error.attrib["type"] for error in root.iter("error")} == {"INVALID"}


def test_all_go_is_all_green() -> None:
    root = parsed(round_samples.go())
    assert (root.attrib["errors"], root.attrib["failures"]) == ("0", "0")


@pytest.mark.parametrize(("verdict", "tag"), [(RoundVerdict.INVALID, "error"), (RoundVerdict.NO_GO, "failure")])
@pytest.mark.parametrize("reasons", [(), (Reason(rule="generator-cpu", ok=True, evidence=msg("fine")),)])
def test_a_verdict_that_no_rule_explains_is_red_all_the_same(
    verdict: RoundVerdict, tag: str, reasons: tuple[Reason, ...]
) -> None:
    one = replace(round_samples.go().rounds[0], verdict=verdict, reasons=reasons)
    root = ET.fromstring(junit([one], "en").encode())
    assert [each.attrib["type"] for each in root.iter(tag)] == [str(verdict)]


def test_hostile_names_are_text_and_nothing_else() -> None:
    root = parsed(round_samples.hostile())
    names = [case.attrib["name"] for case in root.iter("testcase")]
    assert "<script>window.hacked = true</script>" in names[0]
    assert "\x1b" not in names[0]
    assert {element.tag for element in root.iter()} <= set(SHAPE)
    evil = Reason(rule="a\x00b\ufffe\ud800]]>&lt;", ok=False, evidence=msg("]]> & \x0b"))
    one = replace(round_samples.go().rounds[0], reasons=(evil,))
    assert "&lt;" in str(ET.fromstring(junit([one], "en").encode()).findall("*/testcase")[0].attrib["name"])
