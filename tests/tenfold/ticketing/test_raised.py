"""`tenfold audit --raise` says what is over: only what it looked for, with as much as the audit that found it had."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenfold.ticketing import raised
from tenfold.ticketing.raised import Raise
from tests.conftest import PostgresServer
from tests.tenfold.conftest import AUDITOR, SHOP, Ended, prepared
from tests.tenfold.ticketing.conftest import Room, needs_intake, needs_people

Document = dict[str, Any]
SERVER = "http://tickets.example"


def finding(
    code: str = "IDX003", subject: str = "public.orders_state", severity: str = "high", target: str = "db/mall"
) -> Document:
    return {
        "code": code, "target": target, "subject": subject, "area": "indexes", "severity": severity, "title": "t",
        "loss_cores_at_multiplier": 1.0, "evidence": {"queries": [{"text": "SELECT 1"}]}, "consequences": [],
    }  # fmt: skip


def audit(*findings: Document, **fields: Any) -> Document:
    """A `findings.json`, as far as it is looked at."""
    document = {
        "mall": "shop", "verdict": "fits", "areas": ["indexes", "queries"], "taken_at": "2026-11-02T00:00:00Z",
        "promotion": {"multiplier": 10.0}, "findings": list(findings), "quiet": [], "ignored": [],
        "coverage": {"targets": [{"name": "db", "status": "ok"}], "skipped": []},
    }  # fmt: skip
    return {**document, **fields}


def first(*findings: Document, **fields: Any) -> list[Raise]:
    document = audit(*findings, taken_at="2026-11-01T00:00:00Z", **fields)
    return raised.after([], SERVER, document, document["findings"], [])


def over(before: list[Raise], document: Document) -> list[str]:
    return [each.subject for each in raised.over(before, SERVER, document)]


def test_what_was_looked_for_and_is_not_found_is_over() -> None:
    before = first(finding(), finding(subject="public.users_name"))
    assert over(before, audit(finding(subject="public.users_name", severity="low"))) == ["public.orders_state"]


@pytest.mark.parametrize(
    "fields",
    [
        {"areas": ["queries"]},
        {"mall": "another"},
        {"verdict": "not enough evidence"},
        {"taken_at": "2026-10-01T00:00:00Z"},
        {"promotion": {"multiplier": 3.0}},
        {"coverage": {"targets": [{"name": "db", "status": "failed"}], "skipped": []}},
        {"coverage": {"targets": [{"name": "another", "status": "ok"}], "skipped": []}},
        {"coverage": {"targets": [{"name": "db", "status": "ok"}], "skipped": [{"code": "IDX003", "subject": "db/mall"}]}},
        {"coverage": {"targets": [{"name": "db", "status": "ok"}], "skipped": [{"code": "", "subject": "db/mall: postgres_schema"}]}},
        {"coverage": {"targets": [{"name": "db", "status": "ok"}], "skipped": [{"code": "", "subject": "SELECT 1"}]}},
        {"ignored": [finding()]},
        {"findings": [finding(severity="low")]},
    ],
    ids=lambda fields: next(iter(fields)),
)  # fmt: skip
def test_what_was_not_looked_for_as_before_stays(fields: Document) -> None:
    before = first(finding())
    document = audit(**fields)
    assert over(before, document) == []
    assert raised.over(before, "http://elsewhere", audit()) == []
    kept = raised.after(before, SERVER, document, [], [])
    assert [each.subject for one in kept for each in one.findings] == ["public.orders_state"]
    # A gap of today is no excuse tomorrow: what the finding came from is remembered with it.
    assert over(kept, audit(taken_at="2026-11-03T00:00:00Z")) == ["public.orders_state"]


def test_each_finding_is_kept_once_and_what_is_over_no_longer(tmp_path: Path) -> None:
    before = first(finding(), finding(subject="public.users_name"))
    again = audit(finding())
    gone = raised.over(before, SERVER, again)
    raised.save(tmp_path / "runs", raised.after(before, SERVER, again, again["findings"], gone))
    (only,) = raised.load(tmp_path / "runs")
    assert ([each.subject for each in only.findings], only.taken_at) == (["public.orders_state"], again["taken_at"])
    assert [each.name for each in (tmp_path / "runs").iterdir()] == [raised.FILE]
    assert raised.after([only], SERVER, audit(), [], raised.over([only], SERVER, audit())) == []


@pytest.mark.parametrize("text", ["", "[]", '{"raises": 3}', "[" * 100_000])
def test_a_damaged_file_is_as_none(tmp_path: Path, text: str) -> None:
    assert raised.load(tmp_path) == ()
    (tmp_path / raised.FILE).write_text(text, encoding="utf-8")
    assert raised.load(tmp_path) == ()


@pytest.fixture
def auditing(room: Room, postgres18: PostgresServer) -> tuple[Callable[..., Ended], Callable[[str], None]]:
    """Audits a shop of the test's own, and changes it."""
    database = prepared(postgres18, SHOP)
    dsn = f"postgresql://{AUDITOR}@127.0.0.1:{postgres18.port}/{database}"
    environment = {"TENFOLD_TOKEN": room.token("audit", "machine"), "TENFOLD_SERVER": room.service.url}

    def audited(*options: str) -> Ended:
        arguments = ("audit", dsn, "--window", "0", "--raise", "--fail-on", "low", "-o", "run", *options)
        return room.tenfold(*arguments, environment=environment)

    def change(statement: str) -> None:
        postgres18.execute(database, statement)

    return audited, change


@needs_people
@needs_intake
def test_a_finding_that_was_mended_is_told_and_its_ticket_proposes_to_be_resolved(
    room: Room, auditing: tuple[Callable[..., Ended], Callable[[str], None]]
) -> None:
    audited, change = auditing
    lead = room.add("li", "lead")
    assert audited("--only", "indexes").code == 1
    (redundant,) = [
        each for each in room.tenfold.findings("run")["findings"] if each["subject"].startswith("public.orders_state")
    ]

    def ticket() -> Any:
        (found,) = [each for each in room.listed(lead)["items"] if redundant["title"] in each["title"]]
        return found

    assert (ticket()["firing"], ticket()["resolution_proposed"]) == (1, False)
    change("DROP INDEX orders_state_again")
    ended = audited("--only", "queries")
    assert "told as over" not in ended.stderr, "it did not look at indexes"
    assert ticket()["firing"] == 1
    ended = audited("--only", "indexes")
    assert "No longer found, and told as over: 1" in ended.stderr, ended.everything
    assert (ticket()["firing"], ticket()["resolution_proposed"]) == (0, True)
    others = [each for each in room.listed(lead)["items"] if each["id"] != ticket()["id"]]
    assert all(each["firing"] == 1 for each in others)
    kept = json.loads((room.tenfold.folder / "tenfold-runs" / raised.FILE).read_text(encoding="utf-8"))
    assert redundant["subject"] not in {each["subject"] for one in kept["raises"] for each in one["findings"]}
    assert "told as over" not in audited("--only", "indexes").stderr, "once"
