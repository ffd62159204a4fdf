"""TPC-H in an embedded PostgreSQL 18, or in another: made once in a folder, by the generator of PyPI's `tpchgen-cli`."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from collectors import postgres as collector
from facts.postgres import PostgresFacts
from mall.servers import postgres
from mall.servers.processes import free_port

DATABASE = "tpch"
# Without Q2, Q17 and Q20, as the literature does: their nested subqueries cost so much without an index that nothing else would count.
LEFT_OUT = frozenset({"Q2", "Q17", "Q20"})
TABLES = ("region", "nation", "part", "supplier", "partsupp", "customer", "orders", "lineitem")
# PostgreSQL's own defaults, which the literature's figures were taken with; the server of the practice mall has others.
DEFAULTS = {
    "random_page_cost": "4",
    "effective_cache_size": "4GB",
    "work_mem": "4MB",
    "max_parallel_workers_per_gather": "2",
}
_HERE = Path(__file__).parent
_NAMED = re.compile(r"^-- name: (\w+)\n(.*?);\n", re.DOTALL | re.MULTILINE)


def statements(*, left_out: frozenset[str] = LEFT_OUT) -> Mapping[str, str]:
    """The queries by name."""
    text = (_HERE / "tpch.sql").read_text(encoding="utf-8")
    return {name: query for name, query in _NAMED.findall(text) if name not in left_out}


@contextmanager
def serving(folder: Path, scale: float, programs: Path | None = None) -> Iterator[str]:
    """The DSN of a server with the data, analyzed; filled where the folder is new.

    Args:
        folder: For the data directory.
        scale: TPC-H's scale factor.
        programs: The bin folder of another PostgreSQL than the embedded one.
    """
    data = postgres.data_folder(folder)
    fresh = not (data / "PG_VERSION").exists()
    if fresh:
        data.parent.mkdir(parents=True, exist_ok=True)
        postgres.initialize(data, programs)
    port = free_port()
    process = postgres.start_server(data, port, data.parent / "log", programs)
    dsn = f"postgresql://postgres@127.0.0.1:{port}/{DATABASE}"
    try:
        if fresh:
            try:
                _fill(port, dsn, scale)
            except BaseException:
                postgres.stop_server(process)
                shutil.rmtree(data)
                raise
        yield dsn
    finally:
        postgres.stop_server(process)


def facts(dsn: str) -> PostgresFacts:
    """What our collectors read of it, values unmasked."""
    begun = collector.begin(DATABASE, dsn, (), two_readings=False)
    return collector.finish(begun[0], keep_values=True)


def _fill(port: int, dsn: str, scale: float) -> None:
    with closing(psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
            for name, value in DEFAULTS.items():
                cursor.execute(f"ALTER DATABASE {DATABASE} SET {name} = '{value}'")
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute((_HERE / "tpch_schema.sql").read_text(encoding="utf-8"))
            for table in TABLES:
                _load(cursor, table, scale)
            cursor.execute("VACUUM ANALYZE")


def _load(cursor: "psycopg2.extensions.cursor", table: str, scale: float) -> None:
    command = [
        str(Path(sys.executable).with_name("tpchgen-cli")),
        "csv",
        "-s",
        f"{scale:g}",
        "-T",
        table,
        "--stdout",
        "-n",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as generator:
        assert generator.stdout is not None
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)", generator.stdout)
    if generator.returncode != 0:
        raise RuntimeError(f"tpchgen-cli failed for {table}")
