"""`tenfold check` looks at the ticket room too: its store, its channels, and the people whom the configuration names."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tenfold.settings import load
from tenfold.ticketing import accounts
from tests.conftest import PostgresServer
from tests.tenfold.conftest import Ended, Program
from tests.tenfold.serving.conftest import serving
from tests.tenfold.test_missing_parts import without
from tests.tenfold.ticketing.conftest import PASSWORD, needs_people

pytestmark = needs_people
FILE = "tenfold-tickets.sqlite"
NAMES = """
[[tickets.rotation]]
people = ["zhang", "li"]
overrides = [{ person = "wang", starts = 2026-11-11T00:00:00, ends = 2026-11-12T00:00:00 }]
[[tickets.escalation]]
after = "50%"
to = "on-call"
[[tickets.escalation]]
after = "70%"
to = "role:lead"
[[tickets.escalation]]
after = "90%"
to = "old zhao"
[[route]]
match = { alertname = "Pay" }
owner = "zhang"
"""


def configure(tenfold: Program, text: str) -> None:
    (tenfold.folder / "tenfold.toml").write_text(text, encoding="utf-8")


def line(ended: Ended) -> dict[str, Any]:
    """The one line of the ticket room."""
    (found,) = [each for each in ended.document["targets"] if each["kind"] == "tickets"]
    assert isinstance(found, dict)
    return found


def add(tenfold: Program, name: str) -> None:
    settings = load(tenfold.folder / "tenfold.toml")
    assert settings.ticketing is not None
    section = settings.ticketing.model_copy(update={"database": str(tenfold.folder / FILE)})
    accounts.add(settings.model_copy(update={"tickets": section}), name, "engineer", PASSWORD)


def test_a_store_is_told_in_every_state_and_left_as_it_was(tenfold: Program) -> None:
    configure(tenfold, "[tickets]\n")
    ended = tenfold("check", "--json")
    assert ended.code == 0, ended.stderr
    assert line(ended)["version"].endswith(f"{FILE} is not made yet; the next start makes it")
    assert not (tenfold.folder / FILE).exists()
    add(tenfold, "zhang")
    assert line(tenfold("check", "--json"))["version"].endswith("is up to date; accounts: 1")
    for version, code, told in (("0001", 0, "the next start upgrades it"), ("9999", 3, "made by a newer Tenfold")):
        store = sqlite3.connect(tenfold.folder / FILE)
        store.execute(f"UPDATE alembic_version SET version_num = '{version}'")
        store.commit()
        store.close()
        before = (tenfold.folder / FILE).read_bytes()
        ended = tenfold("check")
        assert (ended.code, told in ended.stdout) == (code, True), ended.everything
        assert (tenfold.folder / FILE).read_bytes() == before
    assert "Install that version" in ended.stdout
    assert [each.name for each in sorted(tenfold.folder.iterdir())] == [FILE, "tenfold.toml"]


def test_a_server_that_does_not_answer_or_is_audited_is_told(tenfold: Program, postgres18: PostgresServer) -> None:
    configure(tenfold, '[tickets]\ndatabase = "postgresql://t:s3cret@127.0.0.1:1/t"\n')
    ended = tenfold("check")
    assert (ended.code, "The ticket store does not answer" in ended.stdout) == (3, True)
    assert "s3cret" not in ended.everything
    name = postgres18.create_database()
    store = f'[tickets]\ndatabase = "postgresql://postgres@localhost:{postgres18.port}/{name}"\n'
    configure(tenfold, store)
    assert f":{postgres18.port}/{name} is not made yet" in tenfold("check").stdout
    configure(tenfold, f'[[postgres]]\nname = "orders"\ndsn = "{postgres18.dsn()}"\n{store}')
    ended = tenfold("check", "--json")
    assert (ended.code, line(ended)["unreachable"]) == (3, True)
    assert "'orders', a server that is audited" in line(ended)["detail"]
    assert len(ended.document["targets"]) > 1, "the targets are looked at all the same"
    assert all(each["kind"] != "tickets" for each in tenfold("check", postgres18.dsn(), "--json").document["targets"])


def test_people_who_are_named_and_have_no_account_are_told_with_the_command(tenfold: Program) -> None:
    configure(tenfold, f"[tickets]\n{NAMES}")
    gaps = {each["subject"]: each for each in line(tenfold("check", "--json"))["gaps"]}
    assert set(gaps) == {"accounts", "zhang", "li", "wang", "old zhao"}
    assert gaps["accounts"]["remedy"] == "tenfold users add NAME --role admin"
    assert gaps["zhang"]["reason"].endswith("named by [[route]] owner, [[tickets.rotation]] people")
    assert gaps["old zhao"]["remedy"] == "tenfold users add 'old zhao' --role engineer"
    for name in ("zhang", "li", "wang"):
        add(tenfold, name)
    assert tenfold("users", "disable", "wang").code == 0
    gaps = {each["subject"]: each for each in line(tenfold("check", "--json"))["gaps"]}
    assert set(gaps) == {"wang", "old zhao"}
    assert gaps["wang"]["remedy"] == "tenfold users enable wang"
    assert "没有这个账号" in tenfold("check", environment={"LC_ALL": "zh_CN.UTF-8"}).stdout


CHANNEL = '[[notify]]\nname = "chat"\nkind = "apprise"\nurl = "nothing://s3cret-key@at.all"\n'


def test_a_channel_that_cannot_work_is_told_by_check_and_at_the_start_of_serve(tenfold: Program) -> None:
    told = "Channel chat: Apprise does not understand its URL."
    configure(tenfold, f"[tickets]\n{CHANNEL}")
    ended = tenfold("check", "--verbose")
    assert (ended.code, told in ended.stdout) == (0, True)
    assert "s3cret-key" not in ended.everything
    tried = tenfold("tickets", "try", "chat", "--verbose")
    assert (tried.code, "s3cret-key" in tried.everything) == (3, False)
    with serving(tenfold, f"[tickets]\n{CHANNEL}"):
        said = (tenfold.folder / "said.txt").read_text(encoding="utf-8")
    assert said.count(told) == 1
    assert "s3cret-key" not in said


@pytest.mark.parametrize("module", ["sqlalchemy", "apprise"])
def test_where_the_part_is_not_installed_it_says_so(tenfold: Program, module: str) -> None:
    configure(tenfold, f"[tickets]\n{CHANNEL}")
    ended = without(tenfold, module)("check")
    assert (ended.code, f"{module} is not installed here" in ended.stdout) == (0, True)
    assert "pip install 'tenfold[serve]'" in ended.stdout


def test_without_a_ticket_room_nothing_is_said_of_it(tenfold: Program) -> None:
    configure(tenfold, '[[host]]\nname = "this machine"\n')
    assert [each["kind"] for each in tenfold("check", "--json").document["targets"]] == ["host"]
    assert list(Path(tenfold.folder).glob("*.sqlite*")) == []
