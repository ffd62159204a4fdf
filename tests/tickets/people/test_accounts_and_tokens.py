"""Accounts and tokens, as the command line and the API make them."""

from datetime import timedelta

import pytest

from tests.tickets.conftest import Clock
from tickets.desk import Desk
from tickets.names import Role
from tickets.people import accounts, passwords
from tickets.people.accounts import add_account, change_account, disable
from tickets.people.audit import newest
from tickets.people.refusals import NoSuchAccount, Refused
from tickets.people.tokens import PREFIX, Bearer, authenticate_token, create_token, revoke, tokens
from tickets.store.opening import Store

PASSWORD = "a horse on the roof"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store=store, now=clock)


def test_an_account_is_added_once(desk: Desk) -> None:
    add_account(desk, "张伟", Role.LEAD, PASSWORD, lang="zh", contacts={"wecom": "zhangwei"}, areas=["payments"])
    found = accounts.account(desk, "张伟")
    assert (found.role, found.lang, found.contacts, found.areas) == (
        Role.LEAD,
        "zh",
        {"wecom": "zhangwei"},
        ("payments",),
    )
    with pytest.raises(Refused, match="already"):
        add_account(desk, "张伟", Role.ADMIN, PASSWORD)
    with pytest.raises(NoSuchAccount):
        accounts.account(desk, "李娜")
    assert [(line.actor, line.action, line.subject) for line in newest(desk)] == [
        ("command line", "account.add", "张伟")
    ]


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "../x", "a/b", ".", "<b>", "x" * 65, "a\x00b", "Tenfold", "alertmanager"]
)
def test_a_name_means_nothing_anywhere(desk: Desk, name: str) -> None:
    with pytest.raises(Refused):
        add_account(desk, name, Role.REPORTER, PASSWORD)


@pytest.mark.parametrize("password", ["", "1234567", "12345678", "PassWord", "carla.example", "x" * 1001])
def test_a_password_that_anybody_guesses_is_refused(desk: Desk, password: str) -> None:
    with pytest.raises(Refused):
        add_account(desk, "Carla.Example", Role.REPORTER, password)


def test_the_same_characters_from_another_keyboard_are_the_same_password() -> None:
    stored = passwords.hashed("Ａ horse，１２")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(stored, "A horse,12")
    assert not passwords.fits(stored, "A horse,13")
    assert not passwords.fits(None, "A horse,12")
    assert not passwords.fits("no hash at all", "A horse,12")


def test_somebody_is_always_left_who_can_administrate(desk: Desk) -> None:
    add_account(desk, "adam", Role.ADMIN, PASSWORD)
    with pytest.raises(Refused, match="last admin"):
        disable(desk, "adam")
    with pytest.raises(Refused, match="last admin"):
        change_account(desk, "adam", role=Role.LEAD)
    add_account(desk, "anna", Role.ADMIN, PASSWORD)
    disable(desk, "adam")
    with pytest.raises(Refused, match="last admin"):
        disable(desk, "anna")
    with pytest.raises(NoSuchAccount):
        disable(desk, "nobody")


def test_a_machine_has_a_token_and_no_account(desk: Desk) -> None:
    with pytest.raises(Refused, match="tenfold tokens create"):
        add_account(desk, "watcher", Role.MACHINE, PASSWORD)
    secret = create_token(desk, "watcher", Role.MACHINE)
    assert secret.startswith(PREFIX)
    assert len(secret) >= len(PREFIX) + 43
    assert authenticate_token(desk, secret) == Bearer("watcher", Role.MACHINE)
    assert authenticate_token(desk, secret + "x") is None
    assert authenticate_token(desk, "") is None
    with pytest.raises(Refused, match="already"):
        create_token(desk, "watcher", Role.MACHINE)
    with pytest.raises(Refused, match="token"):
        add_account(desk, "watcher", Role.LEAD, PASSWORD)  # Or nobody could tell them apart in a log.


def test_a_token_ends(desk: Desk, clock: Clock) -> None:
    secret = create_token(desk, "watcher", Role.MACHINE)
    brief = create_token(desk, "brief", Role.MACHINE, expires_at=clock() + timedelta(days=1))
    revoke(desk, "watcher")
    revoke(desk, "watcher")
    assert authenticate_token(desk, secret) is None
    assert authenticate_token(desk, brief) is not None
    clock.forward(days=1)
    assert authenticate_token(desk, brief) is None
    assert [(each.name, each.revoked_at is None) for each in tokens(desk)] == [("brief", True), ("watcher", False)]
    with pytest.raises(NoSuchAccount):
        revoke(desk, "nothing")


def test_a_token_of_an_account_never_reaches_further_than_it(desk: Desk) -> None:
    add_account(desk, "adam", Role.ADMIN, PASSWORD)
    add_account(desk, "lena", Role.LEAD, PASSWORD)
    with pytest.raises(Refused, match="cannot do more"):
        create_token(desk, "too-much", Role.ADMIN, account="lena")
    with pytest.raises(Refused):
        create_token(desk, "lena", Role.MACHINE)
    with pytest.raises(NoSuchAccount):
        create_token(desk, "laptop", Role.LEAD, account="nobody")
    by_name, laptop = create_token(desk, "lena", Role.ENGINEER), create_token(desk, "laptop", Role.LEAD, account="lena")
    assert authenticate_token(desk, by_name) == Bearer("lena", Role.ENGINEER)
    assert authenticate_token(desk, laptop) == Bearer("lena", Role.LEAD)
    change_account(desk, "lena", role=Role.REPORTER)
    assert authenticate_token(desk, laptop) == Bearer("lena", Role.REPORTER)
    disable(desk, "lena")
    assert authenticate_token(desk, laptop) is None
