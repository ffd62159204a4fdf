"""`tenfold serve` as a process of its own, and what a scrape gets from it."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.tenfold.conftest import Program
from tests.tenfold.serving.own_servers import Servers, own_servers, watching

TIMEOUT = 2.0
_SAYS = re.compile(r"http://\S+/")


@dataclass(frozen=True, slots=True)
class Scrape:
    """An answer of `/metrics` or `/probe`."""

    status: int
    text: str
    seconds: float

    def value(self, name: str, **labels: str) -> float:
        """The one series that has these labels, others aside."""
        found = self.values(name, **labels)
        assert len(found) == 1, (name, labels, found, self.text[:2000])
        return found[0]

    def values(self, name: str, **labels: str) -> list[float]:
        return [
            sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]


@dataclass(frozen=True, slots=True)
class Service:
    """A running `tenfold serve`."""

    url: str
    pid: int

    def get(self, path: str, *, timeout: float | None = None) -> httpx.Response:
        headers = {} if timeout is None else {"X-Prometheus-Scrape-Timeout-Seconds": str(timeout)}
        return httpx.get(self.url + path, headers=headers, timeout=30)

    def scrape(self, path: str = "metrics", *, timeout: float = 10.0) -> Scrape:
        started = time.monotonic()
        answer = self.get(path, timeout=timeout)
        return Scrape(answer.status_code, answer.text, time.monotonic() - started)

    def until(self, name: str, wanted: float, *, seconds: float = 30.0, **labels: str) -> Scrape:
        """Scrapes until the series has that value."""
        deadline = time.monotonic() + seconds
        while True:
            scrape = self.scrape()
            if scrape.values(name, **labels) == [wanted]:
                return scrape
            assert time.monotonic() < deadline, (name, labels, scrape.values(name, **labels))
            time.sleep(0.2)


@contextmanager
def serving(tenfold: Program, configuration: str) -> Iterator[Service]:
    """The service with that `tenfold.toml`, on a free port."""
    (tenfold.folder / "tenfold.toml").write_text(configuration, encoding="utf-8")
    said = tenfold.folder / "said.txt"
    with said.open("w", encoding="utf-8") as file:
        process = tenfold.start("serve", "--listen", "127.0.0.1:0", stderr=file.fileno())
    try:
        yield Service(_address(said, process), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            process.kill()
            process.communicate()
    assert "Traceback" not in said.read_text(encoding="utf-8"), said.read_text(encoding="utf-8")


def _address(said: Path, process: object) -> str:
    deadline = time.monotonic() + 30
    while True:
        text = said.read_text(encoding="utf-8")
        match = _SAYS.search(text)
        if match is not None:
            return match.group()
        assert time.monotonic() < deadline, text
        assert process.poll() is None, text  # type: ignore[attr-defined]
        time.sleep(0.05)


def in_time(scrape: Scrape) -> Scrape:
    assert scrape.status == 200
    assert scrape.seconds < TIMEOUT, "Prometheus has given up"
    assert scrape.value("tenfold_host_up") == 1, "what is well is shown"
    return scrape


@pytest.fixture
def servers(server_folder: Path, request: pytest.FixtureRequest) -> Iterator[Servers]:
    folder = server_folder / f"faults-{os.getpid()}-{abs(hash(request.node.name))}"
    folder.mkdir()
    with own_servers(folder) as own:
        yield own


@pytest.fixture
def service(tenfold: Program, servers: Servers) -> Iterator[Service]:
    with serving(tenfold, watching(servers)) as running:
        running.until("tenfold_postgres_up", 1.0)
        running.until("tenfold_redis_up", 1.0)
        yield running
