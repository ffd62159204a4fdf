"""A server's log as a list of statements: what a real PostgreSQL 18 wrote in each of its formats, and what is strange."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from collectors import server_log
from collectors.server_log import normalized, read
from collectors.workload_file import WorkloadFileError
from mall.servers import postgres
from mall.servers.processes import free_port

SETTINGS = {
    "logging_collector": "on", "log_destination": "csvlog,jsonlog,stderr", "log_directory": "log", "log_filename": "mall.log",
    "log_file_mode": "0644", "log_min_duration_statement": "0", "log_line_prefix": "%m [%p] %q%u@%d %a ",
}  # fmt: skip
STATEMENTS = (
    "SELECT pg_sleep(0.05), 'Li Na' AS buyer WHERE 13800138000 > 7",
    "SELECT pg_sleep(0.15), 'Wang' AS buyer WHERE 13800138001 > 9",
    "/* route='/orders' */ SELECT 1,\n\t'a\"b,c' -- a comment; with a semicolon\nFROM pg_class LIMIT 3",
    "SET work_mem = '4MB'",
)


@pytest.fixture(scope="module")
def logs() -> Iterator[Path]:
    """The folder in which the server wrote `mall.log`, `mall.csv` and `mall.json`."""
    folder = Path(tempfile.mkdtemp(prefix="tenfold-tests-log-", dir="/tmp"))
    folder.chmod(0o755)
    data = folder / "postgres"
    postgres.initialize(data)
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as stream:
        stream.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
    port = free_port()
    process = postgres.start_server(data, port, folder / "start.log")
    try:
        with closing(psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for each in STATEMENTS:
                    cursor.execute(each)
                cursor.execute("PREPARE by_id AS SELECT relname FROM pg_class WHERE oid = $1")
                cursor.execute("EXECUTE by_id (1259)")
                time.sleep(1.1)
                cursor.execute("SELECT 2")
        yield data / "log"
    finally:
        postgres.stop_server(process)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["mall.log", "mall.csv", "mall.json"])
def test_every_format_of_a_real_server(logs: Path, name: str) -> None:
    found = {each.text: each for each in read(logs / name)}
    slept = found["SELECT pg_sleep($1), $2 AS buyer WHERE $3 > $4"]
    assert slept.seconds is not None
    assert 0.1 <= slept.seconds < 1.0, "the mean of 0.05 and 0.15 s"
    assert 0 < slept.per_second < 2
    other = found["SELECT $1, $2 FROM pg_class LIMIT $3"]
    assert other.tags == {"route": "/orders", "file": name}
    assert not any("work_mem" in text or "Li Na" in text or "13800" in text for text in found)
    assert next(iter(found)) == slept.text, "the costliest is the first"


def test_a_literal_becomes_a_parameter_as_in_the_servers_counters() -> None:
    assert normalized("SELECT * FROM t WHERE a = 'x' AND b IN (1, 2) -- why\n AND c = $4 LIMIT 10;") == (
        "SELECT * FROM t WHERE a = $5 AND b IN ($6, $7) AND c = $4 LIMIT $8"
    )


@pytest.mark.parametrize(
    "text",
    [
        "SELECT status, count(*) FROM orders GROUP BY 1",
        "SELECT a, b FROM t ORDER BY 2 DESC, 1",
        "SELECT a::varchar(20), b::numeric(10, 2), date_trunc($1, c) FROM t GROUP BY 1, 2, date_trunc($1, c)",
    ],
)
def test_a_place_or_a_length_is_no_value(text: str) -> None:
    assert normalized(text) == text


def line(at: str, message: str) -> str:
    return json.dumps({"timestamp": at, "message": message}) + "\n"


def test_what_is_cut_or_strange_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "mall.json"
    file.write_text(
        line("2026-11-11 00:00:00.000 CST", "duration: 10.0 ms  execute <unnamed>: SELECT $1")
        + '{"timestamp": "2026-11-11 00:00:0\n[]\n'
        + line("nonsense", "duration: 20.0 ms  statement: SELECT 7")
        + line("2026-11-11 00:00:05.000 CST", "duration: x ms  statement: SELECT 7")
        + line("2026-11-11 00:00:06.000 CST", "duration: 1.0 ms  parse <unnamed>: SELECT 8")
        + line("2026-11-11 00:00:07.000 CST", "duration: 1.0 ms  plan:\nQuery Text: SELECT 8")
        + line("2026-11-11 00:00:10.000 CST", "checkpoint starting: time"),
        encoding="utf-8",
    )
    (found,) = read(file)
    assert (found.text, found.per_second) == ("SELECT $1", 0.2)
    assert found.seconds == pytest.approx(0.015)


def test_the_order_of_entries_does_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "mall.json"
    moments = ("2026-11-11 00:00:20", "2026-11-11 00:00:00", "2026-11-11 00:00:10")
    file.write_text("".join(line(at, "duration: 1 ms  statement: SELECT a FROM t") for at in moments), encoding="utf-8")
    (found,) = read(file)
    assert found.per_second == pytest.approx(3 / 20)


def test_a_moment_in_a_statement_is_none_of_the_log(tmp_path: Path) -> None:
    file = tmp_path / "mall.log"
    file.write_text(
        "[12] LOG:  duration: 5 ms  statement: SELECT a FROM t WHERE b > '2020-01-01 00:00:00'\n", encoding="utf-8"
    )
    with pytest.raises(WorkloadFileError, match="tell no time"):
        read(file)


def test_a_line_without_end_costs_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_log, "LONGEST_LINE", 1000)
    file = tmp_path / "mall.json"
    good = line("2026-11-11 00:00:00", "duration: 1 ms  statement: SELECT a FROM t")
    file.write_text("[" * 100_000 + "\n" + good, encoding="utf-8")
    assert [each.text for each in read(file)] == ["SELECT a FROM t"]


def test_an_epoch_is_a_time_too(tmp_path: Path) -> None:
    file = tmp_path / "mall.log"
    file.write_text(
        "1762790400.000 [1] LOG:  duration: 4.0 ms  statement: SELECT a\n\tFROM t\n"
        "1762790404.000 [1] LOG:  duration: 4.0 ms  statement: SELECT a\n\tFROM t\n",
        encoding="utf-8",
    )
    (found,) = read(file)
    assert (found.text, found.per_second) == ("SELECT a FROM t", 0.5)


def test_memory_is_bounded_and_the_costliest_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_log, "MOST_STATEMENTS", 3)
    file = tmp_path / "mall.json"
    lines = [
        line("2026-11-11 00:00:00", f"duration: {number}.0 ms  statement: SELECT c{number} FROM t")
        for number in (9, 1, 8, 2, 7)
    ]
    file.write_text("".join(lines), encoding="utf-8")
    assert [each.text for each in read(file)] == ["SELECT c9 FROM t", "SELECT c8 FROM t", "SELECT c7 FROM t"]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("empty.log", "", "tells of no statement"),
        ("quiet.csv", "2026-11-11 00:00:00.000 CST,,,\n", "tells of no statement"),
        ("timeless.log", "LOG:  duration: 4.0 ms  statement: SELECT 1\n", "tell no time"),
        ("binary.csv", "\0\x01\x02\n" * 50, "tells of no statement"),
    ],
)
def test_a_log_that_tells_nothing_is_an_error_with_a_remedy(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(WorkloadFileError, match=reason) as caught:
        read(tmp_path / name)
    assert "log_" in str(caught.value.remedy)


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkloadFileError, match="cannot be read"):
        read(tmp_path / "none.log")
