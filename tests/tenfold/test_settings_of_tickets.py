"""The sections of tickets in the configuration file: their defaults, and how a mistake in one is told."""

from datetime import time
from pathlib import Path

import pytest

from tenfold.settings import load
from tenfold.settings.ticket_hours import share, span
from tests.tenfold.test_settings import SECRET, complaint, write

ALLOWED = '[tickets]\nallow_hosts = ["pay"]\n'
ACTION = '[[action]]\nname = "backup"\ntitle = "t"\nurl = "http://pay/backup"\n'
CHANNEL = '[[notify]]\nname = "night"\nkind = "wecom"\nurl = "https://robot.example/"\n'


def test_without_a_word_about_tickets_there_is_no_ticket_room(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[mall]\n")).ticketing is None


@pytest.mark.parametrize("text", ["[tickets]\n", '[[route]]\nmatch = { a = "b" }\n', CHANNEL, ALLOWED])
def test_any_section_about_tickets_opens_it_with_the_deadlines_of_the_practice(tmp_path: Path, text: str) -> None:
    tickets = load(write(tmp_path, text)).ticketing
    assert tickets is not None
    assert tickets.database == "tenfold-tickets.sqlite"
    promised = {
        name: (each.response, each.plan, each.fix, each.hours)
        for name in ("urgent", "important", "normal")
        for each in [getattr(tickets.promises, name)]
    }
    assert promised == {
        "urgent": (30 * 60, 2 * 3600, 4 * 3600, "always"),
        "important": (3600, None, 8 * 3600, "working"),
        "normal": (2 * 3600, None, 24 * 3600, "working"),
    }


def test_one_promise_that_is_changed_leaves_the_others_of_its_urgency(tmp_path: Path) -> None:
    tickets = load(write(tmp_path, '[tickets.promises.urgent]\nfix = "3h"\nplan = "never"\n')).tickets
    assert tickets is not None
    urgent = tickets.promises.urgent
    assert (urgent.response, urgent.plan, urgent.fix, urgent.hours) == (1800, None, 10_800, "always")


@pytest.mark.parametrize(
    ("timezone", "calendar", "country"),
    [("Asia/Shanghai", "", "CN"), ("Europe/Berlin", "", ""), ("Asia/Shanghai", 'country = ""', ""), ("UTC", 'country = "DE"', "DE")],
)  # fmt: skip
def test_the_country_of_the_holidays_follows_the_zone(
    tmp_path: Path, timezone: str, calendar: str, country: str
) -> None:
    text = f'[mall]\ntimezone = "{timezone}"\n[tickets.calendar]\n{calendar}\n'
    settings = load(write(tmp_path, text))
    assert settings.tickets is not None
    assert settings.tickets.calendar.country_in(settings.mall.timezone) == country


def test_spans_and_shares_are_read_as_they_are_meant() -> None:
    assert span("9:00-18:30") == (time(9), time(18, 30))
    assert span("22:00-24:00") == (time(22), None)
    assert (share("50%"), share("150 %"), share(600.0)) == (0.5, 1.5, None)


@pytest.mark.parametrize(
    ("text", "happened", "mends"),
    [
        ('[tickets]\ndatabse = "x"\n', "tenfold.toml:2: unknown key tickets.databse", "database"),
        ("[tickets]\n\n[tickets.calendar]\nholiday = []\n", "tenfold.toml:4: unknown key tickets.calendar.holiday", "holidays"),
        (
            '[tickets.promises.urgent]\nfix = "4h"\nrespons = "1h"\n',
            "tenfold.toml:3: unknown key tickets.promises.urgent.respons", "response",
        ),
        (
            '[[tickets.rotation]]\npeople = ["a"]\n[[tickets.rotation]]\npeople = ["b"]\nhandover = "soon"\n',
            "tenfold.toml:5: tickets.rotation.handover", "09:00",
        ),
        ('[[tickets.escalation]]\nafter = "later"\nto = "lead"\n', "tenfold.toml:2: tickets.escalation.after", "duration"),
        ('[tickets.calendar.hours]\nmon = ["13:00-18:00", "09:00-12:00"]\n', "tenfold.toml:2: tickets.calendar.hours.mon", "overlap"),
        ('[tickets.calendar.hours]\nmon = ["22:00-06:00"]\n', "tenfold.toml:2", "a night is two spans"),
        ('[[tickets.escalation]]\nafter = "1h"\nto = "role:boss"\n', "tenfold.toml:3: tickets.escalation.to", "lead"),
        (
            "[tickets.calendar]\nhours = { mon = [], tue = [], wed = [], thu = [], fri = [] }\n",
            "no weekday has working hours", "",
        ),
        ("[tickets.calendar]\nholidays = [2026-10-01]\nworkdays = [2026-10-01]\n", "2026-10-01 is both", ""),
        ('[[route]]\nmatch = { a = "~(" }\n', "tenfold.toml:2: route.match", "no regular expression"),
        ("[[route]]\nmatch = {}\n", "tenfold.toml:2: route.match", ""),
        ('[[route]]\nmatch = { a = "b" }\nurgency = "critical"\n', "tenfold.toml:3: route.urgency", "'important'"),
        (CHANNEL + 'fallback = "day"\n', "'day' is no [[notify]]", "night"),
        (CHANNEL * 2, "two [[notify]] are named 'night'", ""),
        (ACTION + ALLOWED + 'allow_automatic = ["backups"]\n', "'backups' is no [[action]]", "backup"),
        (ACTION + 'undo = { url = "http://other:81/" }\n' + ALLOWED, "calls other:81", 'allow_hosts = ["other:81"]'),
        (ACTION.replace("pay/", "u:p@pay/"), "tenfold.toml:4: action.url", "secrets belong into headers"),
        (ACTION + 'addresses = ["somewhere"]\n', "tenfold.toml:5: action.addresses", "10.0.0.7"),
        (ACTION + 'undo = { url = "pay" }\n', "tenfold.toml:5: action.undo.url", "https://"),
        (ACTION + 'headers = { "X Y" = "1" }\n', "tenfold.toml:5: action.headers", "no name of a header"),
        ('[evidence]\npayments = "DELETE FROM orders"\n', "tenfold.toml:2: evidence.payments", "SELECT"),
        ('[[probe]]\nname = "alipay"\nurl = "alipay"\n', "tenfold.toml:3: probe.url", "https://"),
        (ACTION + "timeout = 600\n", "tenfold.toml:5: action.timeout", "30"),
    ],
    ids=lambda value: value.splitlines()[-1][:40] if "\n" in str(value) else "",
)  # fmt: skip
def test_a_mistake_names_its_line_and_key(tmp_path: Path, text: str, happened: str, mends: str) -> None:
    error = complaint(write(tmp_path, text))
    assert happened in error.message
    assert mends in error.message + error.remedy


@pytest.mark.parametrize(
    "address",
    ["", f"mysql://root:{SECRET}@db/x", f"host=db password={SECRET}", f"postgresql://u:{SECRET}@db:port/x", f"postgresql://u:{SECRET}@db", "sqlite://"],
)  # fmt: skip
def test_an_address_of_no_store_is_refused_without_repeating_it(tmp_path: Path, address: str) -> None:
    error = complaint(write(tmp_path, f'[tickets]\ndatabase = "{address}"\n'))
    assert "tenfold.toml:2: tickets.database" in error.message
    assert "postgresql://" in error.message
    assert SECRET not in error.message + error.remedy


def test_no_secret_is_shown_with_the_settings(tmp_path: Path) -> None:
    text = (
        f'[tickets]\nallow_hosts = ["pay"]\ndatabase = "postgresql://u:{SECRET}@db/x"\nsigning_key = "{SECRET}"\n'
        f'[tickets.alertmanager]\nurl = "http://am/"\npassword = "{SECRET}"\ntoken = "{SECRET}"\n'
        f'{CHANNEL.replace("robot.example/", SECRET)}secret = "{SECRET}"\n{ACTION}headers = {{ A = "{SECRET}" }}\n'
    )
    settings = load(write(tmp_path, text))
    assert settings.tickets is not None
    assert SECRET not in repr((settings.tickets, settings.notify, settings.action))
