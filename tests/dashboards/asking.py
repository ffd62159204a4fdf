"""A real Prometheus for the tests of dashboards, and whether what a board asks it has an answer."""

import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mall.servers.processes import end, free_port, start
from tests import conftest
from tests.dashboards.parts import Document, annotation_queries, expressions, variable_queries

PROMETHEUS = Path("/usr/bin/prometheus")
PROMTOOL = Path("/usr/bin/promtool")
# What Grafana would put in the place of a variable: everything is chosen, and so many seconds of a rate.
RANGE_SECONDS = 30
_VARIABLE = re.compile(r"\$(?:mall|job|instance|target)\b")
# `.+|` and not `.+`, where the label may be missing.
_ALWAYS = {"alert": "Always", "expr": "vector(1)", "labels": {"severity": "normal"}}


def filled(expression: str, *, seconds: int = RANGE_SECONDS) -> str:
    """The expression as Grafana sends it when everything is chosen."""
    return _VARIABLE.sub(".+", expression.replace("$__rate_interval", f"{seconds}s"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A running Prometheus."""

    url: str

    def get(self, path: str, **parameters: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=30)
        document = answer.json()
        assert document["status"] == "success", (parameters, document)
        assert not document.get("warnings"), (parameters, document)
        return document["data"]

    def values(self, expression: str) -> list[float]:
        """Of every series now."""
        data = self.get("query", query=expression)
        assert data["resultType"] == "vector", (expression, data["resultType"])
        return [float(series["value"][1]) for series in data["result"]]

    def names(self) -> set[str]:
        return set(self.get("label/__name__/values"))

    def kinds(self) -> dict[str, str]:
        """The type of every metric that was scraped, by name."""
        return {name: entries[0]["type"] for name, entries in self.get("metadata").items()}

    def until(self, expression: str, *, seconds: float = 60) -> None:
        """Waits for an answer that is a number."""
        deadline = time.monotonic() + seconds
        while not any(map(math.isfinite, self.values(expression))):
            assert time.monotonic() < deadline, expression
            time.sleep(0.5)


@contextmanager
def scraping(folder: Path, jobs: Mapping[str, Sequence[str]]) -> Iterator[Asked]:
    """Scrapes the addresses once a second, and evaluates one rule that always fires."""
    conftest._require(PROMETHEUS, "apt-get install prometheus")
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"groups": [{"name": "always", "interval": "1s", "rules": [_ALWAYS]}]}), "utf-8")
    configuration = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(addresses)}]} for job, addresses in jobs.items()
        ],
    }
    (folder / "prometheus.json").write_text(json.dumps(configuration), encoding="utf-8")
    port = free_port()
    command = [str(PROMETHEUS), f"--config.file={folder}/prometheus.json", f"--storage.tsdb.path={folder}/data"]
    process = start([*command, f"--web.listen-address=127.0.0.1:{port}"], log=folder / "prometheus.log")
    try:
        asked = Asked(f"http://127.0.0.1:{port}")
        _wait(asked, folder / "prometheus.log")
        yield asked
    finally:
        end(process)


def _wait(asked: Asked, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(f"{asked.url}/-/ready", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, log.read_text("utf-8")[-1000:]
        time.sleep(0.1)


def dead(document: Document, asked: Asked, *, seconds: int = RANGE_SECONDS) -> list[str]:
    """Every query of panels, variables and annotations that has no answer: nothing at all, or no number."""
    found = []
    for place, expression in (*expressions(document), *annotation_queries(document)):
        values = asked.values(filled(expression, seconds=seconds))
        if not any(map(math.isfinite, values)):
            found.append(f"{place}: {values or 'nothing'}: {filled(expression, seconds=seconds)}")
    for name, series in variable_queries(document):
        if not asked.get(f"label/{name}/values", **{"match[]": filled(series)}):
            found.append(f"the variable {name}: {series}")
    return found
