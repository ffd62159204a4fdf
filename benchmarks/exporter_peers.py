"""The servers that the exporter is measured on, Debian's exporters beside it, and what a scrape of either costs.

PostgreSQL 15, Redis 7 and the three exporters are Debian's; everything listens on loopback and ends with the benchmark.

Facts are series about the target. Of Redis' databases only those count that hold a key, for both exporters: redis_exporter gives each of
the sixteen that Redis could have two zeros, and we give nothing for one that is empty.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg2
import redis
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from mall.servers.processes import as_nobody, end, free_port, start

DEBIAN = Path("/usr/lib/postgresql/15/bin")
PROGRAMS = Path(sys.executable).parent
# Of the exporter's own process, of the Go runtime, of its HTTP server: no facts about the target.
NO_FACTS = (
    "go_", "process_", "promhttp_", "python_", "tenfold_exporter_", "tenfold_collector_", "tenfold_target_failures", "node_scrape_",
    "node_exporter_", "node_textfile_", "redis_exporter_", "redis_target_scrape_", "redis_last_key_groups_", "pg_exporter_",
)  # fmt: skip
# Either exporter's; what else they tell of a database begins so too.
KEYS_BY_DATABASE = ("tenfold_redis_keys", "redis_db_keys")
WARM = 5


class MissingPeerError(Exception):
    """A program of Debian's is not installed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one exporter's scrapes.

    Attributes:
        wall_ms: Of each scrape, in milliseconds.
        target_cpu_ms: The target's processor time a scrape, in milliseconds.
        facts: Series about the target.
        memory_mb: The exporter's resident memory afterwards.
    """

    wall_ms: tuple[float, ...]
    target_cpu_ms: float
    facts: int
    memory_mb: float

    @property
    def median_ms(self) -> float:
        """Of the wall times."""
        return statistics.median(self.wall_ms)

    @property
    def p95_ms(self) -> float:
        """Of the wall times."""
        return statistics.quantiles(self.wall_ms, n=20)[-1]


@dataclass
class Scraped:
    """An exporter under measurement.

    Attributes:
        backends: Process ids on the target that work for it.
    """

    url: str
    pid: int
    backends: Sequence[int]
    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def scrape(self) -> str:
        """One scrape, measured."""
        before = _processor_seconds(self.backends)
        started = time.perf_counter()
        text = self.client.get(self.url).text
        self.walls.append((time.perf_counter() - started) * 1e3)
        self.cpu += _processor_seconds(self.backends) - before
        return text

    def cost(self) -> Cost:
        """Of all scrapes so far."""
        facts = facts_of(self.client.get(self.url).text)
        memory = psutil.Process(self.pid).memory_info().rss / 2**20
        return Cost(tuple(self.walls), self.cpu / len(self.walls) * 1e3, facts, memory)


def facts_of(text: str) -> int:
    """Series of the exposition that tell of the target; those of a Redis database without a key do not."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    empty = {_database(each) for each in samples if each.name in KEYS_BY_DATABASE and not each.value}
    return sum(
        not each.name.startswith(NO_FACTS)
        and not each.name.endswith("_created")
        and not (each.name.startswith(KEYS_BY_DATABASE) and _database(each) in empty)
        for each in samples
    )


def _database(sample: Sample) -> str | None:
    """How either exporter names a Redis database."""
    return sample.labels.get("db") or sample.labels.get("database")


def side_by_side(ours: Scraped, peer: Scraped, scrapes: int) -> tuple[Cost, Cost]:
    """Scrapes both in turn, so that what disturbs the machine disturbs both."""
    for _ in range(WARM):
        ours.scrape()
        peer.scrape()
    for each in (ours, peer):
        each.walls.clear()
        each.cpu = 0.0
    for _ in range(scrapes):
        ours.scrape()
        peer.scrape()
    return ours.cost(), peer.cost()


def _processor_seconds(pids: Sequence[int]) -> float:
    """What the kernel has counted for them, to the nanosecond."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that `nobody` may enter."""
    found = Path(tempfile.mkdtemp(prefix="tenfold-bench-", dir="/tmp"))
    found.chmod(0o755)
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)


@contextmanager
def postgres15(where: Path) -> Iterator[str]:
    """A cluster with pgbench's tables at scale 20; the DSN of its superuser."""
    _need(str(DEBIAN / "postgres"), "postgresql-15")
    data = where / "postgres15"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    command = [
        str(DEBIAN / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd="/", **as_nobody())  # type: ignore[call-overload]
    port = free_port()
    with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(
            f"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nautovacuum = off\n"
            "shared_preload_libraries = 'pg_stat_statements'\nmax_connections = 300\nmax_locks_per_transaction = 4096\n"
        )
    process = start([str(DEBIAN / "postgres"), "-D", str(data)], log=where / "postgres15.log", unprivileged=True)
    dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        _until(lambda: psycopg2.connect(dsn).close(), psycopg2.OperationalError)
        subprocess.run([str(DEBIAN / "pgbench"), "-i", "-s", "20", "-q", dsn], check=True, capture_output=True)
        execute(dsn, "CREATE EXTENSION pg_stat_statements", "VACUUM ANALYZE")
        yield dsn
    finally:
        end(process)


@contextmanager
def redis7(where: Path) -> Iterator[int]:
    """Debian's Redis; its port."""
    _need("redis-server", "redis-server")
    port = free_port()
    process = start(
        [
            _need("redis-server", "redis-server"),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(where),
        ],
        log=where / "redis.log",
    )
    try:
        _until(lambda: redis.Redis(port=port).ping(), redis.ConnectionError)
        yield port
    finally:
        end(process)


@contextmanager
def peer(
    program: str, where: Path, *options: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """One of Debian's exporters; its address and process id."""
    path = _need(program, program)
    port = free_port()
    command = [path, f"--web.listen-address=127.0.0.1:{port}", *options]
    process = start(command, log=where / f"{program}.log", environment={"PATH": os.defpath, **(environment or {})})
    try:
        yield _answering(f"http://127.0.0.1:{port}/metrics"), process.pid
    finally:
        end(process)


@contextmanager
def tenfold(where: Path, configuration: str) -> Iterator[tuple[str, int]]:
    """`tenfold serve` with that configuration; its address and process id."""
    own = Path(tempfile.mkdtemp(dir=where))
    (own / "tenfold.toml").write_text(configuration, encoding="utf-8")
    port = free_port()
    command = [
        str(PROGRAMS / "tenfold"),
        "serve",
        "--quiet",
        "-c",
        str(own / "tenfold.toml"),
        "--listen",
        f"127.0.0.1:{port}",
    ]
    process = start(command, log=own / "tenfold.log")
    try:
        yield _answering(f"http://127.0.0.1:{port}/metrics"), process.pid
    finally:
        end(process)


def execute(dsn: str, *statements: str) -> list[tuple[object, ...]]:
    """Runs the statements; the rows of the last one."""
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def backends_of(dsn: str, *, ours: bool) -> list[int]:
    """Process ids of the sessions that belong to us, or to nobody known: the peer gives itself no name of its own."""
    rows = execute(
        dsn,
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        f" AND application_name {'=' if ours else '<>'} 'tenfold'",
    )
    return [int(str(row[0])) for row in rows]


def _answering(url: str) -> str:
    _until(lambda: httpx.get(url, timeout=30).raise_for_status(), httpx.HTTPError)
    return url


def _need(program: str, package: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise MissingPeerError(f"{program} is missing: apt-get install {package}")
    return path


def _until(attempt: Callable[[], object], refusal: type[Exception]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            attempt()
        except refusal:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
