"""Prometheus and Alertmanager as they run, and an intake that keeps what is posted."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from mall.servers.processes import end, free_port

PROMETHEUS = Path("/usr/bin/prometheus")
ALERTMANAGER = Path("/usr/bin/prometheus-alertmanager")
# Path, authorization, document.
Post = tuple[str, str, dict[str, Any]]


@contextmanager
def intake() -> Iterator[tuple[int, list[Post]]]:
    """Its port, and what is posted there."""
    posted: list[Post] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, self.headers.get("Authorization", ""), json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def alertmanager(configuration: str, folder: Path, port: int | None = None) -> Iterator[httpx.Client]:
    """A running one, on a port of its own or the given one."""
    (folder / "alertmanager.yml").write_text(configuration, encoding="utf-8")
    port = port or free_port()
    with _serving(
        folder / "alertmanager.txt", port,
        ALERTMANAGER, f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
    ) as client:  # fmt: skip
        yield client


@contextmanager
def prometheus(configuration: Path, folder: Path) -> Iterator[httpx.Client]:
    """A running one."""
    port = free_port()
    with _serving(
        folder / "prometheus.txt", port,
        PROMETHEUS, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ) as client:  # fmt: skip
        yield client


@contextmanager
def _serving(log: Path, port: int, *command: str | Path) -> Iterator[httpx.Client]:
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(list(map(str, command)), stdout=said, stderr=said)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            deadline = time.monotonic() + 30
            while not _ready(client):
                assert process.poll() is None, log.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
                time.sleep(0.1)
            yield client
    finally:
        end(process)


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/-/ready").is_success
    except httpx.HTTPError:
        return False


def until_posted(posted: list[Post], name: str, *, seconds: float = 60.0) -> Post:
    """The first post about an alert of that name."""
    deadline = time.monotonic() + seconds
    while True:
        for each in tuple(posted):
            if each[2]["groupLabels"].get("alertname") == name:
                return each
        assert time.monotonic() < deadline, posted
        time.sleep(0.2)
