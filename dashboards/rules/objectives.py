"""What the mall promises: the share of requests and payments that must be good. Change them here, or hand `files` your own."""

from dataclasses import dataclass

DAYS = 30
# The bounds of `tenfold_front_request_duration_seconds`: between them nothing is known.
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# The fastest burn that is watched is 14.4 times the budget; a budget beyond this share could never burn so fast.
LARGEST_BUDGET = 1 / 14.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One promise over 30 days.

    Attributes:
        good: The share that must be good.
        within: For a latency, the seconds within which an answer is good; one of `BOUNDS`.
        least_bad: With fewer bad events in the window, nobody is called: one failure in a quiet night is no outage.
        source: Why this figure.
    """

    good: float
    source: str
    within: float | None = None
    least_bad: int = 10

    def __post_init__(self) -> None:
        """Refuses what could never be judged.

        Raises:
            ValueError: The budget is empty or too large, or nothing is known at that latency.
        """
        if not 0 < 1 - self.good < LARGEST_BUDGET:
            raise ValueError(f"an objective lies above {1 - LARGEST_BUDGET:.4f} and below 1, not at {self.good}")
        if self.within is not None and self.within not in BOUNDS:
            raise ValueError(f"a latency objective is one of {BOUNDS}, not {self.within}")

    @property
    def budget(self) -> str:
        """The share that may be bad, as PromQL writes it."""
        return f"{1 - self.good:.6g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """All promises of a mall.

    Attributes:
        storefront: Requests of shoppers that end without a server error.
        storefront_latency: Requests of shoppers that are answered soon.
        checkout: The same for the pages from checkout to payment.
        checkout_latency: The same for their times.
        payments: Payments that succeed, for each channel.
    """

    storefront: Objective = Objective(good=0.999, source="43 minutes a month: a shop without an on-call team keeps it")
    storefront_latency: Objective = Objective(
        good=0.95, within=1.0, source="beyond a second shoppers' thought is interrupted (Nielsen, Response Times)"
    )
    checkout: Objective = Objective(
        good=0.998, source="each failure is an order at risk; payment providers promise 99.9"
    )
    checkout_latency: Objective = Objective(
        good=0.95, within=2.5, source="a checkout writes and asks a provider; past 2.5 s people press again"
    )
    payments: Objective = Objective(good=0.98, source="payment success that malls hold on a promotion's day")


DEFAULT = Objectives()
