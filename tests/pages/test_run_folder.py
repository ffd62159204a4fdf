"""The run folder: every file whole or not at all, and a clear word when it cannot be written."""

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pages.apply_sql import apply_sql, rollback_sql
from pages.findings_json import findings_json
from pages.markdown import markdown
from pages.run_folder import LATEST, RunFolderError, link_latest, write_file, write_run
from tests.pages.hostile_sample import hostile_report
from tests.pages.sample import empty_report, rich_report

NOBODY = 65534


@contextmanager
def as_somebody_who_may_not(folder: Path) -> Iterator[None]:
    """Root may write everywhere, so it becomes `nobody` for a moment; everybody else loses the right to write."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond the size: the kernel refuses the write, as it does when the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_run_leaves_everything_behind(tmp_path: Path) -> None:
    report, folder = rich_report(), tmp_path / "runs" / "20261027T201530Z-audit"
    write_run(report, folder, "en")
    assert names(folder) == ["apply.sql", "findings.json", "report.html", "report.md", "rollback.sql"]
    assert json.loads((folder / "findings.json").read_text("utf-8")) == findings_json(report, "en")
    assert (folder / "report.md").read_text("utf-8") == markdown(report, "en")
    assert (folder / "apply.sql").read_text("utf-8") == apply_sql(report.findings)
    assert (folder / "rollback.sql").read_text("utf-8") == rollback_sql(report.findings)
    html = (folder / "report.html").read_text("utf-8")
    assert html.lstrip().startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")


def test_colleagues_may_read_the_files(tmp_path: Path) -> None:
    write_run(rich_report(), tmp_path, "en")
    assert {oct(each.stat().st_mode & 0o777) for each in tmp_path.iterdir()} == {"0o644"}


def test_without_statements_there_are_no_scripts(tmp_path: Path) -> None:
    write_run(empty_report(), tmp_path / "run", "zh")
    assert names(tmp_path / "run") == ["findings.json", "report.html", "report.md"]


def test_a_folder_that_is_used_again_keeps_no_script_of_the_report_before(tmp_path: Path) -> None:
    write_run(rich_report(), tmp_path, "en")
    (tmp_path / "snapshot.tfz").write_text("what was read")
    dropped = rich_report().findings[6]
    write_run(replace(rich_report(), findings=(dropped,)), tmp_path, "en")
    assert names(tmp_path) == ["apply.sql", "findings.json", "report.html", "report.md", "snapshot.tfz"]
    write_run(replace(rich_report(), findings=()), tmp_path, "en")
    assert names(tmp_path) == ["findings.json", "report.html", "report.md", "snapshot.tfz"]


def test_a_script_that_cannot_be_removed_is_named(tmp_path: Path) -> None:
    (tmp_path / "apply.sql").mkdir()
    with pytest.raises(RunFolderError, match=r"apply\.sql: it is a folder"):
        write_run(empty_report(), tmp_path, "en")


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_never_written(tmp_path: Path, figure: float) -> None:
    report = rich_report()
    broken = replace(report.findings[0], evidence=replace(report.findings[0].evidence, figures={"gain": figure}))
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_run(replace(report, findings=(broken,)), tmp_path / "run", "en")
    assert list((tmp_path / "run").iterdir()) == []


def test_hostile_text_is_written_and_read_back(tmp_path: Path) -> None:
    write_run(hostile_report(), tmp_path, "en")
    document = json.loads((tmp_path / "findings.json").read_text("utf-8"))
    assert document["findings"][0]["subject"] == hostile_report().findings[0].subject.replace("\ud800", "?")


def test_a_second_run_replaces_the_files_of_the_first(tmp_path: Path) -> None:
    write_run(rich_report(), tmp_path, "en")
    write_run(replace(rich_report(), mall="Another mall"), tmp_path, "en")
    assert json.loads((tmp_path / "findings.json").read_text("utf-8"))["mall"] == "Another mall"
    assert len(names(tmp_path)) == 5


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_run(rich_report(), tmp_path / folder, "en")
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunFolderError, match=r"taken.*: (it exists already|a part of the path is no folder)"):
        write_run(rich_report(), tmp_path / "taken", "en")
    with pytest.raises(RunFolderError, match="a part of the path is no folder"):
        write_run(rich_report(), tmp_path / "taken" / "below", "en")
    assert (tmp_path / "taken").read_text() == "a file"


def test_a_folder_that_may_not_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    with (
        as_somebody_who_may_not(tmp_path),
        pytest.raises(RunFolderError, match=r"report\.md: permission denied"),
    ):
        write_file(tmp_path / "report.md", "text")
    assert names(tmp_path) == []


def test_a_file_that_cannot_be_replaced_is_named_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(RunFolderError, match=r"report\.md: it is a folder"):
        write_file(tmp_path / "report.md", "text")
    assert names(tmp_path) == ["report.md"]


def test_a_full_disk_leaves_the_old_file_and_no_half_of_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_file(path, "the old report")
    with full_disk(4096), pytest.raises(RunFolderError, match=r"report\.html: the file would be too large"):
        write_file(path, "x" * 10_000)
    assert names(tmp_path) == ["report.html"]
    assert path.read_text() == "the old report"


def test_latest_points_to_the_newest_run_and_moves_with_the_folder(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_run(empty_report(), tmp_path / "runs" / name, "en")
        link_latest(tmp_path / "runs" / name)
        assert (tmp_path / "runs" / LATEST).resolve().name == name
    assert names(tmp_path / "runs") == ["first", LATEST, "second"]
    (tmp_path / "runs").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / LATEST / "findings.json").exists()


def test_what_is_no_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / LATEST).mkdir()
    (tmp_path / LATEST / "mine").write_text("kept")
    link_latest(tmp_path / "run")
    assert (tmp_path / LATEST / "mine").read_text() == "kept"
    assert names(tmp_path) == [LATEST, "run"]
