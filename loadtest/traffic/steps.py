"""What the author of a mall's steps imports: which function asks for which endpoint of the traffic model.

    from pathlib import Path

    from loadtest.journey import Shopper
    from loadtest.traffic.model import read_model
    from loadtest.traffic.steps import Steps

    steps = Steps()

    @steps.on("GET /p/{id}", subjects=["4711", "42", "7"])
    def product(shopper: Shopper, subject: str) -> None:
        shopper.get(f"/p/{subject}", name="GET /p/{id}")

    shoppers = steps.journey("shoppers", read_model(Path("traffic.json")))

Each arrival of the journey walks through the model's graph by the shopper's own dice, pauses as real shoppers do, and calls the function of
each endpoint that it comes to, with a subject drawn by the model's popularity: the first subject is the most popular.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facts.message import msg
from facts.quantities import percent
from facts.traffic import TrafficModel
from loadtest.journey import Shopper, Walk, journey
from loadtest.traffic.model import TrafficError
from loadtest.traffic.walking import Walks

Act = Callable[[Shopper, str], None]
"""Asks for one endpoint; the second argument is the subject, "" where the endpoint has none."""

# Below this, what the rehearsal leaves out may be what would have broken the mall.
COVERED_AT_LEAST = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """One endpoint's function.

    Attributes:
        subjects: The most popular first; product numbers, search words.
        writes: Whether it changes something at the mall.
    """

    act: Act
    subjects: tuple[str, ...] = ()
    writes: bool = False


class Steps:
    """The functions of a mall, by endpoint."""

    def __init__(self) -> None:
        """Knows no endpoint yet."""
        self._steps: dict[str, Step] = {}

    def on(self, endpoint: str, *, subjects: Sequence[str] = (), writes: bool = False) -> Callable[[Act], Act]:
        """Marks the function that asks for an endpoint.

        Args:
            endpoint: As the model names it: `GET /p/{id}`.
            subjects: What it can be asked for, the most popular first.
            writes: Whether it changes something at the mall.

        Raises:
            ValueError: There is one for this endpoint.
        """
        if endpoint in self._steps:
            raise ValueError(f"there are two steps for {endpoint}")

        def mark(act: Act) -> Act:
            self._steps[endpoint] = Step(act, tuple(subjects), writes)
            return act

        return mark

    def missing(self, model: TrafficModel) -> dict[str, float]:
        """Endpoints of the model without a function, with their share of its requests, the largest first."""
        found = {endpoint: share for endpoint, share in model.mix.items() if endpoint not in self._steps}
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def journey(self, name: str, model: TrafficModel, *, weight: float = 1.0, hot_share: float = 0.0) -> Walk:
        """A journey in which every shopper walks through the model.

        Endpoints without a function are passed over; the shopper thinks as long as if it had been there.

        Args:
            name: Under which its figures are kept.
            model: Of the mall's traffic.
            weight: Its share of arrivals, against other journeys.
            hot_share: In a flash sale, the share of shoppers for whom every subject is the most popular one.

        Raises:
            TrafficError: The functions cover less than 90 % of the mall's requests.
        """
        missing = self.missing(model)
        if 1 - sum(missing.values()) < COVERED_AT_LEAST:
            said = msg(
                "the steps cover {share} of the mall's requests; the largest without a function: {endpoints}",
                share=percent(1 - sum(missing.values())),
                endpoints=", ".join(list(missing)[:5]),
            )
            raise TrafficError(said)
        steps = dict(self._steps)
        walks = Walks(model, {endpoint: len(step.subjects) for endpoint, step in steps.items()})

        @journey(name, weight, writes=any(step.writes for endpoint, step in steps.items() if endpoint in model.mix))
        def walk(shopper: Shopper) -> None:
            # Dice of the walk's own, so that what a step draws does not change where the shopper goes.
            dice = random.Random(shopper.dice.getrandbits(64))  # noqa: S311  (a shopper's dice)
            hot = dice.random() < hot_share
            for pace in walks.walk(dice):
                if pace.think_seconds > 0:
                    shopper.think(pace.think_seconds)
                step = steps.get(pace.endpoint)
                if step is not None:
                    subject = "" if pace.subject is None else step.subjects[0 if hot else pace.subject]
                    step.act(shopper, subject)

        return walk
