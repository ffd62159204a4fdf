"""Intake processes, stores and senders, for the benchmarks of tickets and for their short forms in the tests."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.tickets_app import STORE, TOKEN
from mall.servers import postgres
from mall.servers.processes import end, free_port

SECRET = "tf_benchmark"
ALERTMANAGER = "/api/v1/alerts/alertmanager"


@dataclass(slots=True)
class Service:
    """One process of the intake, which can be killed and started again at the same address."""

    store: str
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Starts it; it is not ready yet."""
        environment = {**os.environ, STORE: self.store, TOKEN: SECRET}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tickets_app", str(self.port)], env=environment, stdin=subprocess.PIPE
        )

    def kill(self) -> None:
        """`kill -9`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process = None

    def wait(self, seconds: float = 300.0) -> None:
        """Until it answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._answers():
                return
            time.sleep(0.02)
        raise RuntimeError("the service does not start")

    def _answers(self) -> bool:
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection,
        ):
            connection.request("GET", "/healthy")
            return connection.getresponse().status == 200
        return False


@contextmanager
def services(store: str, count: int = 1) -> Iterator[list[Service]]:
    """Running processes of the same store, ended at the end of the block."""
    running = [Service(store) for _ in range(count)]
    try:
        for each in running:
            each.start()
        for each in running:
            each.wait()
        yield running
    finally:
        for each in running:
            each.kill()


@contextmanager
def stores(kinds: Sequence[str]) -> Iterator[dict[str, str]]:
    """Addresses of empty stores on a real disk, by kind: `sqlite`, `postgresql` (the wheel's, with fsync on)."""
    with tempfile.TemporaryDirectory(prefix="tenfold-tickets-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        found = {}
        server = None
        try:
            for kind in kinds:
                if kind == "sqlite":
                    found[kind] = f"sqlite:///{folder / 'tickets.sqlite'}"
                    continue
                data = postgres.data_folder(folder)
                postgres.initialize(data)
                port = free_port()
                server = postgres.start_server(data, port, folder / "postgres.log")
                durable(port)
                found[kind] = f"postgresql://postgres@127.0.0.1:{port}/tickets"
            yield found
        finally:
            if server is not None:
                end(server)


def durable(port: int) -> None:
    """Makes the server keep what it commits, whatever its start-up settings were, and makes the database."""
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET fsync = on")
        cursor.execute("ALTER SYSTEM SET synchronous_commit = on")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("CREATE DATABASE tickets")
        time.sleep(0.3)
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        assert cursor.fetchone() == ("on", "on")
    connection.close()


@dataclass(slots=True)
class Sender:
    """One connection that posts as Alertmanager does: until it is answered with 2xx."""

    port: int
    timeout: float = 10.0
    _connection: http.client.HTTPConnection | None = None

    def post(self, document: Any, path: str = ALERTMANAGER) -> tuple[int, dict[str, Any]]:
        """One attempt: the status and the answer; 0 where there was none."""
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            body = json.dumps(document).encode()
            headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return 0, {}

    def close(self) -> None:
        """Gives the connection up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def alert(
    fingerprint: str, *, status: str = "firing", starts_at: datetime | None = None, **labels: str
) -> dict[str, Any]:
    """One of Alertmanager's."""
    starts = (starts_at or datetime.now(UTC)).isoformat()
    return {
        "status": status,
        "labels": {"alertname": "Storm", "severity": "warning", "mall": "practice", "target": "shop", **labels},
        "annotations": {"summary": "Something is the matter", "description": "A few words more on what it is."},
        "startsAt": starts,
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else datetime.now(UTC).isoformat(),
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "fingerprint": fingerprint,
    }


def webhook(key: str, *alerts: dict[str, Any]) -> dict[str, Any]:
    """Alertmanager's post."""
    return {
        "version": "4", "groupKey": key, "truncatedAlerts": 0, "status": "firing", "receiver": "tenfold",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts),
    }  # fmt: skip
