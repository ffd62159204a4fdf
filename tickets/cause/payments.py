"""Payment channels: how many of the payments begun on each succeed, which orders are affected, and how much money is at stake.

A channel is `failing` from the moment at which even the upper end of what its sample allows is below `Thresholds.failing`, and it stays
so until its success is back above `Thresholds.well`: a channel that wavers in between keeps its state. A sample that is too small says
nothing.

Source: Wilson's score interval (Wilson 1927; recommended for small samples by Brown, Cai and DasGupta 2001) at 99 %, since each interval
is a new look at the same channel.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tickets.cause.values import number

_Z = 2.575829


class ChannelState(StrEnum):
    """How a channel does."""

    WELL = "well"
    FAILING = "failing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a channel changes its state.

    Attributes:
        failing: Success below this; malls promise 0.98 and more, and a wrong card or too little money cost some hundredths.
        well: Success above which a failing channel is well again.
        least: The smallest sample that says anything.
        window: So many of the newest payments are looked at together.
    """

    failing: float = 0.9
    well: float = 0.95
    least: int = 5
    window: int = 50


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel over the time that was read.

    Attributes:
        paid, failed: In the newest window.
        paid_before, failed_before: Before the newest change of state, or before the window.
        pending: Begun and not ended.
        since: When it began to fail (the start of the interval in which it was seen); None unless it fails.
    """

    name: str
    state: ChannelState
    paid: float
    failed: float
    paid_before: float
    failed_before: float
    pending: float
    since: str | None

    @property
    def success_ratio(self) -> float | None:
        """Of the payments that ended, in the window."""
        ended = self.paid + self.failed
        return self.paid / ended if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What it costs so far.

    Attributes:
        orders: Numbers of the orders affected, the newest first; as many as were read.
        more: There are more than were read.
        amount: Of those orders together, as the mall's own statement counts money; None when no amounts were read.
    """

    orders: tuple[str, ...]
    more: bool
    amount: float | None


def channels(intervals: Iterable[Mapping[str, Any]], thresholds: Thresholds = THRESHOLDS) -> tuple[Channel, ...]:
    """Every channel's state now.

    Args:
        intervals: Of any length, each with `channel`, `at` (ISO 8601), `paid`, `failed`, `pending`.
        thresholds: When a channel changes its state.
    """
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for each in intervals:
        by_name.setdefault(str(each.get("channel", "")), []).append(each)
    return tuple(
        _channel(name, sorted(found, key=lambda each: str(each.get("at", ""))), thresholds)
        for name, found in sorted(by_name.items())
    )


def impact(orders: Sequence[Mapping[str, Any]], *, more: bool = False) -> Impact:
    """Which orders are affected, each counted once, and what they are worth.

    Args:
        orders: Each with `order` and where it is known `amount`.
        more: The list was cut.
    """
    amounts: dict[str, float | None] = {}
    for each in orders:
        amounts.setdefault(str(each.get("order", "")), number(each.get("amount")))
    known = [amount for amount in amounts.values() if amount is not None]
    return Impact(orders=tuple(amounts), more=more, amount=sum(known) if known else None)


def wilson(paid: float, failed: float) -> tuple[float, float]:
    """The interval in which the true share of successes lies, at 99 %; from 0 to 1 without a sample."""
    count = paid + failed
    if count <= 0:
        return 0.0, 1.0
    share, square = paid / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _channel(name: str, intervals: Sequence[Mapping[str, Any]], thresholds: Thresholds) -> Channel:
    state, since = ChannelState.UNKNOWN, None
    window: list[tuple[str, float, float]] = []
    all_paid = all_failed = 0.0
    for each in intervals:
        at, paid, failed = str(each.get("at", "")), _count(each, "paid"), _count(each, "failed")
        all_paid, all_failed = all_paid + paid, all_failed + failed
        window.append((at, paid, failed))
        while len(window) > 1 and sum(one + other for _, one, other in window[1:]) >= thresholds.window:
            window.pop(0)
        state, since, window = _next(state, since, window, thresholds)
    paid, failed = _together(window)
    return Channel(
        name=name, state=state, paid=paid, failed=failed, paid_before=all_paid - paid, failed_before=all_failed - failed,
        pending=sum(_count(each, "pending") for each in intervals), since=since,
    )  # fmt: skip


def _next(
    state: ChannelState, since: str | None, window: list[tuple[str, float, float]], thresholds: Thresholds
) -> tuple[ChannelState, str | None, list[tuple[str, float, float]]]:
    """The state after an interval more. What went before the failure is dropped from the window, so that it does not thin it out."""
    for start in range(len(window)) if state is not ChannelState.FAILING else ():
        paid, failed = _together(window[start:])
        if paid + failed < thresholds.least:
            break
        if wilson(paid, failed)[1] < thresholds.failing:
            while start < len(window) - 1 and not window[start][2]:
                start += 1  # noqa: PLW2901  (the failure began with the first that failed)
            return ChannelState.FAILING, window[start][0], window[start:]
    if state is ChannelState.FAILING:
        for start in range(len(window) - 1, -1, -1):
            paid, failed = _together(window[start:])
            if paid + failed >= 2 * thresholds.least:
                if paid / (paid + failed) >= thresholds.well:
                    return ChannelState.WELL, None, window[start:]
                break
        return state, since, window
    paid, failed = _together(window)
    enough = paid + failed >= thresholds.least
    return (ChannelState.WELL if enough or state is ChannelState.WELL else state), None, window


def _together(window: Sequence[tuple[str, float, float]]) -> tuple[float, float]:
    return sum(paid for _, paid, _ in window), sum(failed for _, _, failed in window)


def _count(interval: Mapping[str, Any], name: str) -> float:
    return max(number(interval.get(name)) or 0.0, 0.0)
