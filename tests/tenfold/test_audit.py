"""A whole audit as a user runs it: the report, the run folder, the exit code, and the same again from the snapshot."""

import json
import shutil
import time
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import RedisServer
from tests.tenfold.conftest import Program, Shop, codes, finish

SCHEMA = Path(__file__).parents[2] / "docs" / "findings.schema.json"
INDEX = "public.orders(user_id, created_at)"


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory, opened_shop: Shop) -> Path:
    """A folder in which the shop was audited once."""
    opened_shop.shop_anew()
    program = Program.in_new_folder(tmp_path_factory.mktemp("once"))
    ended = program("audit", opened_shop.dsn, "--window", "0", "--lang", "en", "--json", "--verbose")
    assert ended.code == 0, ended.stderr
    (program.folder / "stdout").write_text(ended.stdout, encoding="utf-8")
    return program.folder


@pytest.fixture
def audited(tenfold: Program, run_once: Path) -> Program:
    """The program in a copy of that folder."""
    shutil.copytree(run_once, tenfold.folder, symlinks=True, dirs_exist_ok=True)
    return tenfold


def test_an_audit_finds_the_faults_and_leaves_a_whole_run_folder(tenfold: Program, shop: Shop) -> None:
    ended = tenfold("audit", shop.dsn, "--window", "0")
    assert ended.code == 0, ended.stderr
    assert INDEX in ended.stdout
    assert {"IDX001", "IDX003"} <= set(codes(tenfold.findings()))
    latest = tenfold.folder / "tenfold-runs" / "latest"
    assert latest.is_symlink()
    assert {each.name for each in latest.iterdir()} == {
        "report.html", "report.md", "findings.json", "snapshot.tfz", "apply.sql", "rollback.sql",
    }  # fmt: skip
    assert ended.stderr.strip().splitlines()[-1] == f"Report: {latest.resolve() / 'report.html'}"


def test_the_snapshot_of_a_run_gives_the_same_findings_again(tenfold: Program, shop: Shop) -> None:
    """With a window, so that both readings are in it; the second run is told of no server at all."""
    process = tenfold.start("audit", shop.dsn, "--window", "2", "-o", "live", "-q")
    for _ in range(6):
        time.sleep(0.4)
        shop.shop()
    assert finish(process).code == 0
    live = tenfold.findings("live")
    assert "IDX001" in codes(live)
    (tenfold.folder / "live" / "snapshot.tfz").rename(tenfold.folder / "mall.tfz")
    again = tenfold("audit", "--from", "mall.tfz", "-o", "again", "--json")
    assert again.code == 0, again.stderr
    assert tenfold.findings("again") == again.document == live
    for name in ("apply.sql", "rollback.sql", "report.md"):
        assert (tenfold.folder / "again" / name).read_bytes() == (tenfold.folder / "live" / name).read_bytes(), name
    assert (tenfold.folder / "again" / "snapshot.tfz").read_bytes() == (tenfold.folder / "mall.tfz").read_bytes()


def test_json_is_the_whole_of_stdout_and_follows_the_published_schema(audited: Program) -> None:
    stdout = (audited.folder / "stdout").read_text(encoding="utf-8")
    assert len(stdout.splitlines()) == 1
    document = json.loads(stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert document == audited.findings()


def test_fail_on_ends_with_one_when_a_finding_is_as_severe(audited: Program) -> None:
    snapshot = "tenfold-runs/latest/snapshot.tfz"
    assert audited("audit", "--from", snapshot, "--fail-on", "low", "--only", "indexes", "-o", "a").code == 1
    assert {each["area"] for each in audited.findings("a")["findings"]} == {"indexes"}
    assert audited("audit", "--from", snapshot, "--fail-on", "low", "--only", "assets", "-o", "b").code == 0
    assert not audited.findings("b")["findings"]


def test_another_multiplier_and_a_budget_that_nothing_fits_into_and_the_comparison(audited: Program) -> None:
    latest = audited.folder / "tenfold-runs" / "latest"
    before = latest.readlink()
    budget = ("--index-budget", "8kB", "--multiplier", "3", "-o", "elsewhere/deep")
    audited("audit", "--from", "tenfold-runs/latest/snapshot.tfz", *budget)
    assert (audited.folder / "elsewhere" / "deep" / "report.html").is_file()
    assert latest.readlink() == before, "a run folder that was named is not the latest"
    document = audited.findings("elsewhere/deep")
    assert document["promotion"]["multiplier"] == 3
    assert "IDX001" in codes(audited.findings())
    assert "IDX001" not in codes(document)
    assert {each["subject"] for each in document["quiet"] if each["code"] == "IDX001"}
    ended = audited("compare", "tenfold-runs/latest", "elsewhere/deep", "--json")
    assert ended.code == 0
    changes = {(each["code"], each["subject"]): each["what"] for each in ended.document["changes"]}
    assert changes["IDX001", INDEX] in {"gone", "not examined"}
    assert "unchanged" in changes.values()
    wide = {"COLUMNS": "160"}
    shown = audited("compare", "tenfold-runs/latest/findings.json", "elsewhere/deep", environment=wide)
    assert INDEX in shown.stdout


def test_the_report_in_chinese(audited: Program) -> None:
    """Sentences change with the language; codes, subjects and figures do not."""
    english = audited.findings()
    ended = audited("audit", "--from", "tenfold-runs/latest/snapshot.tfz", "--lang", "zh", "-o", "zh")
    assert ended.code == 0
    chinese = audited.findings("zh")
    assert "索引" in ended.stdout
    assert "索引" in (audited.folder / "zh" / "report.html").read_text(encoding="utf-8")
    assert chinese["language"] == "zh"
    assert [each["subject"] for each in chinese["findings"]] == [each["subject"] for each in english["findings"]]
    assert [each["evidence"]["figures"] for each in chinese["findings"]] == [
        each["evidence"]["figures"] for each in english["findings"]
    ]


def test_two_audits_within_one_second_keep_their_folders_apart(tenfold: Program, redis6: RedisServer) -> None:
    started = [tenfold.start("audit", redis6.url(), "--window", "0", "-q") for _ in range(2)]
    assert [finish(process).code for process in started] == [0, 0]
    runs = [each for each in (tenfold.folder / "tenfold-runs").iterdir() if not each.is_symlink()]
    assert len(runs) == 2


def test_why_a_subject_was_reported_and_why_another_was_not(audited: Program) -> None:
    why = audited("explain", "IDX001", INDEX)
    assert why.code == 0
    assert f"IDX001 {INDEX}: reported" in why.stdout
    document = audited.findings()
    quiet = next(each for each in document["quiet"] if each["code"] == "IDX003")
    why_not = audited("explain", "idx003", quiet["subject"])
    assert f"{quiet['subject']}: not reported, because: {quiet['reason']}" in why_not.stdout
    near = audited("explain", "IDX001", "public.ordres(user_id)")
    assert near.code == 2
    assert INDEX in near.stderr
    never = audited("explain", "RDS001", "cart")
    assert never.code == 2
    assert "It looked at nothing there" in never.stderr


def test_what_was_skipped_for_one_rule_is_no_answer_about_another(audited: Program) -> None:
    path = audited.folder / "tenfold-runs" / "latest" / "findings.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    gap = {"subject": "public.gone", "reason": "it was locked", "remedy": None}
    document["coverage"]["skipped"] = [{**gap, "code": "SQL006"}]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "not examined: it was locked" in audited("explain", "SQL006", "public.gone").stdout
    assert audited("explain", "IDX001", "public.gone").code == 2
    document["coverage"]["skipped"] = [{**gap, "code": ""}]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "not examined: it was locked" in audited("explain", "IDX001", "public.gone").stdout


def test_what_a_snapshot_holds_is_said_in_plain_words(audited: Program) -> None:
    shown = audited("snapshot", "show", "tenfold-runs/latest/snapshot.tfz")
    assert shown.code == 0
    assert "pseudonyms" in shown.stdout
    assert "public.orders" in shown.stdout
    document = audited("snapshot", "show", "tenfold-runs/latest/snapshot.tfz", "--json").document
    assert document["masked"] is True
    assert document["postgres"][0]["tables"] == 2
    assert document["postgres"][0]["columns_masked"] > 0
    assert "@shop.example" not in audited.written()


def test_kept_values_are_warned_of(tenfold: Program, shop: Shop) -> None:
    tenfold("collect", shop.dsn, "--window", "0", "--keep-values", "-o", "mall.tfz")
    assert "HOLDS REAL VALUES" in tenfold("snapshot", "show", "mall.tfz").stdout
    assert "user1@shop.example" in tenfold.written() or "@shop.example" in tenfold.written()


def test_a_users_own_statements_are_judged_too(audited: Program) -> None:
    """Nothing asks for orders by their moment yet; the release that is to come will."""
    file = audited.folder / "next.sql"
    file.write_text(
        "-- weight: 40\nSELECT id FROM orders WHERE created_at = '2026-02-03 04:05:00';\n", encoding="utf-8"
    )
    snapshot = "tenfold-runs/latest/snapshot.tfz"
    ended = audited("audit", "--from", snapshot, "--workload", "next.sql", "-o", "next", "--only", "indexes")
    assert ended.code == 0, ended.everything
    subject = "public.orders(created_at)"
    assert subject not in [each["subject"] for each in audited.findings()["findings"]]
    (finding,) = [each for each in audited.findings("next")["findings"] if each["subject"] == subject]
    (query,) = finding["evidence"]["queries"]
    assert query["tags"] == {"file": "next.sql:2"}
    assert finding["expected"]["at_multiplier_seconds"] > 0


def test_a_servers_log_is_judged_too(audited: Program) -> None:
    """It names what the counters do not have, with the time that it took; nobody's mail gets into the report."""
    entry = '{{"timestamp": "2026-11-11 00:00:{second:06.3f}", "message": "duration: 80.5 ms  execute <unnamed>: {text}"}}\n'
    text = "SELECT id FROM orders WHERE created_at = '2026-02-03 04:05:00' AND 'li@na.example' <> ''"
    lines = [entry.format(second=number / 10, text=text) for number in range(60)]
    (audited.folder / "mall.json").write_text("".join(lines), encoding="utf-8")
    snapshot = "tenfold-runs/latest/snapshot.tfz"
    ended = audited("audit", "--from", snapshot, "--workload", "mall.json", "-o", "logged", "--only", "indexes")
    assert ended.code == 0, ended.everything
    findings = audited.findings("logged")["findings"]
    (finding,) = [each for each in findings if each["subject"] == "public.orders(created_at)"]
    (query,) = finding["evidence"]["queries"]
    assert query["tags"] == {"file": "mall.json"}
    # Of a part of a call, where the window is shorter than what lies between two of them.
    assert 0 < query["mean_seconds"] <= 0.0805
    assert "li@na" not in json.dumps(findings)


def test_a_file_of_statements_that_cannot_be_used_is_told_before_anything_is_read(tenfold: Program, shop: Shop) -> None:
    (tenfold.folder / "next.sql").write_text("-- weight: many\nSELECT 1;\n", encoding="utf-8")
    ended = tenfold("audit", shop.dsn, "--workload", "next.sql")
    assert ended.code == 2
    assert "next.sql, line 1: 'many' is no weight." in ended.stderr
    assert tenfold("audit", shop.dsn, "--workload", "none.sql").code == 2
    assert not (tenfold.folder / "tenfold-runs").exists()
