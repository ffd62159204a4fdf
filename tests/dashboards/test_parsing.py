"""Prometheus' own tool understands every expression."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import conftest
from tests.dashboards.asking import PROMTOOL, filled
from tests.dashboards.parts import annotation_queries, expressions, variable_queries, written

pytestmark = pytest.mark.debian_servers


def checked(folder: Path, asked: list[str]) -> subprocess.CompletedProcess[str]:
    """What `promtool check rules` says of rules that are these expressions."""
    conftest._require(PROMTOOL, "apt-get install prometheus")
    rules = [{"record": f"expression:number{number}", "expr": filled(each)} for number, each in enumerate(asked)]
    file = folder / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}), encoding="utf-8")
    return subprocess.run([PROMTOOL, "check", "rules", str(file)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("stem", written("en"))
def test_every_expression_parses(stem: str, tmp_path: Path) -> None:
    document = written("en")[stem]
    asked = [
        expression
        for _, expression in (*expressions(document), *annotation_queries(document), *variable_queries(document))
    ]
    done = checked(tmp_path, asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(asked)} rules found" in done.stdout


def test_a_broken_expression_is_found(tmp_path: Path) -> None:
    assert checked(tmp_path, ["sum by (rate(up)"]).returncode != 0
