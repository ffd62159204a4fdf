"""`tenfold verify`: some days later the mall is read again, and each finding is proven, refuted or not yet applied."""

import json
import subprocess

import pytest

from tests.conftest import PostgresServer
from tests.tenfold.conftest import SHOP, Ended, Program, Shop, finish, prepared

INDEX = "public.orders(user_id, created_at)"
UNUSED = "public.orders_state_again"


@pytest.fixture
def own_shop(postgres18: PostgresServer) -> Shop:
    """A shop of the test's own, since it is changed."""
    shop = Shop(postgres18, prepared(postgres18, SHOP))
    shop.shop_anew()
    return shop


def audited(tenfold: Program, shop: Shop) -> None:
    ended = tenfold("audit", shop.dsn, "--window", "0", "-o", "tenfold-runs/first")
    assert ended.code == 0, ended.everything
    assert INDEX in [each["subject"] for each in tenfold.findings("tenfold-runs/first")["findings"]]


def verified(tenfold: Program, shop: Shop, *options: str) -> Ended:
    """`tenfold verify`, with shoppers in the shop meanwhile."""
    process = tenfold.start("verify", "tenfold-runs/first", shop.dsn, "--window", "6", *options)
    while process.poll() is None:
        shop.shop()
        try:
            process.wait(0.5)
        except subprocess.TimeoutExpired:
            continue
    return finish(process)


def outcomes(document: dict[str, object]) -> dict[str, str]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return {each["subject"]: each["outcome"] for each in findings}


def test_what_was_applied_is_proven_and_the_rest_is_not_yet_applied(tenfold: Program, own_shop: Shop) -> None:
    audited(tenfold, own_shop)
    first = verified(tenfold, own_shop, "--json")
    assert first.code == 0, first.everything
    assert outcomes(first.document)[INDEX] == "not yet applied"
    assert first.document["calibration"]["predictions"] == 0
    (finding,) = [each for each in tenfold.findings("tenfold-runs/first")["findings"] if each["subject"] == INDEX]
    # By another name: what counts is what it is.
    own_shop.server.execute(
        own_shop.database, "CREATE INDEX by_buyer ON orders (user_id, created_at)", "ANALYZE orders"
    )
    second = verified(tenfold, own_shop, "--json")
    assert second.code == 0, second.everything
    (proof,) = [each for each in second.document["findings"] if each["subject"] == INDEX]
    assert proof["outcome"] == "proven", proof
    assert proof["measured"]["kept_ratio"] < 0.5
    assert proof["predicted"]["kept_ratio"] < 0.5
    assert proof["measured"]["size_bytes"] == pytest.approx(finding["remedy"]["size_bytes"], rel=0.2)
    (statement,) = proof["statements"]
    assert statement["seconds_before"] > statement["seconds_after"] > 0
    assert second.document["calibration"]["predictions"] == second.document["calibration"]["proven"] == 1
    kept = json.loads((tenfold.folder / "tenfold-runs/first/verified.json").read_text(encoding="utf-8"))
    assert kept["verifications"] == [first.document, second.document]
    later = sorted(each.name for each in (tenfold.folder / "tenfold-runs").iterdir() if each.name.endswith("verify"))
    assert len(later) == 2, "each reading is kept with its report"
    assert INDEX not in [each["subject"] for each in tenfold.findings(f"tenfold-runs/{later[1]}")["findings"]]


def test_what_nothing_reads_is_refuted_on_a_terminal_and_ends_with_one(tenfold: Program, own_shop: Shop) -> None:
    audited(tenfold, own_shop)
    own_shop.server.execute(
        own_shop.database,
        "CREATE INDEX by_buyer ON orders (user_id, created_at)",
        "ALTER ROLE shopper SET enable_indexscan = off",
        "ALTER ROLE shopper SET enable_bitmapscan = off",
    )
    try:
        ended = verified(tenfold, own_shop, "--lang", "en")
    finally:
        own_shop.server.execute(own_shop.database, "ALTER ROLE shopper RESET ALL")
    assert ended.code == 1, ended.everything
    assert f"refuted  IDX001 {INDEX}" in ended.stdout
    assert "nothing has read it yet" in ended.stdout
    chinese = verified(tenfold, own_shop, "--lang", "zh")
    assert "IDX001" in chinese.stdout
    assert "refuted" not in chinese.stdout


def test_a_mall_that_is_not_there_proves_nothing(tenfold: Program, own_shop: Shop) -> None:
    audited(tenfold, own_shop)
    gone = own_shop.dsn.replace(f":{own_shop.server.port}/", ":1/")
    ended = tenfold("verify", "tenfold-runs/first", gone, "--window", "1", "--json")
    assert ended.code == 3
    assert set(outcomes(ended.document).values()) == {"not enough evidence"}


def test_a_run_that_is_none(tenfold: Program) -> None:
    ended = tenfold("verify", "nowhere", "postgresql://127.0.0.1:1/x")
    assert ended.code == 2
    assert "There is no run at nowhere" in ended.stderr
    (tenfold.folder / "findings.json").write_text("{}", encoding="utf-8")
    assert tenfold("verify", ".", "postgresql://127.0.0.1:1/x").code == 2


def test_a_run_whose_snapshot_is_lost_or_whose_verifications_are_damaged(tenfold: Program, own_shop: Shop) -> None:
    audited(tenfold, own_shop)
    run = tenfold.folder / "tenfold-runs" / "first"
    (run / "snapshot.tfz").unlink()
    (run / "verified.json").write_text("[", encoding="utf-8")
    (tenfold.folder / "tenfold-runs" / "second").mkdir()
    (tenfold.folder / "tenfold-runs" / "second" / "verified.json").write_text(
        '{"verifications": [{"findings": [{}]}]}', encoding="utf-8"
    )
    ended = verified(tenfold, own_shop, "--json")
    assert ended.code == 0, ended.everything
    assert outcomes(ended.document)[INDEX] == "not yet applied"
    assert "snapshot.tfz" in ended.stderr
