"""Search over tickets, the same on both stores."""

import pytest
from sqlalchemy import text as sql

from tests.tickets.afterwards.telling import happens, labels, moves, opened, solved
from tickets import events, lifecycle
from tickets.afterwards.search import matching, reindex
from tickets.desk import Desk
from tickets.names import State
from tickets.store.migrating import upgrade
from tickets.store.tables import TICKETS


def found(desk: Desk, text: str, most: int = 10) -> list[int]:
    with desk.store.read() as connection:
        return matching(connection, text, most)


def test_chinese_is_found_by_any_part_of_it(desk: Desk) -> None:
    first = opened(desk, "微信支付渠道失败率升高").number
    second = opened(desk, "库存扣减为负数").number
    for asked in ("支付", "支付渠道失败", "失败率", "高", "微信 升高"):
        assert found(desk, asked) == [first], asked
    assert found(desk, "库存") == [second]
    assert found(desk, "渠支") == []
    assert found(desk, "支付 库存") == []


def test_latin_words_are_found_by_their_beginning_in_any_case(desk: Desk) -> None:
    ticket = opened(desk, "PaymentChannelDown", summary="orders.user_id has no index").number
    for asked in ("paymentchannel", "USER_ID", "index ord", "Ｏｒｄｅｒｓ"):
        assert found(desk, asked) == [ticket], asked
    assert found(desk, "channeldown") == []


def test_what_has_it_in_the_title_comes_first_then_the_newest(desk: Desk) -> None:
    titled = opened(desk, "redis is full").number
    older = opened(desk, "cache", summary="redis").number
    newer = opened(desk, "memory", summary="redis evicts").number
    assert found(desk, "redis") == [titled, newer, older]
    assert found(desk, "redis", 2) == [titled, newer]
    assert found(desk, "redis", 0) == []


def test_everything_that_people_write_is_found_but_what_is_internal(desk: Desk) -> None:
    ticket = opened(
        desk, "slow", labels=labels(instance="db-7"), area="payments", further=(
            events.Fired(fingerprint="a", name="SlowCheckout", labels={"journey": "guest"}),
        ),
    )  # fmt: skip
    ticket = moves(
        desk,
        ticket,
        lambda it: lifecycle.take(it, "li"),
        lambda it: lifecycle.plan(it, "回滚发布"),
        lambda it: lifecycle.comment(it, "the gateway answered 504"),
        lambda it: lifecycle.comment(it, "customer zhangsan complains", internal=True),
        lambda it: lifecycle.resolve(it, "restarted pgbouncer", "drained it first", "mind the pool"),
    )
    for asked in ("slowcheckout", "guest", "回滚", "504", "pgbouncer", "drained", "pool", "payments", "db 7"):
        assert found(desk, asked) == [ticket.number], asked
    assert found(desk, "zhangsan") == []


def test_a_ticket_is_found_by_its_number(desk: Desk) -> None:
    ticket = opened(desk, "one")
    assert found(desk, f" t-{ticket.number} ") == [ticket.number]
    assert found(desk, "T-999999999999999") == []


def test_words_that_are_replaced_are_gone(desk: Desk) -> None:
    ticket = moves(desk, opened(desk, "x"), lambda it: lifecycle.take(it, "li"), lambda it: lifecycle.plan(it, "alpha"))
    moves(desk, ticket, lambda it: lifecycle.plan(it, "beta"))
    assert (found(desk, "alpha"), found(desk, "beta")) == ([], [ticket.number])


def test_a_condition_narrows_before_the_limit_does(desk: Desk) -> None:
    mine = opened(desk, "redis", reporter="wang").number
    for _ in range(5):
        opened(desk, "redis", reporter="zhao")
    over = solved(desk, "redis", "restarted").number
    with desk.store.read() as connection:
        assert matching(connection, "redis", 1, TICKETS.c.reporter == "wang") == [mine]
        assert matching(connection, "redis", 5, TICKETS.c.state == State.RESOLVED) == [over]
        assert matching(connection, f"T-{over}", 5, TICKETS.c.reporter == "wang") == []


@pytest.mark.parametrize(
    "hostile", ["'", '"', "a' OR '1'='1", '" OR "', "title:", "NEAR(a b)", "-", "*", "\\", "a & | !", "\0", "\ud800", "支付'*:A"]
)  # fmt: skip
def test_no_text_breaks_a_question(desk: Desk, hostile: str) -> None:
    opened(desk, "quiet")
    assert found(desk, hostile) == []


def test_no_text_breaks_a_ticket(desk: Desk) -> None:
    ticket = opened(desk, "'; DROP TABLE search; --", summary='"*) \\ \U0001f4a5 ' + "x" * 10_000 + " 支付" * 3_000)
    happens(desk, ticket, events.Commented(text="' || ':A"))
    assert found(desk, "drop table") == [ticket.number]


def test_tickets_that_were_written_past_the_followers_can_be_found_afterwards(desk: Desk) -> None:
    ticket = opened(desk, "lost words")
    with desk.store.write() as connection:
        connection.execute(sql("DELETE FROM search"))
    assert found(desk, "lost") == []
    with desk.store.write() as connection:
        reindex(connection, [ticket.number])
    assert found(desk, "lost") == [ticket.number]


def test_opening_a_second_time_changes_nothing(desk: Desk) -> None:
    ticket = opened(desk, "kept words")
    upgrade(desk.store.engine)
    assert found(desk, "kept") == [ticket.number]
