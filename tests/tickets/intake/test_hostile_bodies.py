"""Bodies that are broken, hostile, enormous or slow: none answered with 5xx but for being slow, none lost without a line in the ledger."""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facts.message import msg
from tests.tickets.intake.conftest import ENGINEER, LEAD, REPORTER, as_
from tests.tickets.intake.sending import alert, is_balanced, numbers, outcomes, ticket, webhook
from tickets.desk import Desk
from tickets.intake import writer
from tickets.intake.plain import plain, plain_key, plain_labels
from tickets.intake.post import Post, read
from tickets.intake.signal import Malformed, Signal
from tickets.intake.writer import Writer
from tickets.routing import Routing
from tickets.store.opening import StoreUnavailable
from tickets.web import receiving
from tickets.web.api import intake, ledger

AM = "/api/v1/alerts/alertmanager"
NOT_READABLE = [
    b"",
    b"{",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"null",
    b"7",
    b'"text"',
    b"{}",
    b'{"alerts": {}}',
    b'{"alerts": null}',
    b"[]",
    b"1" * 5_000,
    b'{"alerts": [], "truncatedAlerts": "many"}',
]


@pytest.mark.parametrize("body", NOT_READABLE, ids=range(len(NOT_READABLE)))
def test_what_cannot_be_read_is_kept_counted_and_shown(client: httpx.Client, desk: Desk, body: bytes) -> None:
    answered = client.post(AM, content=body)
    assert answered.status_code == 202, answered.text
    assert answered.json()["quarantined"] == 1
    shown = client.get("/api/v1/quarantine", headers=as_(ENGINEER)).json()
    assert shown["total"] == 1
    assert shown["items"][0]["problem"]
    found = client.get("/api/v1/ledger").json()
    assert (found["received"], found["quarantined"], found["balanced"], found["waiting"]) == (1, 1, True, 1)
    assert is_balanced(desk)


def test_a_broken_alert_costs_the_others_nothing(client: httpx.Client, desk: Desk) -> None:
    good = alert()
    answered = client.post(AM, json=webhook(7, {"status": "maybe", "labels": {}}, good, {"status": "firing"}))  # type: ignore[arg-type]
    assert answered.status_code == 202
    counts = answered.json()
    assert (counts["received"], counts["ticketed"], counts["quarantined"]) == (4, 1, 3)
    assert ticket(desk, 1).firing == {"f1"}
    assert is_balanced(desk)


def test_unknown_fields_odd_times_and_odd_values_do_not_cost_a_ticket(client: httpx.Client, desk: Desk) -> None:
    odd: dict[str, Any] = {**alert(), "startsAt": "yesterday", "endsAt": 5, "new": {"field": 1}, "annotations": {}}
    odd["labels"] = {"alertname": "X", "n": 5, "yes": True, "none": None, "deep": {"a": [1]}}
    del odd["fingerprint"]
    assert client.post(AM, json={**webhook(odd), "another": ["field"]}).status_code == 200
    opened = ticket(desk, 1)
    assert opened.labels == {"alertname": "X", "n": "5", "yes": "true", "none": "", "deep": "[no text]"}
    nanoseconds = alert("f2") | {"startsAt": "2026-11-11T08:00:00.123456789+08:00"}
    signal = read("alertmanager", "", json.dumps(webhook(nanoseconds)).encode(), Routing()).alerts[0]
    assert isinstance(signal, Signal)
    assert signal.starts_at is not None
    assert signal.starts_at.isoformat() == "2026-11-11T00:00:00.123456+00:00"


@pytest.mark.parametrize("path", [AM, "/api/v1/alerts"])
def test_nul_half_characters_and_a_megabyte_in_a_label(client: httpx.Client, desk: Desk, path: str) -> None:
    nasty = "a\x00b\ud800<script>alert(1)</script>'; DROP TABLE tickets; --" + "x" * 1_000_000
    labels = {"alertname": "X" + "\x00", "note\x00": nasty, **{f"l{number}": "v" for number in range(1_000)}}
    annotations = {"summary": nasty, "description": nasty, "runbook_url": nasty}
    document: Any = {
        "title": nasty, "key": nasty, "summary": nasty, "labels": labels, "annotations": annotations, "runbook": nasty,
    }  # fmt: skip
    if path == AM:
        document = webhook({**alert(nasty), "labels": labels, "annotations": annotations}, key=nasty)
    body = json.dumps(document).encode()
    answered = client.post(path, content=body)
    assert answered.status_code == 200, answered.text[:500]
    opened = ticket(desk, 1)
    written = "".join([opened.title, opened.summary, opened.runbook, *opened.keys, *opened.labels.values()])
    assert "\x00" not in written
    assert len(written) < 20_000
    assert "<script>" in opened.title, "escaping is for those who show it"
    again = client.post(path, content=body)
    assert again.json()["merged"] == 1
    assert is_balanced(desk)


def test_two_long_keys_that_differ_at_the_end_are_two() -> None:
    assert plain_key("a" * 2_000 + "1") != plain_key("a" * 2_000 + "2")
    assert len(plain_key("a" * 2_000)) <= 500


@given(st.text(max_size=3_000), st.integers(min_value=20, max_value=1_000))
def test_plain_text_can_always_be_written_and_is_short(text: str, at_most: int) -> None:
    made = plain(text, at_most)
    assert len(made) <= at_most
    made.encode()
    assert "\x00" not in made


@given(
    st.dictionaries(st.text(max_size=200), st.one_of(st.text(max_size=2_000), st.integers(), st.none()), max_size=90)
)
def test_labels_are_bounded(labels: dict[str, Any]) -> None:
    kept = plain_labels(labels)
    assert len(kept) <= 65
    assert sum(len(name) + len(value) for name, value in kept.items()) < 9_300


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["alertmanager", "alerts"]),
    st.one_of(
        _JSON,
        st.fixed_dictionaries({"alerts": st.lists(_JSON, max_size=4), "groupKey": st.text(max_size=20)}),
        st.lists(
            st.fixed_dictionaries({"title": st.text(max_size=9), "labels": _JSON, "starts_at": _JSON}), max_size=3
        ),
    ),
)
def test_any_json_is_understood_or_quarantined(source: str, document: Any) -> None:
    post = read(source, "", json.dumps(document).encode(), Routing())
    for each in post.alerts.values():
        assert isinstance(each, Signal | Malformed)
        assert isinstance(each, Signal) or post.problem


def test_ten_thousand_alerts_in_one_post(client: httpx.Client, desk: Desk) -> None:
    body = webhook(*(alert(f"f{number}", instance=f"host-{number}") for number in range(10_000)))
    answered = client.post(AM, content=gzip.compress(json.dumps(body).encode()), headers={"Content-Encoding": "gzip"})
    assert answered.status_code == 200
    assert answered.json()["received"] == 10_000
    assert len(ticket(desk, 1).firing) == 10_000
    assert is_balanced(desk)


def test_a_bomb_a_giant_and_a_lie_of_packing(client: httpx.Client, desk: Desk) -> None:
    bomb = gzip.compress(b"0" * (receiving.UNPACKED_AT_MOST + 1))
    assert client.post(AM, content=bomb, headers={"Content-Encoding": "gzip"}).status_code == 413
    assert client.post(AM, content=b"0" * (receiving.BODY_AT_MOST + 1)).status_code == 413
    chunks = (b"0" * 1_000_000 for _ in range(11))
    assert client.post(AM, content=chunks).status_code == 413
    for encoding, body in (
        ("gzip", b"{}"),
        ("br", b"{}"),
        ("gzip", gzip.compress(b"{}" * 99)[:-9]),
        ("deflate", b"{}"),
    ):
        assert client.post(AM, content=body, headers={"Content-Encoding": encoding}).status_code == 202
    assert len(outcomes(desk)) == 7
    assert {outcome for outcome, _ in outcomes(desk)} == {"quarantined"}
    assert is_balanced(desk)
    answered = client.post(
        AM, content=zlib.compress(json.dumps(webhook(alert())).encode()), headers={"Content-Encoding": "deflate"}
    )
    assert answered.status_code == 200


def test_a_slow_body_is_to_be_sent_again(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "READING_AT_MOST", 10)
    answered = client.post(AM, json=webhook(alert()))
    assert answered.status_code == 503
    assert answered.headers["Retry-After"]
    assert answered.headers["Content-Type"] == "application/problem+json"


def test_a_full_queue_is_503_and_never_a_4xx(client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "POSTS_WAITING", 0)
    answered = client.post(AM, json=webhook(alert()))
    assert answered.status_code == 503
    assert answered.headers["Retry-After"]
    assert numbers(desk) == []


def test_a_store_that_does_not_answer_is_503(client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise StoreUnavailable(msg("down"))

    monkeypatch.setattr(writer, "take_in", down)
    answered = client.post("/api/v1/alerts", json={"title": "x"})
    assert answered.status_code == 503
    assert answered.headers["Retry-After"]
    monkeypatch.setattr(intake, "COMMIT_SECONDS", 0.01)
    monkeypatch.setattr(Writer, "_write", lambda *_: None)
    assert client.post("/api/v1/alerts", json={"title": "x"}).status_code == 503
    assert numbers(desk) == []


def test_reasons_in_the_words_of_strangers_are_added_up(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REASONS_AT_MOST", 2)
    client.post(AM, json=webhook(*({"status": f"s{number}", "labels": number} for number in range(3))))
    client.post("/api/v1/alerts", json=[{"title": number} for number in ("", 7, "x", "y")])
    found = client.get("/api/v1/ledger").json()
    assert (found["received"], found["balanced"]) == (7, True)
    assert sum(each["count"] for each in found["reasons"]) == 7
    assert len(found["reasons"]) <= 4


def test_nobody_else_may_send_or_look(client: httpx.Client) -> None:
    assert client.post(AM, json=webhook(alert()), headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.post(AM, json=webhook(alert()), headers=as_(REPORTER)).status_code == 403
    for path in ("/api/v1/ledger", "/api/v1/quarantine", "/api/v1/windows", "/api/v1/changes"):
        assert client.get(path, headers=as_(REPORTER)).status_code == 403
        assert client.get(path, headers=as_(LEAD)).status_code == 200


def test_a_post_that_we_fail_on_is_quarantined_and_replayed_once_we_can(
    client: httpx.Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tickets.intake import deciding

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(deciding, "opening", broken)
        answered = client.post(AM, json=webhook(alert("f1"), alert("f2")))
    assert answered.status_code == 202
    assert answered.json()["quarantined"] == 2
    assert "ZeroDivisionError" in answered.json()["problem"]
    assert is_balanced(desk)
    replay = f"/api/v1/quarantine/{answered.json()['post']}/replay"
    replayed = client.post(replay, headers=as_(ENGINEER))
    assert replayed.status_code == 200, replayed.text
    assert (replayed.json()["ticketed"], replayed.json()["merged"]) == (1, 1)
    assert client.post(replay, headers=as_(ENGINEER)).status_code == 409
    taken = f"/api/v1/quarantine/{replayed.json()['post']}/replay"
    assert client.post(taken, headers=as_(ENGINEER)).status_code == 404
    assert client.get("/api/v1/quarantine").json()["total"] == 0
    found = client.get("/api/v1/ledger").json()
    assert (found["received"], found["quarantined"], found["balanced"]) == (4, 2, True)


def test_a_replay_takes_in_only_what_was_quarantined(client: httpx.Client, desk: Desk) -> None:
    client.post(AM, json=webhook(alert("f1"), {"status": "firing"}))
    replayed = client.post("/api/v1/quarantine/1/replay", headers=as_(ENGINEER))
    assert replayed.status_code == 202
    assert (replayed.json()["received"], replayed.json()["quarantined"]) == (0, 0), (
        "it is one alert, however often it is tried"
    )
    assert replayed.json()["problem"]
    assert [each["id"] for each in client.get("/api/v1/quarantine").json()["items"]] == [1]
    client.post(AM, content=b"0" * (receiving.BODY_AT_MOST + 1))
    refused = client.post("/api/v1/quarantine/2/replay", headers=as_(ENGINEER))
    assert refused.status_code == 409
    assert is_balanced(desk)


def test_one_bad_post_costs_the_others_of_its_transaction_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tickets.intake import taking_in

    take_one = taking_in._take_one

    def sometimes(room: Any, post: Post) -> Any:
        if any(isinstance(each, Signal) and each.labels.get("bad") for each in post.alerts.values()):
            raise ZeroDivisionError("a mistake of ours")
        return take_one(room, post)

    monkeypatch.setattr(taking_in, "_take_one", sometimes)
    writing = Writer(desk)
    sent = [webhook(alert(f"f{n}", bad="yes" if n == 3 else ""), key=f"k{n}") for n in range(8)]
    answers = [writing.submit(read("alertmanager", "", json.dumps(each).encode(), Routing())) for each in sent]
    receipts = [each.result(20) for each in answers]
    assert [bool(each.problem) for each in receipts] == [number == 3 for number in range(8)]
    assert len(numbers(desk)) == 7
    assert is_balanced(desk)
