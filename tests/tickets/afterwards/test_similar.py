"""Solved tickets that look like a new one."""

from tests.tickets.afterwards.telling import labels, opened, solved
from tickets.afterwards.similar import Similar, similar, subject
from tickets.desk import Desk
from tickets.names import Cause
from tickets.ticket import Ticket


def like(desk: Desk, ticket: Ticket, most: int = 5) -> list[Similar]:
    with desk.store.read() as connection:
        return similar(connection, subject(ticket), most)


def noise(desk: Desk) -> None:
    for name in ("磁盘空间不足", "HostOutOfMemory", "物流轨迹延迟", "佣金计算错误", "RedisEvictsKeys", "证书即将过期"):
        solved(desk, name, "see the runbook")


def test_the_same_alert_comes_first_with_what_solved_it(desk: Desk) -> None:
    noise(desk)
    old = solved(desk, "x", "switched the channel", "steps", "cautions", Cause.THIRD_PARTY, key="pay", area="payments")
    new = opened(desk, "PaymentChannelDown", key="pay", area="payments", previous=old.number)
    first = like(desk, new)[0]
    assert (first.number, first.same_alert, first.likeness) == (old.number, True, 1.0)
    assert (first.solution, first.cause) == ("switched the channel", Cause.THIRD_PARTY)


def test_chinese_titles_that_say_the_same_are_alike(desk: Desk) -> None:
    noise(desk)
    old = solved(desk, "支付宝支付渠道成功率下降", "切换备用渠道", area="payments")
    assert [each.number for each in like(desk, opened(desk, "微信支付渠道成功率下降", area="payments"))] == [old.number]


def test_labels_tell_the_likeness_and_where_the_alert_was_made_does_not(desk: Desk) -> None:
    old = solved(desk, "TooManyConnections", "raised the pool", labels=labels(database="orders", cluster="a"))
    other = solved(desk, "HostOutOfMemory", "x", labels=labels(cluster="a", severity="page", prometheus="p1"))
    found = [each.number for each in like(desk, opened(
        desk, "TooManyConnections", labels=labels(database="orders", cluster="a", severity="page", prometheus="p1")
    ))]  # fmt: skip
    assert found == [old.number]
    assert other.number not in found


def test_what_is_unlike_open_or_itself_is_no_answer(desk: Desk) -> None:
    noise(desk)
    opened(desk, "checkout is slow")
    assert like(desk, opened(desk, "checkout is slow")) == []
    over = solved(desk, "登录异常", "patched")
    assert like(desk, over) == []


def test_a_rare_word_says_more_than_a_common_one(desk: Desk) -> None:
    for number in range(20):
        solved(desk, f"alert on shard{number}x", "none")
    old = solved(desk, "alert on deduplicator", "restarted it")
    new = opened(desk, "alert on deduplicator")
    assert [each.number for each in like(desk, new, 1)] == [old.number]
    assert like(desk, new)[0].likeness == 1.0


def test_only_as_many_as_are_asked_for(desk: Desk) -> None:
    numbers = [solved(desk, "redis full", "x").number for _ in range(4)]
    assert [each.number for each in like(desk, opened(desk, "redis full"), 2)] == numbers[:1:-1]
