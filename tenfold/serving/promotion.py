"""The promotion that the mall is getting ready for.

Source: `[promotion]` of the configuration.
Needed role and versions: none.
Consumed by: the Mall board's countdown and headroom.
Cost: none.
Caveats: a promotion without a beginning has only a multiplier.
"""

from collections.abc import Iterable

from collectors.serving.metric import Part, Reader, Sample, gauge, given
from facts.promotion import Promotion

STARTS = gauge("tenfold_promotion_start_timestamp_seconds", "When the promotion begins.", "promotion")
MULTIPLIER = gauge(
    "tenfold_promotion_multiplier", "Times the everyday peak that the promotion is to bring.", "promotion"
)
METRICS = (STARTS, MULTIPLIER)


def samples(promotion: Promotion) -> Iterable[Sample]:
    """Beginning and multiplier."""
    starts = promotion.starts.timestamp() if promotion.starts else None
    yield from given(STARTS, starts, promotion.name)
    yield MULTIPLIER.sample(promotion.multiplier, promotion.name)


def coming(promotion: Promotion) -> Part:
    """The part for the configured promotion."""

    def begin() -> Reader:
        return lambda _: samples(promotion)

    return Part(name="promotion", metrics=METRICS, begin=begin)
