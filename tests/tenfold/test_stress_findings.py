"""The rounds of a configured mall come with the findings of their own window, and keep their verdict where there are none."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from mall import Mall, open_mall
from tenfold.demo.story import create_role
from tests.tenfold.conftest import Ended, Program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice", faults=["missing-order-index"]) as opened:
        create_role(opened)
        opened.shop(2.0, rate=10.0)
        yield opened


def configuration(mall: Mall, dsn: str) -> str:
    return f"""
[mall]
name = "practice mall"

[[postgres]]
name = "orders"
dsn = "{dsn}"

[[redis]]
name = "cache"
url = "{mall.redis_url}"

[[http]]
name = "shop"
url = "{mall.shop_url}"
access_log = "{mall.access_log}"

[slo]
default = ["p99<5s"]

[loadtest]
targets = [{{ host = "127.0.0.1" }}]
key = "{mall.secret}"
ceiling = 100
everyday_peak = 10
baseline = "12s"
journeys = ["loadtest.journeys.practice_mall"]
"""


def baseline(program: Program, mall: Mall, dsn: str, *options: str) -> Ended:
    (program.folder / "tenfold.toml").write_text(configuration(mall, dsn), encoding="utf-8")
    return program("stress", "--round", "baseline", "-o", "run", *options)


@pytest.fixture(scope="module")
def found(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    program = Program.in_new_folder(tmp_path_factory.mktemp("findings"))
    ended = baseline(program, mall, mall.dsn.replace("postgres@", "tenfold@"), "--allow-writes")
    return ended, program.folder / "run"


def test_the_missing_index_is_named_with_its_statement(found: tuple[Ended, Path]) -> None:
    ended, folder = found
    document = json.loads((folder / "findings.json").read_text("utf-8"))
    proposed = [each["subject"] for each in document["findings"] if each["code"] == "IDX001"]
    # Whether it also holds what the history shows depends on how many orders the round's buyers had.
    assert [each for each in proposed if each.startswith("public.orders(user_id, placed_at)")]
    assert "ON public.orders (user_id, placed_at)" in (folder / "apply.sql").read_text("utf-8")
    assert "IDX001" in ended.stdout


def test_the_findings_hold_the_rounds_in_the_shape_that_is_published(found: tuple[Ended, Path]) -> None:
    _, folder = found
    document = json.loads((folder / "findings.json").read_text("utf-8"))
    assert [each["round"] for each in document["rounds"]] == ["baseline"]
    assert document["rounds"][0] == json.loads((folder / "round.json").read_text("utf-8"))
    schemas = {
        name: json.loads((ROOT / "docs" / name).read_text("utf-8"))
        for name in ("findings.schema.json", "round.schema.json")
    }
    jsonschema.validate(document["rounds"][0], schemas["round.schema.json"])
    without = {
        **schemas["findings.schema.json"],
        "properties": {**schemas["findings.schema.json"]["properties"], "rounds": {}},
    }
    jsonschema.validate(document, without)


def test_the_rounds_page_leads_to_the_findings(found: tuple[Ended, Path]) -> None:
    _, folder = found
    assert 'href="findings.html"' in (folder / "report.html").read_text("utf-8")
    assert "IDX001" in (folder / "report.md").read_text("utf-8")
    assert (folder / "findings.html").is_file()


def test_the_window_is_the_rounds_and_the_databases_saw_one_connection_at_a_time(
    found: tuple[Ended, Path], mall: Mall
) -> None:
    _, folder = found
    document = json.loads((folder / "findings.json").read_text("utf-8"))
    assert document["promotion"]["multiplier"] == 10
    assert document["cost"]["connections"] == 2, "one database, one cache"
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenfold%'")
        assert cursor.fetchall() == [(0,)]


def test_a_database_that_refuses_costs_its_findings_and_not_the_round(tenfold: Program, mall: Mall) -> None:
    ended = baseline(tenfold, mall, mall.dsn.replace("postgres@", "nobody@"), "--allow-writes")
    document = json.loads((tenfold.folder / "run" / "round.json").read_text("utf-8"))
    assert document["verdict"] in {"GO", "INVALID"}, ended.everything
    assert document["scheduled"] > 0
    report = json.loads((tenfold.folder / "run" / "findings.json").read_text("utf-8"))
    assert [each["name"] for each in report["coverage"]["targets"] if each["status"] != "ok"] == ["orders"]
    assert report["findings"] == []
    assert report["verdict"] == "not enough evidence"


def test_without_findings_nothing_but_the_round_is_written(tenfold: Program, mall: Mall) -> None:
    baseline(tenfold, mall, mall.dsn.replace("postgres@", "tenfold@"), "--allow-writes", "--no-findings")
    names = {each.name for each in (tenfold.folder / "run").iterdir()}
    assert "round.json" in names
    assert not names & {"findings.json", "findings.html", "apply.sql"}
