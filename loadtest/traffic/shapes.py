"""How a promotion's arrivals rise and fall, as stretches of constant rate.

All of them are scaled by more sessions: rates are multiples of the everyday peak, and nothing here touches what a session does or how long
it thinks. The highest rate is the everyday peak times the multiplier, exactly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loadtest.plan import Segment

STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a shape is scaled to.

    Attributes:
        everyday: Sessions a second at the everyday peak.
        multiplier: How many times as many the promotion brings.
    """

    everyday: float
    multiplier: float

    def __post_init__(self) -> None:
        """Refuses what is no rate.

        Raises:
            ValueError: One of them is not above 0.
        """
        if not (self.everyday > 0 and self.multiplier > 0 and math.isfinite(self.everyday * self.multiplier)):
            raise ValueError("a shape needs an everyday peak and a multiplier above 0")

    @property
    def highest(self) -> float:
        """Sessions a second at the promotion's peak."""
        return self.everyday * self.multiplier


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashSale:
    """A sale of one product.

    Attributes:
        segments: Arrival rates.
        hot_share: Share of shoppers who want that product, whatever the popularity of the others; for `Steps.journey`.
    """

    segments: tuple[Segment, ...]
    hot_share: float


def plateau(scale: Scale, *, rise: float, hold: float) -> tuple[Segment, ...]:
    """A rise in even steps from the everyday peak, and then the highest rate.

    Args:
        scale: Everyday peak and multiplier.
        rise: Seconds of the rise; 0 for none.
        hold: Seconds of the plateau.
    """
    rates = [scale.everyday + (scale.highest - scale.everyday) * (step + 0.5) / STEPS for step in range(STEPS)]
    return (*_even(rise, rates), *_even(hold, [scale.highest]))


def decay(scale: Scale, *, seconds: float, half_life: float) -> tuple[Segment, ...]:
    """From the highest rate down towards the everyday peak: what is above it halves every `half_life` seconds."""

    def rate(step: int) -> float:
        return scale.everyday + (scale.highest - scale.everyday) * math.exp2(-step * seconds / STEPS / half_life)

    return _even(seconds, [rate(step) for step in range(STEPS)])


def countdown(
    scale: Scale, *, gather: float, spike: float, settle: float, waiting_share: float = 0.5
) -> tuple[Segment, ...]:
    """The minutes before 00:00, the spike at it, and what follows.

    Shoppers gather, more and more of them the nearer the moment, up to `waiting_share` of the highest rate. At 00:00 it jumps to the
    highest from one second to the next: no ramp, since a ramp would let caches, pools and autoscaling prepare. Then it settles to
    twice the everyday peak.

    Args:
        scale: Everyday peak and multiplier.
        gather: Seconds before 00:00.
        spike: Seconds at the highest rate.
        settle: Seconds afterwards.
        waiting_share: 0 to 1.
    """
    lifted = max(scale.everyday, waiting_share * scale.highest)
    ratio = lifted / scale.everyday
    gathering = [scale.everyday * ratio ** ((step + 1) / STEPS) for step in range(STEPS)]
    rest = min(2 * scale.everyday, scale.highest)
    # Five half-lives bring what is above the rest down to a thirtieth of it.
    settling = [rest + (scale.highest - rest) * 0.5 ** (5 * (step + 1) / STEPS) for step in range(STEPS)]
    return (*_even(gather, gathering), *_even(spike, [scale.highest]), *_even(settle, settling))


def flash_sale(scale: Scale, *, before: float, rush: float, after: float, hot_share: float = 0.8) -> FlashSale:
    """One product at a fixed moment: everyday before it, the rush, and a quick decay when it is sold out.

    Args:
        scale: Everyday peak and multiplier.
        before: Seconds of everyday traffic.
        rush: Seconds at the highest rate.
        after: Seconds of decay, its half-life a tenth of them.
        hot_share: Share of shoppers who want that one product, 0 to 1.
    """
    fall = decay(scale, seconds=after, half_life=after / 10)[1:] if after > 0 else ()
    return FlashSale(
        segments=(*_even(before, [scale.everyday]), *_even(rush, [scale.highest]), *fall), hot_share=hot_share
    )


def _even(seconds: float, rates: Sequence[float]) -> tuple[Segment, ...]:
    if seconds <= 0:
        return ()
    return tuple(Segment(seconds=seconds / len(rates), per_second=rate) for rate in rates)
