"""Rules as promtool tests them: one alert alone, with the recordings that it asks for."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dashboards.rules import files
from tests.dashboards.rules.case import Case

PROMTOOL = Path("/usr/bin/promtool")
AMTOOL = Path("/usr/bin/amtool")
REMEDY = "install Debian's prometheus and prometheus-alertmanager"
# A recording's name has colons; of what stands in an expression only those can be recordings.
_RECORDED = re.compile(r"[a-zA-Z_]\w*(?::\w+)+")

Rule = Mapping[str, Any]


def rules() -> list[Rule]:
    """Every rule of the written files, in their order."""
    return [
        rule
        for path, text in files("en").items()
        if path.startswith("prometheus/rules/")
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]


def needed(alert: Rule, everything: Sequence[Rule]) -> list[Rule]:
    """The recordings that lead to an alert, and the alert without its texts: promtool compares those too."""
    wanted, waiting = set[str](), [str(alert["expr"])]
    while waiting:
        for name in set(_RECORDED.findall(waiting.pop())) - wanted:
            wanted.add(name)
            waiting += [str(rule["expr"]) for rule in everything if rule.get("record") == name]
    bare = {key: value for key, value in alert.items() if key != "annotations"}
    return [*(rule for rule in everything if rule.get("record") in wanted), bare]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, arguments)), capture_output=True, text=True, check=False, timeout=120)


def complaints(alert: Rule, cases: Sequence[Case], everything: Sequence[Rule], folder: Path) -> str:
    """What promtool complains of; empty when every case comes out as it says."""
    (folder / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "one", "rules": needed(alert, everything)}]}), encoding="utf-8"
    )
    said = []
    for every in dict.fromkeys(case.every for case in cases):
        together = [case for case in cases if case.every == every]
        if _complaint(alert, together, folder):
            # promtool does not say which one it was.
            said += [f"{case.name}\n{found}" for case in together if (found := _complaint(alert, [case], folder))]
    return "\n".join(said)


def _complaint(alert: Rule, cases: Sequence[Case], folder: Path) -> str:
    """Of cases with the same interval, in one run."""
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": cases[0].every,
        "tests": [_test(alert, case) for case in cases],
    }
    path = folder / "cases.yml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    ended = run(PROMTOOL, "test", "rules", path)
    return f"{ended.stdout}{ended.stderr}" if ended.returncode else ""


def _test(alert: Rule, case: Case) -> dict[str, Any]:
    severity = alert["labels"]["severity"]
    return {
        "interval": case.every,
        "input_series": [{"series": name, "values": values} for name, values in case.series.items()],
        "alert_rule_test": [
            {
                "eval_time": case.at,
                "alertname": alert["alert"],
                "exp_alerts": [{"exp_labels": {**labels, "severity": severity}} for labels in case.fires],
            }
        ],
    }
