"""Deployments and configuration changes are told over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from benchmarks.tickets_app import application
from tests.tickets.intake.conftest import ENGINEER, REPORTER, as_, serving
from tickets.desk import Change, Desk, Hands


def test_a_change_is_recorded_and_listed(client: httpx.Client, desk: Desk) -> None:
    kept: list[Change] = []
    hands = Hands(changes=lambda since: [each for each in kept if each.at >= since], record_change=kept.append)
    with serving(application(replace(desk, hands=hands))) as address:
        at = (desk.now() - timedelta(days=2)).isoformat()
        for document in (
            {"kind": "deployment", "what": "shop 2.3"},
            {"kind": "configuration", "what": "pool 20", "at": at},
        ):
            assert client.post(f"{address}/api/v1/changes", json=document).status_code == 201
        items = client.get(f"{address}/api/v1/changes", headers=as_(ENGINEER)).json()["items"]
        assert [each["what"] for each in items] == ["shop 2.3"]
        items = client.get(f"{address}/api/v1/changes?hours=72").json()["items"]
        assert [each["what"] for each in items] == ["shop 2.3", "pool 20"]
        assert datetime.fromisoformat(items[0]["at"]).astimezone(UTC) == desk.now()
        assert client.get(f"{address}/api/v1/changes", headers=as_(REPORTER)).status_code == 403


@pytest.mark.parametrize("document", [{}, {"kind": "x", "what": "y"}, {"kind": "deployment", "what": "\x00"}])
def test_what_is_no_change_is_refused(client: httpx.Client, document: dict[str, str]) -> None:
    assert client.post("/api/v1/changes", json=document).status_code == 422


def test_a_service_that_keeps_no_changes_says_so(client: httpx.Client) -> None:
    assert client.post("/api/v1/changes", json={"kind": "deployment", "what": "x"}).status_code == 503
