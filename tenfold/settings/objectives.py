"""`[objectives]`: what the mall promises its shoppers over 30 days, as the alerts on burn rates take it."""

from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tenfold.words import _

# As `dashboards.rules.objectives` has them; a test holds both equal, since a base installation has no dashboards' room to ask.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
SMALLEST_SHARE = 1 - 1 / 14.4


def _share(value: object) -> object:
    """`98%` or `0.98`."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(value.strip().removesuffix("%")) / 100
        except ValueError:
            return value
    return value


Share = Annotated[float, BeforeValidator(_share), Field(gt=SMALLEST_SHARE, lt=1)]


class ObjectivesSection(BaseModel):
    """`[objectives]`; what is not given keeps its default.

    Attributes:
        storefront: Share of shoppers' requests that end without a server error.
        storefront_fast: Share of shoppers' requests that are answered within `storefront_within` seconds.
        storefront_within: One of the histogram's bounds.
        checkout: As `storefront`, of the pages from checkout to payment.
        checkout_fast: As `storefront_fast`, of the same pages.
        checkout_within: One of the histogram's bounds.
        payments: Share of payments that succeed, for each channel.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    storefront: Share | None = None
    storefront_fast: Share | None = None
    storefront_within: float | None = None
    checkout: Share | None = None
    checkout_fast: Share | None = None
    checkout_within: float | None = None
    payments: Share | None = None

    @model_validator(mode="after")
    def _times_that_are_known(self) -> Self:
        for value in (self.storefront_within, self.checkout_within):
            if value is not None and value not in BOUNDS:
                raise ValueError(
                    _("a time is promised at one of {bounds} seconds, not at {value}").format(
                        bounds=", ".join(f"{bound:g}" for bound in BOUNDS), value=f"{value:g}"
                    )
                )
        return self
