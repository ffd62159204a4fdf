"""A snapshot file is written whole or not at all, reads back as it was, and says what is wrong with it otherwise."""

import gzip
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import host
from collectors.snapshot_file import SnapshotError, read, write
from facts.message import msg, verbatim
from facts.postgres import PostgresFacts
from facts.readings import Reading, Status, Target
from facts.snapshot import FORMAT_VERSION, Cost, Snapshot
from tests.collectors.conftest import Audited

EMPTY = Snapshot(
    format_version=FORMAT_VERSION,
    tool_version="0.1.0",
    mall="商城 🛒",
    taken_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    window_seconds=0.0,
    masked=True,
    targets=(Target(name="db", kind="postgres", status=Status.FAILED, detail=msg("nothing listens there")),),
    postgres=(PostgresFacts(target="db", database="", readings=(Reading(collector="x", status=Status.FAILED),)),),
    redis=(),
    hosts=(),
    fronts=(),
    cost=Cost(statements=0, cpu_seconds=None, execution_seconds=0.0, longest_lock_wait_seconds=0.0, connections=0),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mall.tfz"


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process may grow beyond the size: the write fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def complaint(path: Path) -> SnapshotError:
    with pytest.raises(SnapshotError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return caught.value


def test_a_real_reading_comes_back_as_it_was(mall: Audited, path: Path) -> None:
    target, machine = host.finish(host.begin("here", None))
    snapshot = replace(EMPTY, postgres=(mall.read(), mall.read(keep_values=True)), hosts=(machine,), targets=(target,))
    write(snapshot, path)
    assert read(path) == snapshot


def test_equal_snapshots_give_equal_bytes(path: Path) -> None:
    write(EMPTY, path)
    first = path.read_bytes()
    write(EMPTY, path)
    assert path.read_bytes() == first


def test_the_file_says_what_it_is(path: Path) -> None:
    write(EMPTY, path)
    document = json.loads(gzip.decompress(path.read_bytes()))
    assert (document["format"], document["version"]) == ("tenfold-snapshot", FORMAT_VERSION)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_truncated_file_is_cut_off(path: Path, share: float) -> None:
    write(EMPTY, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    error = complaint(path)
    assert "cut off" in str(error)
    assert "copy it again" in str(error.remedy)


def test_an_empty_file_is_no_snapshot(path: Path) -> None:
    path.touch()
    assert "not a snapshot" in str(complaint(path))


def test_no_flipped_byte_goes_unnoticed(path: Path) -> None:
    write(EMPTY, path)
    data = path.read_bytes()
    unnoticed = []
    for place in range(10, len(data)):  # the first ten bytes are gzip's header, of which some mean nothing
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        try:
            read(path)
        except SnapshotError:
            continue
        unnoticed.append(place)
    assert not unnoticed


def test_a_wrong_checksum_is_called_damage(path: Path) -> None:
    write(EMPTY, path)
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF
    path.write_bytes(data)
    assert "damaged" in str(complaint(path))


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 999, "1", None, 1.5])
def test_a_newer_version_asks_for_an_update(path: Path, version: object) -> None:
    write_document(path, {"format": "tenfold-snapshot", "version": version, "snapshot": {}})
    error = complaint(path)
    assert str(version) in str(error)
    assert "update Tenfold" in str(error.remedy)


def write_document(path: Path, document: object) -> None:
    path.write_bytes(gzip.compress(json.dumps(document).encode()))


@pytest.mark.parametrize(
    "data",
    [
        b"SELECT 1;\n",
        gzip.compress(b"SELECT 1;\n"),
        gzip.compress(b'{"a": 1}'),
        gzip.compress(b'"tenfold-snapshot"'),
        gzip.compress(b"\xff\xfe\xfd"),
        gzip.compress(b"[" * 100_000),
        gzip.compress(b""),
    ],
    ids=["text", "packed text", "an object", "a word", "no text", "endless", "nothing"],
)
def test_any_other_file_is_no_snapshot(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    error = complaint(path)
    assert "not a snapshot" in str(error)
    assert "tenfold collect" in str(error.remedy)


@pytest.mark.parametrize("content", [{}, {"format_version": 1, "targets": 7}, [], None, "text"])
def test_a_snapshot_without_its_parts_is_damaged(path: Path, content: object) -> None:
    write_document(path, {"format": "tenfold-snapshot", "version": 1, "snapshot": content})
    error = complaint(path)
    assert "damaged" in str(error)
    assert str(error.remedy) == "collect again"


def test_the_first_damaged_part_is_named(path: Path) -> None:
    write(EMPTY, path)
    document = json.loads(gzip.decompress(path.read_bytes()))
    document["snapshot"]["targets"][0]["status"] = "splendid"
    write_document(path, document)
    assert "targets.0.status" in str(complaint(path))


def test_a_document_without_a_snapshot_is_damaged(path: Path) -> None:
    write_document(path, {"format": "tenfold-snapshot", "version": 1})
    assert "damaged" in str(complaint(path))


def test_a_bomb_is_not_unpacked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.snapshot_file.SIZE_LIMIT", 1000)
    path.write_bytes(gzip.compress(b" " * 100_000))
    assert "larger than any snapshot" in str(complaint(path))


def test_a_missing_file_and_a_folder_say_so(path: Path) -> None:
    assert "there is no file" in str(complaint(path))
    path.mkdir()
    assert "cannot be read" in str(complaint(path))


def test_a_full_disk_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    write(EMPTY, path)
    before = path.read_bytes()
    with disk_full_after(50), pytest.raises(SnapshotError) as caught:
        write(EMPTY, path)
    assert "could not be written" in str(caught.value)
    assert "make room" in str(caught.value.remedy)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("folder", ["missing", "a-file", "/proc"])
def test_a_folder_that_takes_no_file_is_told(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a-file").touch()
    with pytest.raises(SnapshotError) as caught:
        write(EMPTY, tmp_path / folder / "mall.tfz")
    assert "could not be written" in str(caught.value)
    assert "-o" in str(caught.value.remedy)


def test_a_folder_in_the_files_place_is_told_and_nothing_is_left(path: Path) -> None:
    path.mkdir()
    with pytest.raises(SnapshotError):
        write(EMPTY, path)
    assert list(path.parent.iterdir()) == [path]


def test_a_name_that_is_half_a_character_can_be_written(path: Path) -> None:
    snapshot = replace(EMPTY, mall="half \ud83d")
    write(snapshot, path)
    assert read(path) == snapshot


def nested(levels: int) -> dict[str, object]:
    """A sentence within a sentence, so many levels deep."""
    sentence: dict[str, object] = {"template": "there", "values": {}}
    for _ in range(levels - 1):
        sentence = {"template": "{a}", "values": {"a": sentence}}
    return sentence


def told(path: Path, detail: object) -> Path:
    """A snapshot whose first target says that."""
    write(EMPTY, path)
    document = json.loads(gzip.decompress(path.read_bytes()))
    document["snapshot"]["targets"][0]["detail"] = detail
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    return path


@pytest.mark.parametrize(
    "template",
    [
        "{a.__class__}",
        "{a[0]}",
        "{a!r}",
        "{a:>999999999}",
        "{}",
        "{0}",
        "{missing}",
        "{a",
        "a}",
        "{a b}",
        "{a}{a}{a}",
        "{ä}",
    ],
)
def test_a_forged_template_is_a_damage_with_its_place(path: Path, template: str) -> None:
    found = complaint(told(path, {"template": template, "values": {"a": "x"}}))
    assert f"{path} is damaged: targets.0.detail: " in str(found)


@pytest.mark.parametrize(
    "detail", [nested(5), nested(60), nested(200), 7, ["x"], {"template": "{a}", "values": {"a": None}}]
)
def test_a_sentence_of_another_shape_or_without_end_is_a_damage(path: Path, detail: object) -> None:
    assert f"{path} is damaged: targets.0.detail" in str(complaint(told(path, detail)))
    assert len(str(complaint(path))) < 1000


def test_places_without_values_are_a_damage(path: Path) -> None:
    assert "is damaged: targets.0.detail" in str(complaint(told(path, {"template": "{a}"})))


def test_sentences_within_sentences_come_back_as_they_were(path: Path) -> None:
    inner = msg("permission denied for {table}", table="{orders}")
    detail = msg("{databases}: {reason}", databases="mall", reason=inner)
    write(replace(EMPTY, targets=(replace(EMPTY.targets[0], detail=detail, remedy=verbatim("GRANT {x}")),)), path)
    (target,) = read(path).targets
    assert (target.detail, target.remedy) == (detail, verbatim("GRANT {x}"))
    assert (str(target.detail), str(target.remedy)) == ("mall: permission denied for {orders}", "GRANT {x}")
    stored = json.loads(gzip.decompress(path.read_bytes()))["snapshot"]["targets"][0]["detail"]
    assert stored["values"]["reason"] == {"template": inner.template, "values": inner.values}
    assert str(read(told(path, nested(4))).targets[0].detail) == "there"
