"""A claim link does one thing, once, for a while, for the account that it names; whatever else it is used for is refused."""

import dataclasses
import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import select, update

from tests.tickets.conftest import Clock
from tests.tickets.notify.conftest import deliver, moved, opened
from tests.tickets.notify.service import Service
from tickets import events, lifecycle
from tickets.desk import Desk
from tickets.names import State, Urgency
from tickets.notify.channels import Channel, Kind, Notifying
from tickets.notify.claiming import Claim, Standing, claim, key, look, token
from tickets.store import log
from tickets.store.opening import Store, open_store
from tickets.store.tables import ACCOUNTS, AUDIT, USED_LINKS
from tickets.ticket import Ticket


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk whose key is configured."""
    return dataclasses.replace(desk, notifying=Notifying(base_url="https://t.example", signing_key="k" * 32))


def link(desk: Desk, ticket: Ticket, account: str = "zhang", seconds: float = 3600, signing_key: str = "") -> str:
    until = (desk.now() + timedelta(seconds=seconds)).timestamp()
    return token(signing_key or desk.notifying.signing_key, ticket.number, account, until)


def now(desk: Desk, number: int) -> Ticket:
    with desk.store.read() as connection:
        return log.load(connection, number)


def test_a_link_takes_the_ticket_for_the_account_that_it_names(desk: Desk) -> None:
    ticket = opened(desk)
    written = link(desk, ticket)
    assert look(desk, written).standing is Standing.GOOD
    found = claim(desk, written, "203.0.113.9")
    assert found.standing is Standing.CLAIMED
    taken = now(desk, ticket.number)
    assert (taken.state, taken.owner) == (State.IN_PROGRESS, "zhang")
    with desk.store.read() as connection:
        used = connection.execute(select(USED_LINKS)).one()
        audited = connection.execute(select(AUDIT)).one()
        assert log.load_log(connection, ticket.number)[-1].actor == "zhang"
    assert (used.account, used.ticket) == ("zhang", ticket.number)
    # What is kept of the link cannot be used as one.
    assert used.link == hashlib.sha256(written.encode()).hexdigest()
    assert (audited.actor, audited.action, audited.subject, audited.address) == ("zhang", "claim", "T-1", "203.0.113.9")


def test_looking_at_a_link_changes_nothing(desk: Desk) -> None:
    ticket = opened(desk)
    for _ in range(3):
        assert look(desk, link(desk, ticket)).standing is Standing.GOOD
    assert now(desk, ticket.number).version == ticket.version


def test_a_link_works_once_also_when_the_ticket_is_free_again(desk: Desk) -> None:
    ticket = opened(desk)
    written = link(desk, ticket)
    claim(desk, written)
    # The one who claimed it is told so again, without a second event.
    version = now(desk, ticket.number).version
    assert claim(desk, written).standing is Standing.CLAIMED
    assert now(desk, ticket.number).version == version
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.assign(ticket, "li"))
    assert claim(desk, written).standing is Standing.USED
    assert now(desk, ticket.number).owner == "li"


def test_a_link_that_has_expired_does_nothing(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    written = link(desk, ticket, seconds=3600)
    clock.forward(seconds=3599)
    assert look(desk, written).standing is Standing.GOOD
    clock.forward(seconds=1)
    assert claim(desk, written).standing is Standing.EXPIRED
    assert now(desk, ticket.number).owner is None


ODD: tuple[object, ...] = ([], {}, [1], ["a", "b", "c"], [1, "zhang", 10**30], None, [1, "zhang", "soon"])


def altered(written: str) -> list[str]:
    body, _, signature = written.partition(".")
    return [
        "", ".", "..", "a", body, f"{body}.", f".{signature}", written + "A", written[:-2], written.swapcase(),
        f"{body[:-1]}{'A' if body[-1] != 'A' else 'B'}.{signature}", "x" * 100_000, "\x00", "支付", f".{written}",
    ]  # fmt: skip


def test_a_link_that_was_altered_or_signed_by_somebody_else_does_nothing(desk: Desk) -> None:
    ticket = opened(desk)
    forged = [*altered(link(desk, ticket)), link(desk, ticket, signing_key="another")]
    salts = [
        URLSafeSerializer(desk.notifying.signing_key, salt=salt).dumps([1, "zhang", 2_000_000_000])
        for salt in ("", "x")
    ]
    signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    ours = URLSafeSerializer(desk.notifying.signing_key, salt="tickets.claim", signer_kwargs=signer)
    odd = [ours.dumps(each) for each in ODD]
    for written in [*forged, *[str(each) for each in (*salts, *odd)]]:
        assert claim(desk, written).standing is Standing.FORGED, written
    assert claim(desk, token(desk.notifying.signing_key, 999, "zhang", 2_000_000_000)).standing is Standing.FORGED
    assert now(desk, ticket.number).version == ticket.version


def test_a_ticket_that_somebody_else_has_taken_stays_theirs(desk: Desk) -> None:
    ticket = opened(desk)
    written = link(desk, ticket)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    found = claim(desk, written)
    assert found.standing is Standing.TAKEN
    assert found.ticket is not None
    assert found.ticket.owner == "li"
    assert now(desk, ticket.number).owner == "li"


def test_a_ticket_that_was_only_assigned_to_somebody_can_be_claimed(desk: Desk) -> None:
    ticket = opened(desk, [events.Assigned(owner="li")])
    assert claim(desk, link(desk, ticket)).standing is Standing.CLAIMED
    assert now(desk, ticket.number).owner == "zhang"


def test_a_ticket_that_has_ended_cannot_be_claimed(desk: Desk) -> None:
    ticket, other = opened(desk), opened(desk, urgency=Urgency.NORMAL)
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.take(ticket, "li"))
    moved(desk, ticket.number, "li", lambda ticket: lifecycle.resolve(ticket, "a", "b", "c"))
    moved(desk, other.number, "li", lambda _ticket: (events.MergedInto(ticket=ticket.number),))
    assert claim(desk, link(desk, ticket)).standing is Standing.ENDED
    assert claim(desk, link(desk, other)).standing is Standing.ENDED


@pytest.mark.parametrize("account", ["wang", "nobody"])
def test_who_may_not_take_tickets_may_not_claim_them(desk: Desk, account: str) -> None:
    ticket = opened(desk)
    assert claim(desk, link(desk, ticket, account)).standing is Standing.NOT_ALLOWED
    assert now(desk, ticket.number).owner is None


def test_an_account_that_was_disabled_since_may_not_claim(desk: Desk) -> None:
    ticket = opened(desk)
    written = link(desk, ticket)
    desk.store.writing(lambda connection: connection.execute(update(ACCOUNTS).values(disabled=True)))
    assert claim(desk, written).standing is Standing.NOT_ALLOWED


@pytest.mark.parametrize("round_", range(5))
def test_of_many_who_click_at_once_one_gets_the_ticket(desk: Desk, round_: int) -> None:
    del round_
    ticket = opened(desk)
    # Two phones of zhang, two of li: by the same link, and by links of their own.
    written = [
        link(desk, ticket, "zhang"),
        link(desk, ticket, "zhang"),
        link(desk, ticket, "li"),
        link(desk, ticket, "li", 60),
    ]
    start = threading.Barrier(len(written))

    def click(one: str) -> Claim:
        start.wait(10)
        return claim(desk, one)

    with ThreadPoolExecutor(len(written)) as pool:
        found = list(pool.map(click, written))
    owner = now(desk, ticket.number).owner
    with desk.store.read() as connection:
        takings = [each for each in log.load_log(connection, ticket.number) if isinstance(each.event, events.Taken)]
        used = connection.execute(select(USED_LINKS)).all()
    assert len(takings) == 1
    assert len(used) == 1
    assert {each.standing for each in found if each.account == owner} == {Standing.CLAIMED}
    assert {each.standing for each in found if each.account != owner} == {Standing.TAKEN}


def test_the_key_is_made_once_whoever_comes_first(store: Store) -> None:
    address = store.engine.url.render_as_string(hide_password=False)
    stores = [open_store(address.replace("+psycopg2", "").replace("+pysqlite", "")) for _ in range(4)]
    start = threading.Barrier(len(stores))

    def ask(one: Store) -> str:
        start.wait(10)
        return key(Desk(store=one))

    try:
        with ThreadPoolExecutor(len(stores)) as pool:
            keys = set(pool.map(ask, stores))
    finally:
        for one in stores:
            one.close()
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert key(Desk(store=store, notifying=Notifying(signing_key="ours"))) == "ours"


def test_the_link_in_a_message_is_one_that_works(desk: Desk, clock: Clock, services: Callable[[], Service]) -> None:
    hook = services()
    channels = (Channel(name="hook", kind=Kind.WEBHOOK, url=hook.url, people=("zhang", "wang")),)
    desk = dataclasses.replace(
        desk, notifying=dataclasses.replace(desk.notifying, channels=channels, claim_seconds=600)
    )
    ticket = opened(desk)
    deliver(desk)
    [claims] = [each["claims"] for each in hook.documents[0]["messages"]]
    # wang reports, and does not take.
    assert [each["account"] for each in claims] == ["zhang"]
    written = claims[0]["url"].removeprefix("https://t.example/claim/")
    assert "/" not in written
    clock.forward(seconds=599)
    assert claim(desk, written).standing is Standing.CLAIMED
    assert now(desk, ticket.number).owner == "zhang"
