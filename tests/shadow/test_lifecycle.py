"""The shadow's server lives as long as its context, on any PostgreSQL from 18 on, and leaves nothing behind."""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from facts.planner import Candidate, KeyPart
from facts.postgres import PostgresFacts
from mall.servers import postgres
from shadow import open_shadows, server
from shadow.index_size import KeyColumn, btree_pages

DEBIAN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def facts(small_mall: Callable[[str, str], PostgresFacts]) -> PostgresFacts:
    script = "CREATE TABLE carts (id bigint PRIMARY KEY, owner int); INSERT INTO carts SELECT n, n % 9 FROM generate_series(1, 5000) n"
    return small_mall("lifecycle", script)


@pytest.fixture(autouse=True)
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of this test alone, so that what is left behind is seen."""
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-life-", dir="/tmp"))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def servers(folder: Path) -> list[psutil.Process]:
    return [
        each
        for each in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in each.info["cmdline"] or ())
    ]


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("tenfold-shadow-*"))


def test_server_and_folder_end_with_the_context(facts: PostgresFacts, own_folder: Path) -> None:
    with open_shadows([facts]) as shadows:
        planner = shadows.planners["mall", "lifecycle"]
        assert planner.plan("SELECT * FROM carts WHERE id = $1").nodes[0].index == "carts_pkey"
        processes = servers(own_folder)
        assert processes
        (folder,) = left_behind(own_folder)
        listening = [each.laddr for process in processes for each in process.net_connections("inet")]
        assert listening == [], "it has no network"
    assert not any(each.is_running() for each in processes)
    assert not folder.exists()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_server_and_folder_end_with_a_block_that_raises(
    facts: PostgresFacts, own_folder: Path, error: type[BaseException]
) -> None:
    processes: list[psutil.Process] = []

    def interrupted() -> None:
        with open_shadows([facts]):
            processes.extend(servers(own_folder))
            raise error

    with pytest.raises(error):
        interrupted()
    assert processes
    assert not any(each.is_running() for each in processes)
    assert left_behind(own_folder) == []


def test_only_its_user_can_enter_the_shadow_s_folder(facts: PostgresFacts, own_folder: Path) -> None:
    with open_shadows([facts]):
        (folder,) = left_behind(own_folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert left_behind(own_folder) == []


def test_a_database_without_a_schema_is_a_failure_of_its_own_and_the_others_open(facts: PostgresFacts) -> None:
    told: list[str] = []
    unread = replace(facts, database="unread", schema=None)
    again = replace(facts, target="standby")
    with open_shadows([unread, facts, again], progress=told.append) as shadows:
        assert {key: str(why) for key, why in shadows.failures.items()} == {
            ("mall", "unread"): "its schema was not read"
        }
        assert set(shadows.planners) == {("mall", "lifecycle"), ("standby", "lifecycle")}
        assert told == ["lifecycle", "lifecycle"]
        candidate = Candidate(schema="public", table="carts", keys=(KeyPart(column="owner"),))
        first, second = shadows.planners.values()
        assert first.size_bytes(candidate) == second.size_bytes(candidate)


def test_without_any_schema_no_server_is_started(facts: PostgresFacts, own_folder: Path) -> None:
    with open_shadows([replace(facts, schema=None)]) as shadows:
        assert shadows.planners == {}
        assert servers(own_folder) == []
        assert left_behind(own_folder) == []


def test_another_postgresql_from_18_on_takes_the_embedded_one_s_place(facts: PostgresFacts, own_folder: Path) -> None:
    elsewhere = own_folder / "postgresql"
    elsewhere.symlink_to(postgres.binaries().parent)
    with open_shadows([facts], bin_directory=elsewhere / "bin") as shadows:
        assert shadows.failures == {}
        planner = shadows.planners["mall", "lifecycle"]
        assert planner.plan("SELECT * FROM carts WHERE id = $1").nodes[0].index == "carts_pkey"
        assert any(str(elsewhere / "bin") in (each.info["cmdline"] or [""])[0] for each in servers(own_folder))
    assert left_behind(own_folder) == []


@pytest.mark.debian_servers
@pytest.mark.skipif(not DEBIAN.exists(), reason="Debian's PostgreSQL 15 is not installed")
def test_an_older_postgresql_is_refused_by_its_version(facts: PostgresFacts, own_folder: Path) -> None:
    with open_shadows([facts], bin_directory=DEBIAN) as shadows:
        assert shadows.planners == {}
        assert {key: str(why) for key, why in shadows.failures.items()} == {
            ("mall", "lifecycle"): "the shadow needs PostgreSQL 18 or newer, and /usr/lib/postgresql/15/bin holds 15"
        }
    assert left_behind(own_folder) == []


def test_a_folder_without_postgresql_is_refused_by_its_name(facts: PostgresFacts, own_folder: Path) -> None:
    with open_shadows([facts], bin_directory=own_folder) as shadows:
        assert {key: str(why) for key, why in shadows.failures.items()} == {
            ("mall", "lifecycle"): f"{own_folder}/postgres does not run: No such file or directory"
        }
    assert left_behind(own_folder) == []


def test_a_program_that_is_no_postgresql_is_refused(own_folder: Path) -> None:
    program = own_folder / "postgres"
    program.write_text("#!/bin/sh\necho sorry\n", encoding="utf-8")
    program.chmod(0o755)
    with (
        pytest.raises(server.ShadowUnavailableError, match="does not say its version: sorry"),
        server.running(own_folder),
    ):
        pytest.fail("it started")
    assert left_behind(own_folder) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as somebody else")
def test_binaries_that_the_server_s_account_cannot_reach_are_refused_and_not_copied(own_folder: Path) -> None:
    closed = own_folder / "closed"
    (closed / "postgresql" / "bin").mkdir(parents=True)
    closed.chmod(0o700)
    with (
        pytest.raises(server.ShadowUnavailableError, match="the account nobody cannot reach"),
        server.running(closed / "postgresql" / "bin"),
    ):
        pytest.fail("it started")
    assert [each.name for each in own_folder.iterdir()] == ["closed"]


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, facts: PostgresFacts) -> None:
    monkeypatch.setitem(server._SETTINGS, "shared_buffers", "plenty")
    with open_shadows([facts]) as shadows:
        (reason,) = map(str, shadows.failures.values())
    assert "the shadow server did not start" in reason
    assert 'invalid value for parameter "shared_buffers": "plenty"' in reason


def test_tables_larger_than_a_segment_cost_no_disk(facts: PostgresFacts, own_folder: Path) -> None:
    assert facts.schema is not None
    table = facts.schema.tables[0]
    gigabytes = 5 * 2**30 + 8192
    huge = replace(table, heap_bytes=gigabytes, pages=gigabytes // 8192, row_estimate=1e8)
    schema = replace(
        facts.schema,
        tables=(huge,),
        indexes=tuple(replace(each, size_bytes=2 * 2**30) for each in facts.schema.indexes),
    )
    candidate = Candidate(schema="public", table="carts", keys=(KeyPart(column="id"), KeyPart(column="owner")))
    with open_shadows([replace(facts, schema=schema)]) as shadows:
        planner = shadows.planners["mall", "lifecycle"]
        assert planner.plan("SELECT * FROM carts").nodes[0].rows == 1e8
        assert planner.size_bytes(candidate) > 2 * 2**30
        assert planner.plan("SELECT * FROM carts WHERE id = $1 AND owner = $2", [candidate]).nodes
        assert planner.plan("SELECT * FROM carts ").nodes[0].total_cost > gigabytes / 8192
        (folder,) = left_behind(own_folder)
        used = sum(each.stat().st_blocks * 512 for each in folder.rglob("*") if each.is_file())
        assert used < 200 * 2**20
    assert left_behind(own_folder) == []


def test_an_empty_table_s_index_is_a_metapage_and_an_empty_leaf() -> None:
    key = KeyColumn(width=8, alignment=8, distinct=1, common_ratios=(), null_ratio=0, deduplicated=True)
    assert btree_pages([key], 0) == 2
