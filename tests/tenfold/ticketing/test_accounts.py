"""`tenfold users` and `tenfold tokens`: on the store itself, with secrets where nobody else reads them."""

import sqlite3

import pytest

from tests.conftest import PostgresServer
from tests.tenfold.conftest import Program
from tests.tenfold.ticketing.conftest import PASSWORD, needs_people, said_to

pytestmark = needs_people
TOML = "tenfold.toml"


@pytest.fixture(params=["sqlite", "postgresql"])
def configured(tenfold: Program, request: pytest.FixtureRequest, postgres18: PostgresServer) -> Program:
    """The program with a store of each kind, and no service."""
    database = ""
    if request.param == "postgresql":
        name = postgres18.create_database()
        database = f'database = "postgresql://postgres@127.0.0.1:{postgres18.port}/{name}"\n'
    (tenfold.folder / TOML).write_text(f"[tickets]\n{database}", encoding="utf-8")
    return tenfold


def test_an_account_is_made_listed_changed_and_disabled(configured: Program) -> None:
    made = said_to(
        configured, "users", "add", "张三", "--role", "engineer", "--password-stdin", "--area", "payments",
        "--contact", "wecom=ZhangSan", "--json", line=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.code == 0, made.stderr
    assert (made.document["name"], made.document["role"], made.document["areas"]) == ("张三", "engineer", ["payments"])
    assert made.document["contacts"] == {"wecom": "ZhangSan"}
    assert said_to(configured, "users", "password", "张三", "--password-stdin", line="another good one\n").code == 0
    assert "张三" in configured("users", "list").stdout
    assert configured("users", "disable", "张三").code == 0
    (account,) = configured("users", "list", "--json").document["accounts"]
    assert account["disabled"] is True
    assert configured("users", "enable", "张三").code == 0
    assert configured("users", "list", "--json").document["accounts"][0]["disabled"] is False


def test_a_token_is_the_last_word_on_stdout_and_is_kept_nowhere(tenfold: Program) -> None:
    (tenfold.folder / TOML).write_text("[tickets]\n", encoding="utf-8")
    ended = tenfold("tokens", "create", "alertmanager", "--role", "machine", "--expires", "90d")
    assert ended.code == 0
    token = ended.stdout.split()[-1]
    assert ended.stdout == f"{token}\n", "nothing else may stand where a script reads"
    assert token.startswith("tf_")
    assert len(token) >= 40
    listed = tenfold("tokens", "list", "--json").document["tokens"]
    assert [(each["name"], each["role"], each["revoked_at"]) for each in listed] == [("alertmanager", "machine", None)]
    assert listed[0]["expires_at"] > listed[0]["created_at"]
    assert tenfold("tokens", "revoke", "alertmanager").code == 0
    assert "revoked" in tenfold("tokens", "list").stdout
    assert token not in tenfold.written()
    assert token not in "".join(map(str, rows_of(tenfold)))


def rows_of(tenfold: Program) -> list[object]:
    """Every row of every table."""
    store = sqlite3.connect(tenfold.folder / "tenfold-tickets.sqlite")
    try:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [row for each in tables for row in store.execute(f'SELECT * FROM "{each}"')]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("arguments", "line", "happened"),
    [
        (("users", "add", "zhang", "--role", "engineer", "--password-stdin"), "short\n", "at least 8 characters"),
        (("users", "add", "zhang", "--role", "engineer", "--password-stdin"), "", "at least 8 characters"),
        (("users", "add", "a/b", "--role", "engineer", "--password-stdin"), PASSWORD, "A name has"),
        (("users", "add", "zhang", "--role", "machine", "--password-stdin"), PASSWORD, "--role"),
        (("users", "add", "zhang", "--role", "engineer"), PASSWORD, "nobody to ask for the password"),
        (("users", "add", "z", "--role", "lead", "--password-stdin", "--contact", "x"), PASSWORD, "no contact"),
        (("users", "disable", "nobody"), "", "no account of the name nobody"),
        (("users", "password", "nobody", "--password-stdin"), PASSWORD, "no account of the name nobody"),
        (("tokens", "revoke", "nothing"), "", "no token of the name nothing"),
        (("tokens", "create", "x", "--role", "engineer", "--account", "nobody"), "", "no account of the name nobody"),
        (("tokens", "create", "x", "--role", "machine", "--expires", "soon"), "", "--expires"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_told_with_the_reason(
    tenfold: Program, arguments: tuple[str, ...], line: str, happened: str
) -> None:
    (tenfold.folder / TOML).write_text("[tickets]\n", encoding="utf-8")
    ended = said_to(tenfold, *arguments, line=line)
    assert ended.code == 2
    assert ended.stdout == ""
    assert happened in ended.stderr
    assert PASSWORD not in ended.stderr


def test_the_last_admin_stays(configured: Program) -> None:
    assert said_to(configured, "users", "add", "root", "--role", "admin", "--password-stdin", line=PASSWORD).code == 0
    ended = configured("users", "disable", "root")
    assert ended.code == 2
    assert "last admin" in ended.stderr


@pytest.mark.parametrize("command", [("users", "list"), ("tokens", "list")])
def test_where_there_is_no_ticket_room_it_says_how_to_have_one(tenfold: Program, command: tuple[str, ...]) -> None:
    ended = tenfold(*command)
    assert (ended.code, "tenfold init" in ended.stderr) == (2, True)
    (tenfold.folder / TOML).write_text("[mall]\n", encoding="utf-8")
    ended = tenfold(*command)
    assert (ended.code, "[tickets]" in ended.stderr) == (2, True)
    assert list(tenfold.folder.iterdir()) == [tenfold.folder / TOML]


def test_a_store_that_does_not_answer_is_told(tenfold: Program) -> None:
    (tenfold.folder / TOML).write_text(
        '[tickets]\ndatabase = "postgresql://t:s3cret@127.0.0.1:1/t"\n', encoding="utf-8"
    )
    ended = tenfold("users", "list")
    assert ended.code == 3
    assert "ticket store does not answer" in ended.stderr
    assert "s3cret" not in ended.stderr
