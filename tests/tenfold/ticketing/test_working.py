"""`tenfold tickets` for the rest of the work on a ticket: what is expected, files, first aid, follow-ups; against a running service."""

from collections.abc import Iterator

import pytest

from tests.tenfold.conftest import Program, wait_for
from tests.tenfold.serving.conftest import serving
from tests.tenfold.ticketing.conftest import HOST, Room, needs_people
from tests.tenfold.ticketing.test_tickets import number
from tests.tickets.aid.receiver import Receiver, receiver

pytestmark = needs_people
__all__ = ["receiver"]


def test_what_is_said_of_a_ticket_while_it_is_worked_on(room: Room) -> None:
    zhang = room.add("zhang", "engineer")
    name = number(room.tickets(zhang, "create", "search is slow", "--urgency", "urgent").stdout)
    expected = room.tickets(zhang, "expect", name, "2099-11-11T00:30", "--json").document
    assert expected["expected_at"].startswith("2099-11-10T16:30"), "the mall's clock is Shanghai's"
    assert room.tickets(zhang, "urgency", name, "important", "--reason", "one shop only").code == 0
    moved = room.tickets(zhang, "area", name, "search")
    assert (moved.code, "important" in moved.stdout) == (0, True)
    ticket = room.tickets(zhang, "show", name, "--json").document
    assert (ticket["urgency"], ticket["area"]) == ("important", "search")
    assert "one shop only" in room.tickets(zhang, "show", name).stdout
    for arguments, happened in (
        (("expect", name, "2001-01-01T00:00"), "The ticket service:"),
        (("expect", name, "soon"), "soon"),
        (("urgency", name, "high"), "important"),
        (("area", "T-999", "search"), "no such ticket"),
    ):
        ended = room.tickets(zhang, *arguments)
        assert (ended.code, ended.stdout, happened in ended.stderr) == (2, "", True), ended.everything


def test_files_go_to_a_ticket_and_come_back_as_they_were(room: Room) -> None:
    buyer, folder = room.add("buyer", "reporter"), room.tenfold.folder
    name = number(room.tickets(buyer, "create", "cannot pay").stdout)
    assert "no files" in room.tickets(buyer, "attachments", name).stdout
    log, picture = b"\x00\xff\r\nline\n", "故障 截图.png".encode() * 50_000
    (folder / "error.log").write_bytes(log)
    (folder / "故障 截图.png").write_bytes(picture)
    attached = room.tickets(buyer, "attach", name, "error.log", "故障 截图.png")
    assert (attached.code, "error.log" in attached.stdout, "故障 截图.png" in attached.stdout) == (0, True, True)
    files = room.tickets(buyer, "attachments", name, "--json").document["attachments"]
    assert [(each["name"], each["size"]) for each in files] == [
        ("error.log", len(log)),
        ("故障 截图.png", len(picture)),
    ]
    ended = room.tickets(buyer, "attachment", name, "error.log")
    assert (ended.code, "error.log is here already" in ended.stderr) == (2, True)
    assert room.tickets(buyer, "attachment", name, "error.log", "-o", "copy.log").code == 0
    (folder / "故障 截图.png").unlink()
    assert room.tickets(buyer, "attachment", name, str(files[1]["id"])).code == 0
    assert ((folder / "copy.log").read_bytes(), (folder / "故障 截图.png").read_bytes()) == (log, picture)
    assert room.tickets(buyer, "attach", name, "copy.log", "error.log").code == 0
    (folder / "again").mkdir()
    (folder / "again" / "error.log").write_bytes(b"more")
    assert room.tickets(buyer, "attach", name, "again/error.log").code == 0
    (folder / "large").write_bytes(b"x" * (10 * 2**20 + 1))
    (folder / "empty").write_bytes(b"")
    for arguments, happened in (
        (("attachment", name, "nothing"), "has no file 'nothing'"),
        (("attachment", name, "error.log"), "Give the number of one"),
        (("attach", name, "gone.log"), "cannot be read"),
        (("attach", name, "large"), "more than 10 MB"),
        (("attach", name, "empty"), "empty: The ticket service: The file is empty"),
    ):
        ended = room.tickets(buyer, *arguments)
        assert (ended.code, ended.stdout, happened in ended.stderr) == (2, "", True), ended.everything


def test_an_improvement_of_the_report_becomes_a_ticket_once(room: Room) -> None:
    zhang = room.add("zhang", "engineer")
    name = number(room.tickets(zhang, "create", "checkout is down").stdout)
    assert "`alert`" in room.tickets(zhang, "report", name).stdout
    opened = room.tickets(zhang, "follow-up", name, "alert", "--lang", "en")
    assert (opened.code, "An alert for what T-1 was about" in opened.stdout) == (0, True), opened.everything
    assert number(room.tickets(zhang, "follow-up", name, "alert").stdout) == number(opened.stdout)
    assert "`alert`" not in room.tickets(zhang, "report", name).stdout
    ended = room.tickets(zhang, "follow-up", name, "nonsense/../x")
    assert (ended.code, ended.stdout) == (2, "")


@pytest.fixture
def aided(tenfold: Program, receiver: Receiver) -> Iterator[Room]:
    configuration = f"""{HOST}
[tickets]
allow_hosts = ["{receiver.host}"]
[[action]]
name = "backup-channel"
title = "切换到备用支付渠道"
method = "POST"
url = "http://{receiver.host}/off"
when = {{ areas = ["payments"] }}
undo = {{ method = "DELETE", url = "http://{receiver.host}/off" }}
"""
    with serving(tenfold, configuration) as service:
        wait_for(lambda: "tickets: open" in service.get("ready").text)
        yield Room(tenfold, service)


def test_first_aid_is_listed_carried_out_taken_back_and_settled(aided: Room, receiver: Receiver) -> None:
    zhang = aided.add("zhang", "engineer")
    name = number(aided.tickets(zhang, "create", "WeChat Pay fails", "--area", "payments").stdout)
    other = number(aided.tickets(zhang, "create", "search is slow", "--area", "search").stdout)
    assert "No first aid fits this ticket." in aided.tickets(zhang, "aid", other).stdout
    listed = aided.tickets(zhang, "aid", name)
    assert all(each in listed.stdout for each in ("backup-channel", "切换到备用支付渠道", "can be taken back"))
    assert receiver.asked == []
    done = aided.tickets(zhang, "aid", name, "backup-channel")
    assert (done.code, "backup-channel  done" in done.stdout) == (0, True), done.everything
    assert aided.tickets(zhang, "aid", name, "backup-channel").code == 2, "it is in force already"
    run = number(done.stdout)
    assert aided.tickets(zhang, "aid", name, "--undo", run, "--json").document["state"] == "undone"
    assert [each[0] for each in receiver.asked] == ["POST", "DELETE"]
    receiver.answers = [502]
    ended = aided.tickets(zhang, "aid", name, "backup-channel")
    assert ended.code == 1
    assert f"--settle {number(ended.stdout)} --happened" in ended.stdout
    settled = aided.tickets(zhang, "aid", name, "--settle", number(ended.stdout), "--not-happened")
    assert (settled.code, "failed" in settled.stdout) == (0, True)
    shown = aided.tickets(zhang, "aid", name, "--json").document
    assert sorted(each["state"] for each in shown["runs"]) == ["failed", "undone"]
    assert "zhang" in aided.tickets(zhang, "aid", name).stdout
    for arguments, happened in (
        (("nothing",), "no such action"),
        (("backup-channel", "--undo", "1"), "Give one of"),
        (("--settle", "1"), "--happened or --not-happened"),
        (("--undo", "999"), "nothing of that number"),
    ):
        ended = aided.tickets(zhang, "aid", name, *arguments)
        assert (ended.code, ended.stdout, happened in ended.stderr) == (2, "", True), ended.everything
