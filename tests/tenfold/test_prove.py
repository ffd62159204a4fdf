"""`tenfold audit --prove`: the proposed indexes are tried on a copy that is a server of its own."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from mall.servers import postgres as wheel_postgres
from mall.servers.processes import end, free_port
from tests.conftest import PostgresServer
from tests.tenfold.conftest import SHOP, SHOPPER, Program, Shop

SCHEMA = Path(__file__).parents[2] / "docs" / "findings.schema.json"
INDEX = "public.orders(user_id, created_at)"
INDEXES = "SELECT indexrelid::regclass::text FROM pg_stat_user_indexes ORDER BY 1"


@pytest.fixture(scope="module")
def copy(server_folder: Path) -> Iterator[tuple[PostgresServer, str]]:
    """A staging server with the shop's tables and rows."""
    folder = server_folder / "staging"
    folder.mkdir()
    data = wheel_postgres.data_folder(folder)
    wheel_postgres.initialize(data)
    server = PostgresServer(version=18, port=free_port())
    process = wheel_postgres.start_server(data, server.port, server_folder / "staging.log")
    try:
        server.create_role(SHOPPER)
        yield server, server.create_database(SHOP, "VACUUM ANALYZE", name="shop")
    finally:
        end(process, how=signal.SIGQUIT)


def test_a_finding_carries_what_the_copy_showed(tenfold: Program, shop: Shop, copy: tuple[PostgresServer, str]) -> None:
    server, name = copy
    before = server.execute(name, INDEXES)
    audit = ("audit", shop.dsn, "--window", "0", "-o", "run", "--prove", server.dsn(name))
    ended = tenfold(*audit, environment={"COLUMNS": "160"})
    assert ended.code == 0, ended.everything
    assert "on the copy its statements take" in ended.stdout
    document = tenfold.findings("run")
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    (finding,) = [each for each in document["findings"] if each["subject"] == INDEX]
    proof = finding["proof"]
    assert proof["outcome"] == "proven", proof
    assert proof["measured"]["low"] <= proof["measured"]["kept_ratio"] <= proof["measured"]["high"] < 0.5
    assert proof["measured"]["size_bytes"] == pytest.approx(proof["predicted"]["size_bytes"], rel=0.2)
    assert finding["expected"]["method"] == "measured"
    kept = finding["expected"]["seconds_after"] / finding["expected"]["seconds_before"]
    assert kept == pytest.approx(proof["measured"]["kept_ratio"], rel=0.02)
    assert server.execute(name, INDEXES) == before
    assert not shop.server.execute(shop.database, "SELECT 1 FROM pg_class WHERE relname LIKE 'tenfold_proof_%'")


def test_the_audited_server_itself_is_refused_and_the_report_is_written(tenfold: Program, shop: Shop) -> None:
    ended = tenfold("audit", shop.dsn, "--window", "0", "-o", "run", "--prove", shop.server.dsn(shop.database))
    assert ended.code == 2
    assert "a server that the audit has read" in ended.stderr
    assert "staging copy" in ended.stderr
    assert INDEX in [each["subject"] for each in tenfold.findings("run")["findings"]]
    assert not shop.server.execute(shop.database, "SELECT 1 FROM pg_class WHERE relname LIKE 'tenfold_proof_%'")


def test_a_copy_that_is_not_there_costs_the_report_nothing(tenfold: Program, shop: Shop) -> None:
    dsn = f"postgresql://postgres:secret-word@127.0.0.1:{free_port()}/shop"
    ended = tenfold("audit", shop.dsn, "--window", "0", "-o", "run", "--prove", dsn)
    assert ended.code == 3
    assert "Nothing was proven on the copy" in ended.stderr
    assert "secret-word" not in ended.everything + tenfold.written()
    (finding,) = [each for each in tenfold.findings("run")["findings"] if each["subject"] == INDEX]
    assert finding["proof"] is None


def test_a_role_that_may_not_build_there_is_told(
    tenfold: Program, shop: Shop, copy: tuple[PostgresServer, str]
) -> None:
    server, name = copy
    ended = tenfold("audit", shop.dsn, "--window", "0", "-o", "run", "--prove", server.dsn(name, role=SHOPPER))
    assert ended.code == 0, ended.everything
    (finding,) = [each for each in tenfold.findings("run")["findings"] if each["subject"] == INDEX]
    assert finding["proof"]["outcome"] == "not enough evidence"
    assert "must be owner of table orders" in finding["proof"]["reason"]
    assert finding["expected"]["method"] == "planner"
