"""`tenfold compare` with rehearsals: a pair that cannot be compared is refused with what to do instead."""

from dataclasses import replace
from pathlib import Path

import pytest

from facts.rounds import Round, RoundKind
from pages.rounds.round_json import document_text, round_document
from tests.pages import round_samples
from tests.tenfold.conftest import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program.in_new_folder(tmp_path)


def leave(program: Program, name: str, one: Round) -> None:
    folder = program.folder / name
    folder.mkdir()
    (folder / "round.json").write_text(document_text(round_document(one, "en")), encoding="utf-8")


def leave_audit(program: Program) -> None:
    (program.folder / "audit").mkdir()
    (program.folder / "audit" / "findings.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "happened", "mends"),
    [
        ("confirm", "audit", "confirm is a rehearsal and audit is an audit", "two rehearsals"),
        ("audit", "confirm", "confirm is a rehearsal and audit is an audit", "two audits"),
        ("confirm", "nowhere", "There is no rehearsal at nowhere", "tenfold stress -o nowhere"),
        ("confirm", "confirm/notes.txt", "notes.txt is no round.json", "the run folder"),
        ("single", "confirm", "no kind of round in common: Single round and Confirmation", "repeat the earlier run"),
        ("confirm", "damaged", "damaged/round.json cannot be", "tenfold stress"),
        ("confirm", "gbk", "it is no UTF-8 text", "tenfold stress"),
    ],
)
def test_a_pair_that_cannot_be_compared(program: Program, before: str, after: str, happened: str, mends: str) -> None:
    confirmation = round_samples.confirm()
    leave(program, "confirm", confirmation)
    leave(program, "single", replace(confirmation, kind=RoundKind.SINGLE))
    leave_audit(program)
    (program.folder / "confirm" / "notes.txt").write_text("what we saw", encoding="utf-8")
    for name, content in (("damaged", b"{"), ("gbk", "商城".encode("gbk"))):
        (program.folder / name).mkdir()
        (program.folder / name / "round.json").write_bytes(content)
    ended = program("compare", before, after)
    assert ended.code == 2
    assert happened in ended.stderr
    assert mends in ended.stderr


def test_two_rehearsals_are_compared_and_no_name_is_cut(program: Program) -> None:
    leave(program, "before", round_samples.confirm())
    leave(program, "after", round_samples.confirm())
    ended = program("compare", "before", "after")
    assert ended.code == 0, ended.everything
    assert "GET /product/{id}\n" in ended.stdout
    assert "…\n" not in ended.stdout
