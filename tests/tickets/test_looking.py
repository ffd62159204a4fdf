"""How a store stands is said without making, upgrading or writing anything."""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from tests.conftest import PostgresServer
from tickets.store.looking import Standing, look
from tickets.store.opening import Store, StoreUnavailable, open_store
from tickets.store.tables import ACCOUNTS


def listing(folder: Path) -> list[tuple[str, int, int]]:
    """Every file with its size and when it was written."""
    return sorted((each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in folder.iterdir())


def with_account(store: Store, name: str, *, disabled: bool) -> None:
    row = {
        "name": name,
        "role": "engineer",
        "password_hash": "",
        "lang": "",
        "contacts": {},
        "areas": [],
        "disabled": disabled,
    }
    with store.write() as connection:
        connection.execute(insert(ACCOUNTS).values(created_at=datetime.now(UTC), **row))


def test_one_that_is_not_there_is_not_made(store_url: str, tmp_path: Path) -> None:
    for _ in range(2):
        seen = look(store_url)
        assert (seen.standing, seen.accounts) == (Standing.NEW, {})
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_open_or_closed_is_read_as_it_is(store_url: str, tmp_path: Path) -> None:
    store = open_store(store_url)
    with_account(store, "zhang", disabled=False)
    with_account(store, "li", disabled=True)
    before = listing(tmp_path)
    seen = look(store_url)
    assert (seen.standing, seen.revision) == (Standing.CURRENT, seen.newest)
    assert seen.accounts == {"zhang": False, "li": True}
    assert listing(tmp_path) == before, "while it is open"
    store.close()
    before = listing(tmp_path)
    assert look(store_url) == seen
    assert listing(tmp_path) == before, "when it is closed"


def test_an_older_one_is_not_upgraded_and_a_newer_one_is_refused(store_url: str) -> None:
    store = open_store(store_url)
    newest = look(store_url).newest
    for version, standing in (("0001", Standing.BEHIND), (newest, Standing.CURRENT)):
        with store.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        seen = look(store_url)
        assert (seen.standing, seen.revision, seen.newest) == (standing, version, newest)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreUnavailable, match="newer Tenfold") as refused:
        look(store_url)
    assert "Install that version" in str(refused.value.remedy)


def test_a_file_whose_service_was_killed_is_read_with_what_it_had_committed(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "tickets.sqlite"))
    with_account(store, "zhang", disabled=False)
    killed = tmp_path / "killed"
    killed.mkdir()
    for each in tmp_path.glob("tickets.sqlite*"):
        shutil.copy(each, killed)
    store.close()
    before = listing(killed)
    assert len(before) == 3
    assert look(str(killed / "tickets.sqlite")).accounts == {"zhang": False}
    assert listing(killed) == before


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "no.sqlite").write_bytes(b"this is no database" * 100)
    (tmp_path / "folder").mkdir()
    for place, told in (
        ("file/tickets.sqlite", "Not a directory"),
        ("folder", "Is a directory"),
        ("no.sqlite", "not a database"),
    ):
        with pytest.raises(StoreUnavailable, match=told) as refused:
            look(str(tmp_path / place))
        assert "[tickets] database" in str(refused.value.remedy)
    # Empty files and those of somebody else's making are not ours to judge; they have none of our tables.
    assert look(str(tmp_path / "file")).standing is Standing.NEW
    sqlite3.connect(tmp_path / "other").execute("CREATE TABLE t (a)")
    assert look(str(tmp_path / "other")).standing is Standing.NEW


def test_a_server_that_refuses_says_why_and_shows_no_password(postgres18: PostgresServer) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer"):
        look("postgresql://nobody:s3cret@127.0.0.1:9/tickets")
    name = postgres18.create_database()
    url = f"postgresql://postgres@127.0.0.1:{postgres18.port}/{name}"
    store = open_store(url)
    role = f"looker_{name}"
    with store.write() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
    store.close()
    assert look(url).place == f"127.0.0.1:{postgres18.port}/{name}"
    with pytest.raises(StoreUnavailable, match="permission denied") as refused:
        look(url.replace("postgres@", f"{role}@"))
    assert "what its user may read" in str(refused.value.remedy)


def test_a_role_that_may_create_no_table_is_told_the_grant(postgres18: PostgresServer) -> None:
    name = postgres18.create_database()
    postgres18.execute(name, 'CREATE ROLE "tickets-room" LOGIN')
    url = f"postgresql://tickets-room@127.0.0.1:{postgres18.port}/{name}"
    with pytest.raises(StoreUnavailable, match="tickets-room may not create tables in the schema public") as refused:
        look(url)
    postgres18.execute(name, str(refused.value.remedy))
    assert look(url).standing is Standing.NEW
