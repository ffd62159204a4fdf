"""The configuration of the ticket room becomes the room's own records, nothing left out and nothing changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tenfold.exits import CommandError
from tenfold.settings import Settings, load
from tenfold.settings.template import Answers, configuration_text
from tenfold.ticketing.desk import changes_since, desk, newest_findings, rules
from tests.tenfold.test_settings import SECRET, write
from tickets.desk import Change, Desk
from tickets.names import ClockName, Urgency
from tickets.sla.chain import Escalation
from tickets.sla.rotation import on_call
from tickets.sla.tiers import Promises
from tickets.store.opening import Store, open_store

FULL = """
[mall]
name = "corner shop"
timezone = "Asia/Shanghai"
lang = "zh"
[serve]
runs = "{runs}"
[tickets]
base_url = "https://tickets.example"
reopen_within = "10min"
voice_after = "2min"
fallback_after = "30s"
claim_within = "1h"
signing_key = "key"
allow_hosts = ["pay.example:8443"]
allow_automatic = ["backup"]
[tickets.promises]
warn = 0.5
[tickets.promises.urgent]
fix = "3h"
[tickets.promises.normal]
response = "never"
hours = "always"
[tickets.calendar]
holidays = [2026-11-12]
workdays = [2026-11-14]
known_years = [2027]
[tickets.calendar.hours]
sat = ["09:00-12:00", "13:00-24:00"]
[[tickets.escalation]]
urgency = "urgent"
clock = "fix"
after = "50%"
to = "role:admin"
[[tickets.escalation]]
after = "1h"
to = "boss"
[[tickets.rotation]]
area = "payments"
people = ["zhang", "li"]
every = "day"
starts = 2026-11-01
handover = 08:30:00
overrides = [{{ person = "wang", starts = 2026-11-11T00:00:00, ends = 2026-11-12T00:00:00 }}]
[tickets.alertmanager]
url = "http://am:9093/"
user = "u"
password = "p"
[tickets.watchdog]
alert = "DeadMan"
silence = "5min"
required = true
[tickets.heartbeat]
url = "http://beat/"
every = "2min"
[[route]]
match = {{ alertname = "~Pay.*", team = "" }}
urgency = "urgent"
area = "payments"
owner = "zhang"
by = "fingerprint"
resolve = "auto"
[[notify]]
name = "night"
kind = "dingtalk"
url = "https://oapi.example/robot"
secret = "SEC"
urgencies = ["urgent"]
areas = ["payments"]
people = ["zhang"]
mentions = ["@all"]
fallback = "call"
per_minute = 5
timeout = "3s"
[[notify]]
name = "call"
kind = "voice"
url = "https://voice.example/"
urgencies = []
lang = "en"
[[action]]
name = "backup"
title = "Backup channel"
url = "https://pay.example:8443/{{ticket}}"
method = "PUT"
headers = {{ Authorization = "Bearer x" }}
body = {{ why = "{{ticket}}" }}
when = {{ areas = ["payments"], causes = ["third_party"], labels = {{ channel = "a.b", zone = "~e.*" }} }}
undo = {{ method = "DELETE", url = "https://pay.example:8443/backup" }}
automatic = true
idempotent = true
timeout = "4s"
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "tickets.sqlite"))


def made(tmp_path: Path, store: Store, text: str = "[tickets]\n") -> Desk:
    return desk(load(write(tmp_path, text)), store)


def test_an_empty_section_has_the_rooms_own_defaults(tmp_path: Path, store: Store) -> None:
    given, usual = made(tmp_path, store), Desk(store=store)
    assert given.promises == usual.promises == Promises()
    assert given.escalation == usual.escalation == Escalation()
    assert (given.calendar.hours, given.calendar.place) == (usual.calendar.hours, usual.calendar.place)
    assert given.routing == usual.routing
    assert given.watchdog == usual.watchdog
    assert (given.rotations, given.alertmanager, given.heartbeat_url) == ((), None, "")
    assert replace(given.notifying, channels=()) == usual.notifying


def test_every_key_arrives(tmp_path: Path, store: Store) -> None:
    given = made(tmp_path, store, FULL.format(runs=tmp_path / "runs"))
    assert (given.mall, given.timezone) == ("corner shop", "Asia/Shanghai")
    assert given.promises.warn_at == 0.5
    assert (given.promises.urgent.fix, given.promises.urgent.response) == (10_800, 1_800)
    assert (given.promises.normal.response, given.promises.normal.round_the_clock) == (None, True)
    assert given.calendar.hours[5] == ((time(9), time(12)), (time(13), None))
    assert given.calendar.place == "CN"
    assert given.calendar.holidays == {date(2026, 11, 12)}
    assert given.calendar.workdays == {date(2026, 11, 14)}
    assert given.calendar.known_years == {2027}
    first, second = given.escalation.urgent.steps
    assert (first.to, first.clock, first.share, first.seconds) == ("role:admin", ClockName.FIX, 0.5, None)
    assert (second.to, second.clock, second.share, second.seconds) == ("boss", ClockName.RESPONSE, None, 3_600)
    assert [each.to for each in given.escalation.normal.steps] == ["boss"]
    assert given.escalation.urgent.repeat == Escalation().urgent.repeat
    assert (given.routing.reopen_within, given.watchdog.silence) == (timedelta(minutes=10), timedelta(minutes=5))
    assert (given.watchdog.name, given.watchdog.required) == ("DeadMan", True)
    assert given.alertmanager is not None
    assert (given.alertmanager.url, given.alertmanager.user, given.alertmanager.bearer) == ("http://am:9093", "u", None)
    assert (given.heartbeat_url, given.heartbeat_every) == ("http://beat/", 120)


def test_routes_match_as_they_are_written(tmp_path: Path, store: Store) -> None:
    routing = made(tmp_path, store, FULL.format(runs=tmp_path)).routing
    routed = routing.of({"alertname": "PaymentsFail"})
    assert (routed.urgency, routed.area, routed.owner) == (Urgency.URGENT, "payments", "zhang")
    assert (routed.by, routed.resolve, routed.known) == ("fingerprint", "auto", True)
    assert routing.of({"alertname": "PaymentsFail", "team": "a"}).owner is None, "an empty value is an absent label"


def test_turns_change_on_the_malls_clock(tmp_path: Path, store: Store) -> None:
    (rotation,) = made(tmp_path, store, FULL.format(runs=tmp_path)).rotations
    shanghai = ZoneInfo("Asia/Shanghai")
    turns = [
        on_call(rotation, datetime(2026, 11, day, hour, minute, tzinfo=shanghai))
        for day, hour, minute in ((1, 8, 30), (2, 8, 29), (2, 8, 30), (11, 0, 0), (11, 23, 59), (12, 9, 0))
    ]
    assert turns == ["zhang", "zhang", "li", "wang", "wang", "li"]


def test_channels_arrive(tmp_path: Path, store: Store) -> None:
    given = made(tmp_path, store, FULL.format(runs=tmp_path))
    night, call = given.notifying.channels
    assert (night.kind, night.secret, night.fallback, night.at_most, night.seconds) == ("dingtalk", "SEC", "call", 5, 3)
    assert night.urgencies == {Urgency.URGENT}
    assert (night.areas, night.people) == (frozenset({"payments"}), ("zhang",))
    assert (night.lang, call.lang, call.urgencies) == ("zh", "en", frozenset())
    assert (given.notifying.base_url, given.notifying.voice_after) == ("https://tickets.example", 120)
    assert (given.notifying.overdue_seconds, given.notifying.claim_seconds) == (30, 3_600)


def test_everything_in_the_template_makes_a_desk(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.translation import translator

    for name in ("TENFOLD_REHEARSAL_KEY", "TENFOLD_WECOM_KEY", "TENFOLD_PAYMENTS_TOKEN"):
        monkeypatch.setenv(name, SECRET)
    text = configuration_text(Answers(), translator("en")).partition("# [tickets]")[2]
    lines = [
        line.removeprefix("# ") if "=" in line or "[" in line else line for line in ("# [tickets]" + text).splitlines()
    ]
    given = made(tmp_path, store, "\n".join(lines))
    assert given.notifying.channels
    assert SECRET not in repr(given)


def test_changes_and_findings_are_those_of_the_folder_of_runs(tmp_path: Path, store: Store) -> None:
    given = made(tmp_path, store, FULL.format(runs=tmp_path / "runs"))
    assert given.hands.record_change is not None
    at = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)
    for minute, what in ((0, "shop 2026.11.1"), (20, "pool 40")):
        given.hands.record_change(Change(kind="deployment", what=what, at=at + timedelta(minutes=minute)))
    assert [each.what for each in given.hands.changes(at + timedelta(minutes=1))] == ["pool 40"]
    assert changes_since(tmp_path / "nowhere", at) == []
    assert list(given.hands.findings()) == []
    folder = tmp_path / "runs" / "latest"
    folder.mkdir()
    for text, expected in (
        ('{"findings": [{"code": "IDX001"}, 3]}', 1),
        ("[" * 9_999, 0),
        ('{"findings": 3}', 0),
        ("[]", 0),
    ):
        (folder / "findings.json").write_text(text, encoding="utf-8")
        assert len(newest_findings(tmp_path / "runs")) == expected


def test_what_a_part_of_the_room_refuses_is_told(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[tickets.calendar]\ncountry = "XX"\n'))
    with pytest.raises(CommandError, match="holidays of 'XX' are not known"):
        rules(settings)


def test_settings_without_a_ticket_room_still_make_a_desk(store: Store) -> None:
    assert desk(Settings(), store).routing.routes == ()
