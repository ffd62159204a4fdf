"""A store is opened, brought up to date, kept to its owner; and what cannot be opened says what to do."""

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from tickets.store.opening import StoreUnavailable, open_store
from tickets.store.tables import METADATA


def test_the_migrations_make_what_the_tables_say(store_url: str) -> None:
    store = open_store(store_url)
    with store.read() as connection:
        known = set(METADATA.tables)
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
        made = set(inspect(connection).get_table_names())
    store.close()
    ours = [each for each in found if isinstance(each, tuple) and getattr(each[1], "name", "") in known]
    assert ours == []
    assert known < made


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "tickets.sqlite"
    store = open_store(str(file))
    with store.write() as connection:
        connection.execute(text("INSERT INTO kept (name, value) VALUES ('a', '1')"))
        for each in file.parent.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) == 0o600, each.name
    store.close()


def test_one_that_a_newer_program_made_is_left_alone(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreUnavailable, match="newer Tenfold") as refused:
        open_store(store_url)
    assert refused.value.remedy is not None


def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (tmp_path / "file" / "tickets.sqlite", tmp_path):
        with pytest.raises(StoreUnavailable) as refused:
            open_store(str(place))
        assert "[tickets] database" in str(refused.value.remedy)
    (tmp_path / "no.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreUnavailable) as refused:
        open_store(str(tmp_path / "no.sqlite"))
    assert "not a database" in str(refused.value)
    with pytest.raises(StoreUnavailable, match="does not answer"):
        open_store("postgresql://nobody@127.0.0.1:9/tickets")


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        open_store("mysql://root@127.0.0.1/tickets")
