"""What a service sends, by the server's own log, is what `tenfold serve --print-sql` has shown before."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.serving.line import OWN_PATH, PROLOGUE
from tests.conftest import PostgresServer
from tests.tenfold.conftest import Program, prepared
from tests.tenfold.serving.conftest import serving

ENTRY = re.compile(r"LOG:  statement: (?P<text>.*?)(?=^\d{4}-\d\d-\d\d |\Z)", re.MULTILINE | re.DOTALL)
METRIC = """
[[metric]]
name = "orders_total"
sql = "SELECT count(*) AS value FROM orders"
"""


def folded(text: str) -> str:
    return " ".join(text.split()).rstrip(";")


@pytest.fixture
def shop(postgres_server: PostgresServer) -> Iterator[str]:
    """A database whose role has every statement logged."""
    extension = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"
    database = prepared(postgres_server, extension, "CREATE TABLE orders (id int)")
    postgres_server.execute(
        database, "GRANT SELECT ON orders TO tenfold", "ALTER ROLE tenfold SET log_statement = 'all'"
    )
    yield database
    postgres_server.execute(database, "ALTER ROLE tenfold RESET log_statement")


@pytest.mark.debian_servers
def test_the_servers_log_holds_nothing_that_was_not_shown(
    tenfold: Program, postgres_server: PostgresServer, server_folder: Path, shop: str
) -> None:
    log = server_folder / f"postgres{postgres_server.version}.log"
    before = log.stat().st_size
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{postgres_server.dsn(shop, role="tenfold")}"
        discover = ["{shop}"]
        {METRIC}
    """
    with serving(tenfold, configuration) as running:
        for part in (
            "postgres_statements",
            "postgres_tables",
            "postgres_sizes",
            "postgres_discovery",
            "mall_orders_total",
        ):
            running.until("tenfold_collector_success", 1.0, collector=part)
        shown = json.loads(tenfold("serve", "--print-sql", "--json").stdout)["sent"]
    allowed = {folded(text) for text in shown}
    around = folded("; ".join(PROLOGUE)), folded("; ".join((*PROLOGUE, OWN_PATH)))
    assert {folded(text) for text in (*PROLOGUE, OWN_PATH)} <= allowed
    sent = [folded(each["text"]) for each in ENTRY.finditer(log.read_bytes()[before:].decode("utf-8", "replace"))]
    assert len(sent) > 10
    for text in sent:
        prologue = next(each for each in reversed(around) if text.startswith(f"{each};"))
        assert text.removeprefix(f"{prologue};").strip() in allowed


def test_people_see_it_by_collector_and_without_a_configuration(tenfold: Program) -> None:
    ended = tenfold("serve", "--print-sql")
    assert ended.code == 0
    assert "-- postgres_sessions\n" in ended.stdout
    assert "INFO everything" in ended.stdout
