"""The rehearsal's story in short: the confirmation really runs before and after the advice, pinned apart and against a proven target.

What the figures come to needs longer rounds and a quiet machine; `tenfold demo --rehearse` measures that itself and says so.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from mall import Mall, open_mall
from tenfold.cli.options import Terminal
from tenfold.demo.pinning import Cores, apart, keep, pin, servers
from tenfold.demo.promises import Promise
from tenfold.demo.rehearsing import DELIVERED, Lengths, rehearse
from tenfold.demo.story import create_role

SHORT = Lengths(confirm=8, audit=15, rounds="confirm")


@pytest.fixture(scope="module")
def mall(server_folder: Path) -> Iterator[Mall]:
    with open_mall(server_folder / "practice") as opened:
        create_role(opened)
        yield opened


@pytest.fixture(scope="module")
def told(mall: Mall, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[Promise]]:
    runs = tmp_path_factory.mktemp("story")
    found = rehearse(mall, runs, SHORT, Terminal(quiet=True), "en")
    assert found is not None
    return runs, found


def test_the_round_was_run_before_and_after(told: tuple[Path, Sequence[Promise]]) -> None:
    runs, _ = told
    for part in ("before", "after"):
        document = json.loads((runs / part / "round.json").read_text("utf-8"))
        assert document["round"] == "confirm"
        assert document["scheduled"] > 0
        assert document["manifest"]["mall size"] == "small"
    assert (runs / "report.html").stat().st_size > 10_000


def test_the_manifest_says_who_was_kept_to_which_core(told: tuple[Path, Sequence[Promise]]) -> None:
    cores = apart()
    document = json.loads((told[0] / "after" / "round.json").read_text("utf-8"))
    wanted = [",".join(map(str, each)) or "any" for each in (cores.mall, cores.generator)]
    assert [document["manifest"][name] for name in ("mall cores", "generator-cores")] == wanted


def test_bought_goods_went_to_shadow_storage_and_the_invariants_were_asked(
    told: tuple[Path, Sequence[Promise]],
) -> None:
    document = json.loads((told[0] / "after" / "round.json").read_text("utf-8"))
    assert any(each["name"] == "GET /pay/{}" and each["sent"] for each in document["endpoints"])
    rules = {each["rule"]: each["ok"] for each in document["reasons"]}
    assert rules["invariant no-oversold-stock"] is True


def test_the_advice_of_the_audit_was_applied(mall: Mall, told: tuple[Path, Sequence[Promise]]) -> None:
    assert {*DELIVERED, "fix-cache", "fix-pool"} <= mall.faults_on()
    applied = (told[0] / "audit" / "apply.sql").read_text("utf-8")
    assert "orders" in applied
    with mall.connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'orders' AND indexdef LIKE '%user_id, placed_at%'"
        )
        assert cursor.fetchall(), "the index that the mall was delivered without"


def test_each_promise_has_the_figures_that_were_measured(told: tuple[Path, Sequence[Promise]]) -> None:
    delivered, *_, capacity, payment, _ = told[1]
    assert delivered.before in {"GO", "NO-GO", "INVALID"}
    assert payment.after.endswith("%")
    assert (capacity.after, capacity.held) == ("", False), "that round was not run"


@pytest.mark.skipif(apart() == Cores(), reason="needs two cores")
def test_what_the_mall_starts_later_stays_on_its_core(mall: Mall) -> None:
    cores = apart()
    assert not set(cores.mall) & set(cores.generator)
    pin(mall, cores.mall)
    try:
        with mall.connection() as connection:
            backend = psutil.Process(connection.info.backend_pid)
            assert backend.cpu_affinity() == list(cores.mall)
    finally:
        for pid in servers(mall):
            keep(sorted(os.sched_getaffinity(0)), pid)


def test_what_the_rehearsal_would_ignore_is_refused(tmp_path: Path) -> None:
    for option in ("--scramble=7", "--seconds=9"):
        ended = subprocess.run(
            [sys.executable, "-m", "tenfold", "demo", "--rehearse", option], capture_output=True, text=True, cwd=tmp_path,
            check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
        assert ended.returncode == 2
        assert f"{option.partition('=')[0]} has no effect in the demo's rehearsal" in ended.stderr
        assert not list(tmp_path.iterdir()), "nothing was opened"
