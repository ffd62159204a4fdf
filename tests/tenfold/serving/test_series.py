"""A mall with thousands of tables and statements has a bounded number of series, and says what was folded."""

import pytest

from collectors.serving.postgres_statements import FAMILIES as FAMILY_PLACES
from collectors.serving.postgres_tables import TABLES as TABLE_PLACES
from tests.conftest import PostgresServer
from tests.tenfold.conftest import Program, prepared
from tests.tenfold.serving.conftest import serving

TABLES, FAMILIES = 2_500, 4_800
COLUMNS = 13
BATCH = 250


@pytest.fixture(scope="module")
def crowded(postgres18: PostgresServer) -> str:
    """2,500 tables and 4,800 statement families; each batch of tables in a transaction of its own, for the sake of the lock table."""
    columns = ", ".join(f"c{number} int" for number in range(COLUMNS))
    tables = [
        f"DO $$ BEGIN FOR n IN {first}..{first + BATCH - 1} LOOP"
        " EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', n); END LOOP; END $$"
        for first in range(1, TABLES + 1, BATCH)
    ]
    database = prepared(
        postgres18, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements", f"CREATE TABLE shapes ({columns})", *tables
    )
    postgres18.execute(
        database,
        *(
            f"SELECT {', '.join(f'c{bit}' for bit in range(COLUMNS) if number >> bit & 1)} FROM shapes"
            for number in range(1, FAMILIES + 1)
        ),
    )
    return database


def test_thousands_of_tables_and_statements_stay_within_the_budget(
    tenfold: Program, postgres18: PostgresServer, crowded: str
) -> None:
    configuration = f"""
        [[postgres]]
        name = "orders"
        dsn = "{postgres18.dsn(crowded, role="tenfold")}"
        [[host]]
        name = "this machine"
    """
    with serving(tenfold, configuration) as running:
        running.until("tenfold_collector_success", 1.0, collector="postgres_tables")
        scrape = running.until("tenfold_collector_success", 1.0, collector="postgres_statements")
        assert len([line for line in scrape.text.splitlines() if not line.startswith("#")]) <= 2_000
        for part in ("postgres_tables", "postgres_statements"):
            dropped = scrape.value("tenfold_collector_series_dropped", collector=part)
            assert dropped == 0, "nothing was left out to get there"
        # What else the server counts in that database is folded as well.
        known = postgres18.execute(crowded, "SELECT count(DISTINCT queryid) FROM pg_stat_statements")[0][0]
        assert known > FAMILIES * 0.9
        folded = scrape.value("tenfold_postgres_statement_families_folded")
        assert folded >= FAMILIES * 0.9 - FAMILY_PLACES
        assert scrape.value("tenfold_postgres_tables_folded") == TABLES + 1 - TABLE_PLACES
        assert "c12" not in scrape.text, "a statement's text is no label"
