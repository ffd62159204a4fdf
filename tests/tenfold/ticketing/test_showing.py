"""What the terminal makes of the API's documents: of strange ones and hostile ones too."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from tenfold.ticketing import words
from tenfold.ticketing.showing import duration, moment, print_ledger, print_ticket, told
from tenfold.ticketing.showing_list import print_list

ZONE = "Asia/Shanghai"
HOSTILE = "\x1b]0;owned\x07[bold red]\u202epaid\x00"


def printed(show: Any, *arguments: Any, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    show(arguments[0], console, *arguments[1:])
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_moments_are_on_the_malls_clock_and_what_is_none_stays_text() -> None:
    assert moment("2026-11-10T16:03:00Z", ZONE) == "2026-11-11 00:03"
    assert moment("soon\x1b[1m", ZONE) == "soon"
    assert moment(None, ZONE) == ""
    assert [duration(each) for each in (5, 90, 5_400, None, "x")] == ["5 s", "1 min", "1:30 h", "", ""]


def test_nothing_in_a_ticket_reaches_the_terminal_as_a_command() -> None:
    ticket: dict[str, Any] = {
        "name": HOSTILE,
        "title": HOSTILE,
        "summary": HOSTILE,
        "labels": {HOSTILE: HOSTILE},
        "state": HOSTILE,
    }
    ticket["events"] = [{"at": HOSTILE, "actor": HOSTILE, "event": {"kind": "commented", "text": HOSTILE}}]
    text = printed(print_ticket, ticket, ZONE) + printed(print_list, {"items": [ticket], "total": 9}, ZONE)
    assert "[bold red]paid" in text, "shown as it was written"
    assert not set("\x1b\x07\x00\u202e") & set(text)


LISTED = {
    "items": [
        {"name": "T-1207", "urgency": "important", "state": "waiting", "owner": "zhang.wei.of.the.night.shift", "area": "payments-wechat",
         "opened_at": f"{datetime.now(UTC).year}-06-15T00:03:00Z", "title": "微信支付失败：" + "订单已扣款但未完成，" * 9},
        {"name": "T-3", "urgency": "urgent", "state": "in_progress", "owner": None, "area": "",
         "opened_at": "2025-03-01T00:03:00Z", "title": "Checkout\nis down " + "for everybody " * 9},
    ],
    "total": 2,
}  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 100, 120, 300])
def test_each_ticket_has_one_line_and_its_title_gives_way(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(print_list, LISTED, ZONE, width=width).splitlines()
    assert len(lines) == 3
    widths = [cell_len(each) for each in lines]
    if width >= 80:
        assert max(widths) <= width
    if 80 <= width < 300:
        assert widths[1] >= width - 1, "a Chinese character is two columns wide, and half of one is not shown"
        assert [each.endswith("…") for each in lines[1:]] == [True, True]
    assert "微信支付" in lines[1]
    begins = [
        cell_len(line[: line.index(title)]) for line, title in zip(lines, ("Title", "微信", "Checkout"), strict=True)
    ]
    assert len(set(begins)) == 1, "the columns stand below each other"
    assert ("06-15 08:03" in lines[1], "2025-03-01" in lines[2]) == (True, True)
    assert ("2025-03-01 08:03" in lines[2]) == (width >= 100)


def test_where_no_terminal_reads_a_list_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = printed(print_list, LISTED, ZONE, width=80).splitlines()
    assert len(lines) == 3
    assert not any("…" in each for each in lines)


@pytest.mark.parametrize("document", [{}, {"items": 3}, {"items": [None, 3, []]}, {"events": "x", "clocks": {}}])
def test_a_document_of_another_shape_is_no_mistake_of_ours(document: dict[str, Any]) -> None:
    assert "no such ticket" in printed(print_list, document, ZONE)
    printed(print_ticket, document, ZONE)
    assert "does not balance" in printed(print_ledger, document)


def test_every_kind_of_event_has_its_words() -> None:
    from tickets import events

    kinds = {each.model_fields["kind"].default: each for each in events._Event.__subclasses__()}
    assert set(words.EVENTS) == set(kinds)
    for kind, (_sentence, fields) in words.EVENTS.items():
        assert set(fields) <= set(kinds[kind].model_fields), kind


def test_every_stored_word_has_its_words() -> None:
    from tickets import names

    stored = {
        str(member)
        for each in (names.Urgency, names.State, names.ClockName, names.Waiting, names.Cause, names.Role, names.Outcome)
        for member in each
    }
    assert stored <= set(words.WORDS)


def test_a_line_of_the_log_says_what_happened() -> None:
    at = "2026-11-10T16:03:00Z"
    assert (
        told({"event": {"kind": "paused", "waiting_for": "third_party", "note": "bank"}}, ZONE)
        == "paused: a third party  bank"
    )
    assert told({"event": {"kind": "planned", "plan": "x", "expected_at": at}}, ZONE) == "planned: x  2026-11-11 00:03"
    assert told({"event": {"kind": "merged_into", "ticket": 3}}, ZONE) == "merged into: T-3"
    assert (
        told({"event": {"kind": "cause_given", "cause": "capacity", "confidence": 0.874}}, ZONE)
        == "cause: capacity  87%"
    )
    assert told({"event": {"kind": "resumed"}}, ZONE) == "resumed"
    assert told({"event": {"kind": "of tomorrow"}}, ZONE) == "of tomorrow"
    assert told({"event": None}, ZONE) == ""


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"kind": "notified", "channel": "ops", "delivered": True}, "message: ops"),
        ({"kind": "notified", "channel": "ops", "delivered": False}, "message that did not come through: ops"),
        ({"kind": "aid_carried_out", "action": "backup", "ok": False}, "first aid that did not work: backup"),
        ({"kind": "aid_undone", "action": "backup", "ok": False}, "first aid that could not be taken back: backup"),
    ],
)
def test_what_did_not_work_does_not_read_as_if_it_had(event: dict[str, Any], said: str) -> None:
    assert told({"event": event}, "UTC") == said


def test_a_clock_outside_of_working_hours_says_when_it_goes_on() -> None:
    night = {
        "name": "fix",
        "state": "running",
        "goes_on_at": "2026-11-16T01:00:00Z",
        "deadline": "2026-11-16T09:00:00Z",
    }
    assert "stands until 2026-11-16 09:00" in printed(print_ticket, {"clocks": [night]}, ZONE)
    over = {**night, "state": "breached"}
    assert "stands" not in printed(print_ticket, {"clocks": [over]}, ZONE)


def test_a_sentence_in_a_log_is_said_in_words() -> None:
    because = {"template": "The ticket's area is {area}.", "values": {"area": "payments"}}
    entry = {"event": {"kind": "aid_proposed", "action": "backup-channel", "because": because}}
    assert told(entry, ZONE) == "first aid proposed: backup-channel  The ticket's area is payments."
