"""The headroom, reckoned by Prometheus' own tool: what was proven to what is to come."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import conftest
from tests.dashboards.asking import PROMTOOL, filled
from tests.dashboards.parts import panels, written

pytestmark = pytest.mark.debian_servers

BEFORE, STARTS, AFTER = 60, 120, 180  # minutes
PER_SECOND, MULTIPLIER, ANSWERED = 10, 8, 99
WHERE = 'mall="m",job="j",instance="i"'


def series(*, go: int, dated: bool = True, promotion: bool = True) -> list[dict[str, str]]:
    """Steady traffic, one rehearsal, one promotion; the clock of the tool begins at 0."""
    constant = {
        f'tenfold_rehearsal_achieved_requests_per_second{{{WHERE},target="runs",round="confirm"}}': ANSWERED,
        f'tenfold_rehearsal_achieved_requests_per_second{{{WHERE},target="runs",round="broken"}}': 10 * ANSWERED,
        f'tenfold_rehearsal_verdict{{{WHERE},target="runs",round="confirm",verdict="GO"}}': go,
        f'tenfold_rehearsal_verdict{{{WHERE},target="runs",round="confirm",verdict="NO-GO"}}': 1 - go,
        f'tenfold_rehearsal_verdict{{{WHERE},target="runs",round="broken",verdict="GO"}}': 0,
    }
    if promotion:
        constant[f'tenfold_promotion_multiplier{{{WHERE},target="promotion",promotion="p"}}'] = MULTIPLIER
    if promotion and dated:
        constant[f'tenfold_promotion_start_timestamp_seconds{{{WHERE},target="promotion",promotion="p"}}'] = STARTS * 60
    requests = f'tenfold_front_requests_total{{{WHERE},target="shop",endpoint="GET /",class="2xx"}}'
    return [
        {"series": requests, "values": f"0+{PER_SECOND * 60}x{AFTER}"},
        *({"series": name, "values": f"{value}+0x{AFTER}"} for name, value in constant.items()),
    ]


def headroom() -> str:
    panel = next(each for each in panels(written("en")["mall"]) if each["title"] == "Headroom")
    return filled(panel["targets"][0]["expr"], seconds=300)


def reckoned(folder: Path, given: list[dict[str, str]], minute: int, wanted: list[dict[str, Any]]) -> None:
    """Passes when the tool comes to the same."""
    conftest._require(PROMTOOL, "apt-get install prometheus")
    test = {
        "interval": "1m",
        "input_series": given,
        "promql_expr_test": [{"expr": headroom(), "eval_time": f"{minute}m", "exp_samples": wanted}],
    }
    file = folder / "test.json"
    file.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    done = subprocess.run([PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def exactly(value: float) -> list[dict[str, Any]]:
    return [{"labels": '{mall="m"}', "value": value}]


def test_before_the_promotion_its_multiplier_is_to_come(tmp_path: Path) -> None:
    reckoned(tmp_path, series(go=1), BEFORE, exactly(ANSWERED / (PER_SECOND * MULTIPLIER)))


def test_once_it_has_begun_the_traffic_has_it_already(tmp_path: Path) -> None:
    reckoned(tmp_path, series(go=1), AFTER, exactly(ANSWERED / PER_SECOND))


def test_a_promotion_without_a_date_is_still_to_come(tmp_path: Path) -> None:
    reckoned(tmp_path, series(go=1, dated=False), AFTER, exactly(ANSWERED / (PER_SECOND * MULTIPLIER)))


def test_a_rehearsal_without_go_has_proven_nothing(tmp_path: Path) -> None:
    reckoned(tmp_path, series(go=0), BEFORE, exactly(0))


def test_without_a_promotion_there_is_nothing_to_reckon(tmp_path: Path) -> None:
    reckoned(tmp_path, series(go=1, promotion=False), BEFORE, [])
