"""The intake's addresses are documented, and nothing that fits the documentation is answered with 5xx."""

import json
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.result import Ok

PATHS = (
    "alerts",
    "alerts/alertmanager",
    "ledger",
    "quarantine",
    "quarantine/{post}/replay",
    "windows",
    "windows/{window}/end",
    "changes",
)


def test_every_address_is_documented_with_its_answers(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    assert {f"/api/v1/{path}" for path in PATHS} <= set(document["paths"])
    taken: dict[str, Any] = document["paths"]["/api/v1/alerts/alertmanager"]["post"]
    assert {"200", "202", "401", "403", "413", "503"} <= set(taken["responses"])
    schema = taken["requestBody"]["content"]["application/json"]["schema"]
    assert {"groupKey", "truncatedAlerts", "alerts"} <= set(schema["properties"])
    assert '"$ref": "#/$defs' not in json.dumps(document)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_generated_requests_are_never_answered_with_5xx(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    document["paths"] = {path: given for path, given in document["paths"].items() if path.startswith("/api/v1/")}
    described = schemathesis.openapi.from_dict(document)
    asked = 0
    for operation in described.get_all_operations():
        assert isinstance(operation, Ok)
        given = operation.ok()

        @settings(
            max_examples=25, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @hypothesis.given(case=given.as_strategy())
        def sent(case: Any) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=str(client.base_url), headers=dict(client.headers))
            no_changes = answer.status_code == 503 and "keeps no changes" in answer.text
            assert answer.status_code < 500 or no_changes, f"{case.method} {case.path}: {answer.text[:300]}"

        sent()
    assert asked > 100
