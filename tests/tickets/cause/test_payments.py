"""Payment channels change their state by a minimum sample and with hysteresis; what is affected is counted once."""

import pytest

from tickets.cause.payments import ChannelState, channels, impact, wilson


def intervals(*counts: tuple[int, int], channel: str = "wechat") -> list[dict[str, object]]:
    return [
        {"channel": channel, "at": f"2026-11-11T00:{minute:02}:00+00:00", "paid": paid, "failed": failed, "pending": 1}
        for minute, (paid, failed) in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ([], None),
        ([(0, 0)], ChannelState.UNKNOWN),
        ([(0, 4)], ChannelState.UNKNOWN),  # too few, though all failed
        ([(0, 5)], ChannelState.FAILING),
        ([(2, 3)], ChannelState.FAILING),
        ([(3, 2)], ChannelState.WELL),  # may be chance
        ([(97, 3)], ChannelState.WELL),
        ([(80, 20)], ChannelState.FAILING),
        ([(85, 15)], ChannelState.WELL),  # not surely below 0.9
        ([(500, 5), (500, 5), (0, 6)], ChannelState.FAILING),  # a long good past does not hide it
        ([(0, 6), (9, 1), (8, 2)], ChannelState.FAILING),  # between the thresholds it stays what it was
        ([(0, 6), (9, 0)], ChannelState.FAILING),  # too few to be well again
        ([(0, 6), (10, 0)], ChannelState.WELL),
        ([(0, 6), (19, 1)], ChannelState.WELL),
        ([(0, 6), (10, 0), (1, 5)], ChannelState.FAILING),
    ],
)
def test_a_channel_s_state(counts: list[tuple[int, int]], state: ChannelState | None) -> None:
    found = channels(intervals(*counts))
    assert [each.state for each in found] == ([] if state is None else [state])


def test_it_says_since_when_it_fails_and_what_was_before() -> None:
    (found,) = channels(intervals((40, 0), (40, 1), (3, 0), (0, 3), (0, 4)))
    assert found.since == "2026-11-11T00:03:00+00:00"
    assert (found.paid, found.failed) == (0, 7)
    assert (found.paid_before, found.failed_before) == (83, 1)
    assert found.success_ratio == 0.0
    assert found.pending == 5


def test_channels_do_not_mix_and_strange_values_count_nothing() -> None:
    mixed: list[dict[str, object]] = [
        *intervals((0, 9)),
        *intervals((9, 0), channel="alipay"),
        {"channel": "x", "paid": "many", "failed": None},
        {},
    ]
    assert {each.name: each.state for each in channels(mixed)} == {
        "": ChannelState.UNKNOWN,
        "alipay": ChannelState.WELL,
        "wechat": ChannelState.FAILING,
        "x": ChannelState.UNKNOWN,
    }


def test_wilson_s_interval() -> None:
    # Worked out by hand: n = 10, p = 0.8, z = 2.5758.
    assert wilson(8, 2) == pytest.approx((0.4008, 0.9599), abs=0.0005)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(5, 0)[1] == pytest.approx(1.0)


def test_each_order_is_counted_once() -> None:
    orders = [{"order": 7, "amount": 1990}, {"order": 7, "amount": 1990}, {"order": 8, "amount": 10}, {"order": 9}]
    found = impact(orders, more=True)
    assert (found.orders, found.amount, found.more) == (("7", "8", "9"), 2000, True)
    assert impact([{"order": 1}]).amount is None
    assert impact([]).orders == ()
