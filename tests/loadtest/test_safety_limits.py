"""How much and when: the ceiling, the hours on the mall's clock, the typed confirmation; and the mark that every request carries."""

import hashlib
import hmac
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from loadtest.safety import marking
from loadtest.safety.ceiling import confirmation_text, needs_confirmation, refuse_confirmation, refuse_rate
from loadtest.safety.ownership import refuse_key
from loadtest.safety.targets import Approved, approve
from loadtest.safety.windows import parse_window, refuse_time
from tests.loadtest.safety_parts import KEY, Dns, approved, shop_allowed, target

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("rate", "ceiling", "passes"),
    [
        (100.0, 100.0, True), (100.4, 100.0, False), (0.5, 100.0, True), (50.0, math.inf, True), (50.0, None, False), (0.0, 100.0, False),
        (-1.0, 100.0, False), (math.nan, 100.0, False), (math.inf, math.inf, False), (50.0, math.nan, False), (50.0, 0.0, False),
    ],
)  # fmt: skip
def test_a_rate_keeps_to_the_ceiling_or_is_refused(rate: float, ceiling: float | None, passes: bool) -> None:  # noqa: FBT001  (a column of the table)
    refused = refuse_rate(rate, ceiling)
    assert (refused is None) is passes
    assert refused is None or refused.rule == "ceiling"


def test_a_rate_just_above_the_ceiling_does_not_look_like_the_ceiling() -> None:
    assert "reach 100.4/s, above the ceiling of 100/s" in str(getattr(refuse_rate(100.4, 100.0), "happened", ""))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("windows", "now", "minutes", "until"),
    [
        # 2026-11-22 is a Sunday.
        (["02:00-06:00"], "2026-11-22T02:00", 60, "2026-11-22T06:00"),
        (["02:00-06:00"], "2026-11-22T01:59", 1, None),
        (["02:00-06:00"], "2026-11-22T06:00", 1, None),
        (["02:00-06:00"], "2026-11-22T05:00", 60, "2026-11-22T06:00"),
        (["02:00-06:00"], "2026-11-22T05:00", 61, None),
        (["22:00-04:00"], "2026-11-22T23:30", 60, "2026-11-23T04:00"),
        (["22:00-04:00"], "2026-11-22T03:00", 60, "2026-11-22T04:00"),
        (["Sun 22:00-04:00"], "2026-11-23T03:00", 60, "2026-11-23T04:00"),
        (["Sun 22:00-04:00"], "2026-11-22T03:00", 60, None),
        (["Mon-Fri 00:00-24:00"], "2026-11-22T03:00", 1, "no clock"),
        (["Fri-Mon 10:00-14:00"], "2026-11-22T12:00", 60, "2026-11-22T14:00"),
        (["Fri-Mon 10:00-14:00"], "2026-11-24T12:00", 60, None),
        (["Sat, Sun 10:00 - 14:00"], "2026-11-22T12:00", 60, "2026-11-22T14:00"),
        (["sunday 9:00-14:00"], "2026-11-22T09:00", 60, "2026-11-22T14:00"),
        (["10:00-12:30", "12:30-14:00", "13:00-15:00"], "2026-11-22T12:00", 180, "2026-11-22T15:00"),
        (["10:00-12:30", "12:31-14:00"], "2026-11-22T12:00", 60, None),
        (["always"], "2026-11-22T12:00", 24 * 60, "2026-12-01T00:00"),
        (["00:00-00:00"], "2026-11-22T12:00", 60, "2026-12-01T00:00"),
    ],
)  # fmt: skip
def test_a_round_must_fit_into_the_hours_on_the_malls_clock(
    windows: list[str], now: str, minutes: int, until: str | None
) -> None:
    if until == "no clock":
        with pytest.raises(ValueError, match="an hour that no clock shows"):
            parse_window(windows[0])
        return
    parsed = [parse_window(each) for each in windows]
    # The machine that starts the round has a clock of its own.
    refused, closes = refuse_time(parsed, SHANGHAI, now=at(now).astimezone(UTC), seconds=minutes * 60)
    assert closes == (at(until) if until else None)
    assert (refused is None) is (until is not None)
    assert refused is None or refused.rule == "window"


def test_the_refusal_names_the_clock_and_when_to_start_again() -> None:
    refused, _ = refuse_time([parse_window("Sat 02:00-06:00")], SHANGHAI, now=SUNDAY_NOON.astimezone(UTC), seconds=60)
    assert refused is not None
    assert "Sun 12:00 Asia/Shanghai" in str(refused.happened)
    assert "2026-11-28 02:00" in str(refused.remedy)


def test_the_night_of_the_clock_change_is_an_hour_longer_or_shorter() -> None:
    window = [parse_window("01:00-04:00")]
    autumn = datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN)
    spring = datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN)
    assert refuse_time(window, BERLIN, now=autumn, seconds=4 * 3600)[0] is None
    assert refuse_time(window, BERLIN, now=spring, seconds=3 * 3600)[0] is not None
    assert refuse_time(window, BERLIN, now=spring, seconds=2 * 3600)[0] is None


@pytest.mark.parametrize(
    "text", ["", "at night", "02:00", "02:00-", "25:00-26:00", "02:60-03:00", "Xyz 02:00-03:00", "2-6"]
)
def test_a_window_that_cannot_be_understood_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write for example '02:00-06:00'"):
        parse_window(text)


def approved_at(address: str) -> Approved:
    found = approve(
        target("http://shop.example/"), [shop_allowed(address)], Dns([address]), named_on_command_line=False
    )
    assert isinstance(found, Approved)
    return found


def test_only_what_is_neither_loopback_nor_private_asks_for_a_word() -> None:
    assert not needs_confirmation(approved("http://127.0.0.1:1/"))
    assert not needs_confirmation(approved_at("10.0.0.7"))
    assert needs_confirmation(approved_at("203.0.113.7"))
    assert needs_confirmation(approved_at("100.64.0.7"))
    assert refuse_confirmation(approved_at("10.0.0.7"), 500.0, None) is None


@pytest.mark.parametrize(
    "typed", [None, "", "yes", "rehearse shop.example at 50/s", "REHEARSE shop.example at 500/s", "预演"]
)
def test_another_word_than_the_asked_one_is_no_confirmation(typed: str | None) -> None:
    refused = refuse_confirmation(approved_at("203.0.113.7"), 500.0, typed)
    assert refused is not None
    assert "rehearse shop.example at 500/s" in str(refused.remedy)


def test_the_word_names_host_and_rate() -> None:
    shop = approved_at("203.0.113.7")
    assert refuse_confirmation(shop, 500.0, " rehearse shop.example at 500/s\n") is None
    assert confirmation_text(shop, 2500.5) == "rehearse shop.example at 2500.5/s"


@pytest.mark.parametrize("key", [None, "", "short"])
def test_a_missing_or_short_key_is_refused_without_being_repeated(key: str | None) -> None:
    refused = refuse_key(key)
    assert refused is not None
    assert "short" not in str(refused.happened).replace("shorter", "")
    assert "openssl rand -hex 32" in str(refused.remedy)
    assert "${TENFOLD_REHEARSAL_KEY}" in str(refused.remedy)
    assert refuse_key(KEY) is None


def test_the_mark_is_signed_and_travels_in_baggage_too() -> None:
    run = marking.run_name("confirm", now=SUNDAY_NOON, nonce="4f2a")
    assert run == "20261122t040000z-confirm-4f2a"
    found = marking.headers(run, KEY, version="0.1.0")
    name, _, proof = found["x-tenfold-run"].partition(".")
    assert (name, proof) == (run, hmac.new(KEY.encode(), run.encode(), hashlib.sha256).hexdigest())
    assert found["baggage"] == f"tenfold-run={found['x-tenfold-run']}"
    assert found["user-agent"] == f"tenfold/0.1.0 (rehearsal {run})"
    assert KEY not in repr(found)
    assert marking.headers(run, KEY, version="0", baggage="a=1")["baggage"].startswith("a=1,tenfold-run=")
    assert marking.headers(run, None, version="0")["x-tenfold-run"] == run


@pytest.mark.parametrize("nonce", ["a.b", "A", "a\r\nb", "预", "x" * 60])
def test_a_name_that_a_header_cannot_carry_is_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="no name for a run"):
        marking.run_name("single", now=SUNDAY_NOON, nonce=nonce)
