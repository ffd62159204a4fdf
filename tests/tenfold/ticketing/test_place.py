"""A ticket store on a server that is audited is refused, however the two addresses are written."""

import socket

import pytest

from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.model import PostgresSection
from tenfold.ticketing import place
from tenfold.ticketing.place import refuse_audited

SECRET = "hunter2-s3cret"


def audited(dsn: str) -> Settings:
    return Settings(postgres=(PostgresSection(name="orders", dsn=dsn),))


def own_address() -> str:
    """An address of this machine that is not loopback."""
    import psutil

    found = [
        each.address
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family == socket.AF_INET and not each.address.startswith("127.")
    ]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found[0]


@pytest.mark.parametrize(
    ("database", "dsn"),
    [
        ("postgresql://t@127.0.0.1:5433/tickets", "postgresql://ro@127.0.0.1:5433/mall"),
        ("postgresql://t@localhost:5433/tickets", "host=127.0.0.1 port=5433 dbname=mall"),
        ("postgresql://t@[::1]:5433/tickets", "host=localhost port=5433 dbname=mall"),
        ("postgresql://localhost/tickets", "dbname=mall"),
        ("postgresql://localhost/tickets", "host=/var/run/postgresql dbname=mall"),
        ("postgresql:///tickets?host=/var/run/postgresql", "host=localhost"),
        ("postgres://127.0.0.2/tickets", "host=localhost port=5432"),
        ("postgresql://localhost:6000/tickets", "host=one.example,localhost port=5432,6000"),
        ("postgresql://localhost/tickets", "host=db.invalid hostaddr=127.0.0.1"),
        ("postgresql://DB.invalid/tickets", "host=db.invalid."),
    ],
)
def test_the_same_server_is_recognized(database: str, dsn: str) -> None:
    with pytest.raises(CommandError) as caught:
        refuse_audited(database, audited(dsn))
    assert "'orders', a server that is audited" in caught.value.message
    assert "[tickets] database" in caught.value.remedy


def test_an_address_of_this_machine_is_this_machine() -> None:
    with pytest.raises(CommandError):
        refuse_audited(f"postgresql://{own_address()}/tickets", audited("host=localhost"))


@pytest.mark.parametrize(
    ("database", "dsn"),
    [
        ("tenfold-tickets.sqlite", "host=localhost"),
        ("sqlite:///localhost", "host=localhost"),
        ("postgresql://localhost:5433/tickets", "host=localhost"),
        ("postgresql://192.0.2.1/tickets", "host=192.0.2.2"),
        ("postgresql://a.invalid/tickets", "host=b.invalid"),
    ],
)
def test_another_server_is_not(database: str, dsn: str) -> None:
    refuse_audited(database, audited(dsn))


def test_the_variables_of_libpq_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "192.0.2.7")
    monkeypatch.setenv("PGPORT", "6001")
    refuse_audited("postgresql://localhost:6001/t", audited("dbname=mall"))
    with pytest.raises(CommandError):
        refuse_audited("postgresql://192.0.2.7:6001/t", audited("dbname=mall"))


def test_names_are_compared_by_what_they_resolve_to(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"db.mall": "192.0.2.9", "tickets.mall": "192.0.2.9"}

    def resolve(host: str, *_args: object, **_options: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(CommandError) as caught:
        refuse_audited(f"postgresql://t:{SECRET}@tickets.mall/t", audited(f"host=db.mall password={SECRET}"))
    assert SECRET not in caught.value.message + caught.value.remedy


def test_a_resolver_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    import time

    over = threading.Event()
    monkeypatch.setattr(place, "RESOLVE_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: over.wait(20) and [])
    started = time.monotonic()
    refuse_audited("postgresql://a.invalid/t", audited("host=b.invalid"))
    with pytest.raises(CommandError):
        refuse_audited("postgresql://a.invalid/t", audited("host=a.invalid"))
    assert time.monotonic() - started < 5
    over.set()
