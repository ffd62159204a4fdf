"""The practice mall, opened once for all proofs, with the role of `tenfold init`; each proof leaves it as it found it."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from facts.findings import Report
from facts.snapshot import Snapshot
from mall import Mall, open_mall
from tenfold.auditing import judge_snapshot
from tenfold.cli.options import Terminal
from tenfold.collecting import collect
from tenfold.demo.story import create_role, settings_for
from tenfold.settings import Settings

QUIET = Terminal(quiet=True)


@dataclass(frozen=True, slots=True)
class Audit:
    """What a whole audit brought."""

    settings: Settings
    snapshot: Snapshot
    report: Report


@pytest.fixture(scope="package")
def mall(server_folder: Path) -> Iterator[Mall]:
    """The healthy small mall; nobody shops unless a proof says so."""
    with open_mall(server_folder / "practice") as opened:
        create_role(opened)
        yield opened


def audit(mall: Mall, *, window: float, redis_port: int | None = None) -> Audit:
    """A whole audit: read everything over the window, then judge."""
    settings = settings_for(replace(mall, redis_port=redis_port) if redis_port else mall, window=window)
    snapshot = read(settings, keep_values=False)
    return Audit(settings, snapshot, judged(snapshot, settings))


def read(settings: Settings, *, keep_values: bool) -> Snapshot:
    """One reading of everything."""
    collected = collect(settings, window=settings.audit.window, keep_values=keep_values, terminal=QUIET)
    assert not collected.interrupted
    return collected.snapshot


def judged(snapshot: Snapshot, settings: Settings) -> Report:
    """The report on a snapshot."""
    return judge_snapshot(snapshot, settings, areas=None, terminal=QUIET)


def rows(mall: Mall, statement: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """What the superuser sees."""
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def server_settings(mall: Mall, **values: str) -> Iterator[None]:
    """The server's settings changed for the block, on both sides of which they have taken hold."""
    before = _shown(mall, values)
    try:
        _configure(mall, [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in values.items()], values)
        yield
    finally:
        _configure(mall, [f"ALTER SYSTEM RESET {name}" for name in values], before)


def _shown(mall: Mall, names: Iterable[str]) -> dict[str, str]:
    return dict(rows(mall, "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [list(names)]))


def _configure(mall: Mall, statements: Sequence[str], wanted: dict[str, str]) -> None:
    for statement in (*statements, "SELECT pg_reload_conf()"):
        rows(mall, statement)
    for _ in range(200):
        # Each look is a new session, which has what the postmaster has read by now.
        if _shown(mall, wanted) == wanted:
            return
        time.sleep(0.02)
    raise AssertionError(f"the server did not take over {wanted}")


@contextmanager
def watching(mall: Mall, statement: str) -> Iterator[list[tuple[Any, ...]]]:
    """Asks the server again and again while the block runs; every row that it ever answered."""
    seen: list[tuple[Any, ...]] = []
    over = threading.Event()

    def look() -> None:
        with mall.connection() as connection, connection.cursor() as cursor:
            while not over.wait(0.005):
                cursor.execute(statement)
                seen.extend(cursor.fetchall())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


@dataclass(slots=True)
class Line:
    """A wire to a server that somebody listens in on.

    Attributes:
        port: Where to connect instead.
    """

    port: int
    connections: int = 0
    sent: bytearray = field(default_factory=bytearray)

    def commands(self) -> list[str]:
        """Everything that was sent, as the words of RESP arrays."""
        found, rest = [], bytes(self.sent)
        while rest:
            head, _, rest = rest.partition(b"\r\n")
            words = []
            for _ in range(int(head.removeprefix(b"*"))):
                length, _, rest = rest.partition(b"\r\n")
                size = int(length.removeprefix(b"$"))
                words.append(rest[:size].decode())
                rest = rest[size + 2 :]
            found.append(" ".join(words))
        return found


@contextmanager
def overheard(port: int) -> Iterator[Line]:
    """A loopback port that passes everything on to the server's port and keeps what was sent there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(port=listener.getsockname()[1])
        accepting = threading.Thread(target=_accept, args=(listener, port, line))
        accepting.start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, port: int, line: Line) -> None:
    with contextlib.ExitStack() as stack:
        threads = []
        while True:
            try:
                client = stack.enter_context(listener.accept()[0])
            except OSError:
                break
            line.connections += 1
            server = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            threads += [
                threading.Thread(target=_pass_on, args=(client, server, line.sent)),
                threading.Thread(target=_pass_on, args=(server, client, bytearray())),
            ]
            for thread in threads[-2:]:
                thread.start()
        for thread in threads:
            thread.join()


def _pass_on(source: socket.socket, drain: socket.socket, kept: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            kept += data
            drain.sendall(data)
    with contextlib.suppress(OSError):
        drain.shutdown(socket.SHUT_RDWR)


def tenfold(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "tenfold", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=120)


def printed_sql(cwd: Path) -> list[str]:
    """Everything that `tenfold check --print-sql` promises."""
    done = tenfold("check", "--print-sql", "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return [str(line) for line in json.loads(done.stdout)["sent"]]
