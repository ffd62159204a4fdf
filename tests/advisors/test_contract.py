"""What every rule owes: a file and a place in the tuple, a manual page, reasons that it keeps to, and a table of cases."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

import advisors.rules
from advisors.rule import Rule
from advisors.rules import RULES
from tests.advisors.case import ABSENT, FOUND, cases_of

FAMILIES = ("IDX", "SQL", "CCH", "RDS", "CAP", "CFG")
HEADINGS = ["What it finds", "Why it hurts", "Needs", "Quiet when", "Before", "After", "Risk", "Source"]
FOLDER = Path(advisors.rules.__path__[0])

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def file_of(rule: Rule) -> str:
    return rule.judge.__module__.rpartition(".")[2]


def sections(manual: str) -> dict[str, str]:
    """The manual's headings, in their order, with what stands below each."""
    pieces = re.split(r"^(\S[^:\n]*):$", manual, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def test_folder_and_tuple_hold_the_same_rules() -> None:
    files = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    assert files == sorted(file_of(rule) for rule in RULES)


def test_codes_are_unique_and_stand_in_the_order_of_the_first_audit() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(codes, key=lambda code: (FAMILIES.index(code[:3]), code))
    assert len(codes) == len(set(codes)) == len({rule.name for rule in RULES})
    assert [code for code in codes if not re.fullmatch(r"[A-Z]{3}\d{3}", code)] == []


def test_no_table_of_cases_is_left_without_its_rule() -> None:
    tables = {path.stem for path in (Path(__file__).parent / "cases").glob("*.py") if path.stem != "__init__"}
    assert tables == {file_of(rule) for rule in RULES}


@every_rule
def test_the_file_is_named_by_code_and_bad_pattern(rule: Rule) -> None:
    assert file_of(rule) == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


@every_rule
def test_the_name_is_lower_case_words_with_hyphens(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)


@every_rule
def test_the_manual_has_the_headings_in_their_order(rule: Rule) -> None:
    found = sections(rule.manual)
    assert list(found) == HEADINGS
    assert [heading for heading, text in found.items() if not text.strip()] == []


@every_rule
def test_the_manual_begins_with_one_sentence(rule: Rule) -> None:
    first = rule.manual.splitlines()[0]
    assert first[0].isupper()
    assert first.endswith(".")


@every_rule
def test_the_manual_lists_the_reasons_for_being_quiet(rule: Rule) -> None:
    listed = re.findall(r"^\s*- ([^:\s]+): \S", sections(rule.manual)["Quiet when"], flags=re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(rule.reasons)
    assert len(rule.reasons) == len(set(rule.reasons))


@every_rule
def test_there_is_a_case_for_a_finding_and_for_every_reason(rule: Rule) -> None:
    outcomes = {case.outcome for case in cases_of(rule)}
    assert outcomes >= {FOUND, *rule.reasons}
    assert outcomes <= {FOUND, ABSENT, *rule.reasons}


@every_rule
def test_stories_tell_the_cases_apart(rule: Rule) -> None:
    stories = [case.story for case in cases_of(rule)]
    assert len(stories) == len(set(stories))


@every_rule
def test_cases_stand_on_both_sides_of_every_threshold(rule: Rule) -> None:
    module = importlib.import_module(rule.judge.__module__)
    names = {field.name for field in fields(module.THRESHOLDS)} if hasattr(module, "Thresholds") else set()
    cases = cases_of(rule)
    assert {case.just_below for case in cases} >= names
    assert {case.just_above for case in cases} >= names
    assert {case.just_below for case in cases} == {case.just_above for case in cases}
