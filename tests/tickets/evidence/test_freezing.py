"""A ticket of an alert is given its evidence: at once and half an hour later, masked, hashed, kept once, with what failed named."""

import hashlib
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from tests.tickets.conftest import Clock
from tests.tickets.opened import LABELS, log_of, opened, work_once
from tickets import events, lifecycle
from tickets.changing import change
from tickets.desk import Change, Desk, Hands
from tickets.evidence import gathering
from tickets.evidence.document import canonical
from tickets.names import Cause
from tickets.store import evidence
from tickets.store.evidence import Frozen
from tickets.store.tables import EVIDENCE


def kept(desk: Desk, number: int) -> list[Frozen]:
    with desk.store.read() as connection:
        return list(evidence.parts(connection, number))


def reader(value: Any) -> gathering.Reader:
    return lambda _labels, _at: value


def refused(_labels: Mapping[str, str], _at: datetime) -> Any:
    raise ConnectionRefusedError("postgresql://shop:hunter2@db refused us")


def test_an_alert_s_ticket_is_given_evidence_at_once_and_half_an_hour_later(desk: Desk, clock: Clock) -> None:
    values = iter([{"n": 1}, {"n": 2}])
    desk = replace(desk, hands=Hands(evidence={"host:a": lambda _labels, _at: next(values)}))
    number = opened(desk)
    assert work_once(desk) == 1
    assert work_once(desk) == 0
    clock.forward(seconds=29 * 60)
    assert work_once(desk) == 0
    clock.forward(seconds=61)
    assert work_once(desk) == 1
    first, after = kept(desk, number)
    assert (first.part, first.document["readings"]["host:a"]["value"]) == ("first", {"n": 1})
    assert (after.part, after.document["readings"]["host:a"]["value"]) == ("after", {"n": 2})
    assert first.document["fired_at"] == after.document["fired_at"] == "2026-11-11T00:03:00+00:00"
    assert first.sha256 != after.sha256
    frozen = [each.event for each in log_of(desk, number) if isinstance(each.event, events.EvidenceFrozen)]
    assert [(each.evidence, each.sha256, each.part) for each in frozen] == [
        (first.id, first.sha256, "first"),
        (after.id, after.sha256, "after"),
    ]


def test_the_hash_is_of_the_canonical_document_and_a_changed_one_is_seen(desk: Desk) -> None:
    desk = replace(desk, hands=Hands(evidence={"b": reader({"z": 1, "a": "汉"}), "a": reader([1.5, None, True])}))
    number = opened(desk)
    work_once(desk)
    (part,) = kept(desk, number)
    assert part.verified
    text = canonical(part.document)
    assert hashlib.sha256(text).hexdigest() == part.sha256
    assert text.index(b'"a":{') < text.index(b'"b":{')
    for body in (
        zlib.compress(text.replace(b"1.5", b"2.5")),
        b"no zlib",
        zlib.compress(text)[:-5],
        zlib.compress(b"{"),
    ):
        with desk.store.write() as connection:
            connection.execute(update(EVIDENCE).values(body=body))
        (part,) = kept(desk, number)
        assert not part.verified


def test_readers_that_fail_or_hang_cost_no_other_and_are_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(gathering, "SECONDS_AT_MOST", 0.4)
    readers = {
        "hangs": lambda _labels, _at: over.wait(20),
        "refused": refused,
        "well": reader({"ok": 1, "failed": {"part": "why"}}),
    }
    started = time.monotonic()
    found = gathering.gather(readers, LABELS, desk.now(), seconds=0.4)
    assert time.monotonic() - started < 3
    assert found["well"]["value"]["ok"] == 1
    assert found["refused"]["status"] == "failed"
    assert "hunter2" not in str(found["refused"]["reason"])
    assert "refused us" in str(found["refused"]["reason"])
    assert found["hangs"]["status"] == "timed_out"
    assert gathering.failed(found) == ("hangs", "refused", "well/part")
    # While it hangs it is not asked a second time.
    threads = threading.active_count()
    again = gathering.gather(readers, LABELS, desk.now(), seconds=0.4)
    assert again["hangs"]["status"] == "timed_out"
    assert threading.active_count() <= threads
    over.set()


def test_personal_data_and_secrets_are_masked_and_what_is_too_much_is_cut(desk: Desk) -> None:
    brought = {
        "dsn": "postgresql://shop:hunter2@db/mall",
        "buyer": "13812345678",
        "nul": "a\0b\ud800",
        "nan": float("nan"),
    }
    readers = {"small": reader(brought), "large": reader(["x" * 5000] * 5000), "deep": reader(_deep(60))}
    desk = replace(desk, hands=Hands(evidence=readers))
    number = opened(desk, labels={**LABELS, "instance": "redis://:s3cr3t@cache:6379"})
    work_once(desk)
    (part,) = kept(desk, number)
    text = canonical(part.document).decode()
    assert part.verified
    for secret in ("hunter2", "13812345678", "s3cr3t"):
        assert secret not in text
    assert part.document["readings"]["small"]["masked"] == {"phone": 1, "secret": 1}
    assert part.document["readings"]["large"]["cut"] is True
    assert "(cut)" in text
    assert len(text) < 2 * 2**20


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_done_twice_it_is_kept_once(desk: Desk) -> None:
    from tickets.evidence.freezing import freeze
    from tickets.store.outbox import lease

    number = opened(desk)
    (task,) = desk.store.writing(lambda connection: lease(connection, "me", desk.now(), 60, 1))
    assert freeze(desk, task).startswith("evidence")
    assert freeze(desk, task) == "kept already"
    assert len(kept(desk, number)) == 1
    assert sum(isinstance(each.event, events.EvidenceFrozen) for each in log_of(desk, number)) == 1


def test_a_person_s_ticket_asks_for_none_and_one_that_comes_back_for_more(desk: Desk, clock: Clock) -> None:
    own = opened(desk, source="person")
    assert work_once(desk) == 0
    assert kept(desk, own) == []
    number = opened(desk)
    change(desk, number, "ann", lambda ticket: lifecycle.take(ticket, "ann"))
    change(desk, number, "ann", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    clock.forward(seconds=60)
    work_once(desk)
    change(
        desk,
        number,
        "alertmanager",
        lambda _: [events.Reopened(), events.Fired(fingerprint="f1", name="x", again=True)],
    )
    clock.forward(seconds=1)
    work_once(desk)
    clock.forward(seconds=3600)
    work_once(desk)
    assert sorted(each.part for each in kept(desk, number)) == ["after", "after-2", "first", "first-2"]


def test_changes_findings_and_similar_tickets_are_part_of_it(desk: Desk, clock: Clock) -> None:
    change_ = Change(kind="deployment", what="shop 4.2", at=clock.at)
    findings: list[dict[str, Any]] = [
        {
            "code": "IDX001",
            "target": "orders",
            "subject": "public.orders(user_id)",
            "severity": "high",
            "title": "t",
            "evidence": {},
        },
        {"code": "RDS001", "target": "cache", "subject": "session:", "severity": "low", "title": "t"},
    ]
    hands = Hands(findings=lambda: findings, changes=lambda since: (change_,) if since < clock.at else ())
    desk = replace(desk, hands=hands)
    solved = opened(desk, source="person", area="stock", labels={})
    change(desk, solved, "ann", lambda ticket: lifecycle.take(ticket, "ann"))
    change(desk, solved, "ann", lambda ticket: lifecycle.resolve(ticket, "restart the gateway", "b", "c"))
    number = opened(desk, labels={"alertname": "SlowTable", "table": "orders"})
    work_once(desk)
    (part,) = kept(desk, number)
    readings = part.document["readings"]
    assert readings["changes"]["value"] == [{"kind": "deployment", "what": "shop 4.2", "at": clock.at.isoformat()}]
    assert [each["code"] for each in readings["findings"]["value"]] == ["IDX001"]
    assert [(each["number"], each["solution"]) for each in readings["similar"]["value"]] == [
        (solved, "restart the gateway")
    ]


def test_the_first_answer_follows_and_never_overwrites_a_person_s(desk: Desk, clock: Clock) -> None:
    down = {"probes": reader([{"name": "wechat", "state": "down", "seconds": 5.0}])}
    desk = replace(desk, hands=Hands(evidence=down))
    number = opened(desk)
    work_once(desk)
    given = [each.event for each in log_of(desk, number) if isinstance(each.event, events.CauseGiven)]
    assert [each.cause for each in given] == [Cause.THIRD_PARTY]
    assert given[0].document["for"][0]["rule"] == "third_party_probe"
    change(desk, number, "ann", lambda ticket: lifecycle.take(ticket, "ann"))
    change(desk, number, "ann", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c", Cause.DATA))
    clock.forward(seconds=3600)
    work_once(desk)
    assert len(kept(desk, number)) == 2
    with desk.store.read() as connection:
        from tickets.store import log

        assert log.load(connection, number).cause is Cause.DATA
