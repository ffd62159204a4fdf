"""Deployments that somebody tells us of, from the command to the figures of a scrape."""

import json
from pathlib import Path

import pytest

from tenfold.serving.marks import FILE, SHOWN, Mark, append, newest_marks, read
from tests.tenfold.conftest import Program


def test_a_deployment_is_recorded_and_shown(tenfold: Program) -> None:
    ended = tenfold("mark", "deployment", "shop 2026.11.2", "--at", "2026-11-10T23:30+08:00")
    assert ended.code == 0
    assert "shop 2026.11.2" in ended.stderr
    (mark,) = read(tenfold.folder / "tenfold-runs")
    assert mark == Mark("deployment", "shop 2026.11.2", 1_794_324_600.0)
    (sample,) = newest_marks(tenfold.folder / "tenfold-runs").begin()(None)
    assert sample.labels == ("deployment", "shop 2026.11.2")
    assert sample.value == 1_794_324_600.0


def test_the_folder_of_the_configuration_is_used(tenfold: Program) -> None:
    (tenfold.folder / "tenfold.toml").write_text('[serve]\nruns = "elsewhere"\n', encoding="utf-8")
    assert tenfold("mark", "configuration", "pool of 40").code == 0
    assert [mark.kind for mark in read(tenfold.folder / "elsewhere")] == ["configuration"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("deployment", " "), "needs a name"),
        (("deployment", "x", "--at", "yesterday"), "--at"),
        (("release", "x"), "'release'"),
        (("deployment", "x", "--runs", "/proc/nowhere"), "cannot be written"),
    ],
)
def test_what_cannot_be_recorded_is_refused(tenfold: Program, arguments: tuple[str, ...], complaint: str) -> None:
    ended = tenfold("mark", *arguments)
    assert ended.code == 2
    assert complaint in ended.stderr


def test_lines_that_are_no_marks_are_passed_over_and_the_newest_are_shown(tmp_path: Path) -> None:
    for number in range(SHOWN + 5):
        append(tmp_path, Mark("deployment", str(number), float(number)))
    with (tmp_path / FILE).open("a", encoding="utf-8") as file:
        file.write(
            '{"kind": "deployment"}\nnot JSON\n[1]\n' + json.dumps({"kind": "party", "what": "x", "at": 1}) + "\n"
        )
        file.write('{"kind": "deployment", "what": "x", "at": "soon"}\n')
    assert [mark.what for mark in read(tmp_path)] == [str(number) for number in range(5, SHOWN + 5)]


def test_without_a_file_there_is_no_mark(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == []
