"""What the author of a mall's steps imports: which function asks for which endpoint of the mall's traffic.

    from loadtest.journey import Shopper
    from loadtest.traffic.steps import Steps

    steps = Steps()

    @steps.on("GET /p/{id}", subjects=["4711", "42", "7"])
    def product(shopper: Shopper, subject: str) -> None:
        shopper.get(f"/p/{subject}", name="GET /p/{id}")

With `traffic = "log"` each arrival walks through the graph of the mall's own access log by the shopper's own dice, pauses as real shoppers
do, and calls the function of each endpoint that it comes to, with a subject drawn by the model's popularity: the first subject is the most
popular. A page that is always the same (`GET /cart`) needs no function: it is asked for as the log has it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from facts.message import msg
from facts.quantities import percent
from facts.traffic import TrafficModel
from loadtest.journey import Journey, Shopper
from loadtest.traffic.model import TrafficError
from loadtest.traffic.walking import Pace, Walks

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

    def join(self, others: "Steps") -> None:
        """Takes over the functions of others.

        Raises:
            TrafficError: Both have one for the same endpoint.
        """
        for endpoint, step in others._steps.items():  # noqa: SLF001  (of the same class)
            if endpoint in self._steps:
                raise TrafficError(msg("there are two steps for {endpoint}", endpoint=endpoint))
            self._steps[endpoint] = step

    def missing(self, model: TrafficModel) -> dict[str, float]:
        """Endpoints of the model that nobody can ask for, with their share of its requests, the largest first."""
        found = {
            endpoint: share
            for endpoint, share in model.mix.items()
            if endpoint not in self._steps and not _always_the_same(endpoint)
        }
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def walking(self, name: str, model: TrafficModel, *, writes: bool = True) -> Journey:
        """The journey in which every shopper walks through the model.

        Endpoints without a function are passed over; the shopper thinks as long as if it had been there.

        Args:
            name: Under which its figures are kept.
            model: Of the mall's traffic.
            writes: Whether steps that change something are taken; else they are passed over too.

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
        plain = {endpoint: Step(_asking(endpoint)) for endpoint in model.mix if _always_the_same(endpoint)}
        steps = {
            endpoint: step
            for endpoint, step in {**plain, **self._steps}.items()
            if endpoint in model.mix and (writes or not step.writes)
        }
        walks = Walks(model, {endpoint: len(step.subjects) for endpoint, step in steps.items()})

        def walk(shopper: Shopper) -> None:
            # Dice of the walk's own, so that what a step draws does not change where the shopper goes.
            dice = random.Random(shopper.dice.getrandbits(64))  # noqa: S311  (a shopper's dice)
            for pace in walks.walk(dice):
                if pace.think_seconds > 0:
                    shopper.think(pace.think_seconds)
                step = steps.get(pace.endpoint)
                if step is not None:
                    step.act(shopper, _subject(step, pace, hot=shopper.hot))

        acts = tuple(step.act for step in steps.values())
        return Journey(name, walk, writes=any(step.writes for step in steps.values()), parts=acts)


def _subject(step: Step, pace: Pace, *, hot: bool) -> str:
    if pace.subject is None:
        return ""
    return step.subjects[0 if hot else pace.subject]


def _always_the_same(endpoint: str) -> bool:
    """Whether the endpoint's name is all that has to be known to ask for it."""
    return endpoint.startswith("GET /") and not {"{", "?"} & set(endpoint)


def _asking(endpoint: str) -> Act:
    def ask(shopper: Shopper, _subject: str) -> None:
        shopper.get(endpoint.removeprefix("GET "), name=endpoint, follow=False)

    return ask
