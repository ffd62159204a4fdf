"""A seeded random walk over the journey graph: what one more shopper does, with the pauses in between."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from facts.traffic import Move, Session, TrafficModel, Visit
from loadtest.traffic.graph import END, ENTRY, passing
from loadtest.traffic.pauses import drawn
from loadtest.traffic.skew import rank

# Only a graph without a way out is longer; the longest session of a person that is read from a log is.
LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Pace:
    """One request of a walk.

    Attributes:
        endpoint: As the model names it.
        think_seconds: The pause before it; 0 for the first.
        subject: The rank of what is asked for, from 0 for the most popular; None where no subjects are known.
    """

    endpoint: str
    think_seconds: float
    subject: int | None


class Walks:
    """Random walks over one model's graph."""

    def __init__(self, model: TrafficModel, subjects: Mapping[str, int] | None = None) -> None:
        """Prepares the graph.

        Args:
            model: Of the mall's traffic.
            subjects: By endpoint, how many subjects there are to choose from.
        """
        self._gates = model.gates
        self._skews = model.subject_skew
        self._subjects = subjects or {}
        leaving: defaultdict[tuple[str, tuple[str, ...]], list[Move]] = defaultdict(list)
        for move in model.moves:
            leaving[move.source, move.after].append(move)
        self._leaving = {
            place: (tuple(accumulate(move.share for move in moves)), tuple(moves)) for place, moves in leaving.items()
        }

    def walk(self, dice: random.Random) -> Iterator[Pace]:
        """One shopper's requests from the entry to the end."""
        place: tuple[str, tuple[str, ...]] = (ENTRY, ())
        for _ in range(LONGEST):
            edges, moves = self._leaving.get(place, ((), ()))
            if not moves:
                return
            move = moves[min(bisect_right(edges, dice.random() * edges[-1]), len(moves) - 1)]
            if move.target == END:
                return
            count = self._subjects.get(move.target, 0)
            subject = rank(self._skews.get(move.target, 0.0), count, dice) if count else None
            yield Pace(move.target, drawn(move.think_seconds, dice) if move.source != ENTRY else 0.0, subject)
            place = (move.target, passing(move.target, place[1], self._gates))


def generated(model: TrafficModel, count: int, *, seed: int, per_second: float = 1.0) -> tuple[Session, ...]:
    """Sessions that walk through the model, for a comparison with the real ones; requests take no time in them.

    Args:
        model: Of the mall's traffic.
        count: Sessions to make.
        seed: The same seed gives the same sessions.
        per_second: Arrivals, as independent shoppers come.
    """
    walks = Walks(model)
    dice = random.Random(f"walks/{seed}")  # noqa: S311  (a shopper's dice)
    sessions: list[Session] = []
    arrival = 0.0
    while len(sessions) < count:
        arrival += dice.expovariate(per_second)
        at = arrival
        visits = []
        for pace in walks.walk(dice):
            at += pace.think_seconds
            visits.append(Visit(at=at, endpoint=pace.endpoint, subject="", seconds=None, received_bytes=0))
        sessions.append(Session(visits=tuple(visits)))
    return tuple(sessions)
