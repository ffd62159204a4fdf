"""What a server runs out of: connection slots, room on its disk. An answer in time all the same, and what can still be read is read."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest

from tests.tenfold.conftest import Program
from tests.tenfold.serving.conftest import Service, in_time, serving
from tests.tenfold.serving.own_servers import Servers, own_servers, watching

DISK_MEGABYTES = 400


def every_slot(servers: Servers) -> list[psycopg2.extensions.connection]:
    """Connections until the server has none left."""
    taken = []
    while True:
        try:
            taken.append(psycopg2.connect(servers.server.dsn("shop")))
        except psycopg2.OperationalError as refusal:
            assert "too many clients" in str(refusal)  # noqa: PT017  (what ends the loop)
            return taken


def fill(path: Path) -> None:
    """A file that takes the room that is left."""
    with path.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 2**16)
            except OSError as refusal:
                assert refusal.errno == errno.ENOSPC  # noqa: PT017  (what ends the loop)
                return


def test_the_service_keeps_its_slot_when_the_mall_takes_all_others(service: Service, servers: Servers) -> None:
    taken = every_slot(servers)
    for _ in range(3):
        scrape = in_time(service.scrape(timeout=2.0))
        assert scrape.value("tenfold_postgres_up") == 1
    limit, used = scrape.value("tenfold_postgres_connections_limit"), sum(scrape.values("tenfold_postgres_connections"))
    assert used >= limit - 1, "ours is not counted"
    for each in taken:
        each.close()


def test_a_service_that_finds_no_slot_says_so_and_gets_one_when_there_is(tenfold: Program, servers: Servers) -> None:
    taken = every_slot(servers)
    with serving(tenfold, watching(servers)) as running:
        scrape = in_time(running.scrape(timeout=2.0))
        assert scrape.value("tenfold_postgres_up") == 0
        assert "no free connection slot" in running.get("").text
        for each in taken:
            each.close()
        running.until("tenfold_postgres_up", 1.0, seconds=80)


@pytest.fixture
def small_disk(server_folder: Path) -> Iterator[Path]:
    """A file system of a few hundred megabytes."""
    folder = server_folder / f"small-{os.getpid()}"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_of_the_database_stops_no_scrape(tenfold: Program, small_disk: Path) -> None:
    with own_servers(small_disk) as servers, serving(tenfold, watching(servers)) as running:
        running.until("tenfold_postgres_up", 1.0)
        filler = small_disk / "filler"
        fill(filler)
        with pytest.raises((psycopg2.errors.DiskFull, psycopg2.errors.IoError)):
            servers.server.execute("shop", "INSERT INTO orders SELECT n FROM generate_series(1, 1000000) n")
        for _ in range(3):
            assert in_time(running.scrape(timeout=2.0)).value("tenfold_postgres_up") == 1
        assert servers.backends() == 1
        filler.unlink()
        assert in_time(running.scrape(timeout=2.0)).value("tenfold_postgres_up") == 1
