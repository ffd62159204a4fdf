"""How close generated traffic comes to the real one: one figure from 0 to 1, and its parts.

- `mix`: 1 - D over shares of requests by endpoint, where D is the Jensen-Shannon distance with logarithms to base 2: the root of
  H((p + q) / 2) - (H(p) + H(q)) / 2, a metric from 0 (equal) to 1 (nothing in common).
- `transitions`: the same over the arrows of the journey graph, entries and ends included.
- `pauses`: 1 - the Kolmogorov-Smirnov distance of think times before an endpoint, averaged with the endpoints' real shares.
- `burstiness`: the smaller index of dispersion of arrivals over the larger.
- The figure: the geometric mean of the parts that are known, so that one bad part is not hidden by good ones.

Source: Lin, Divergence Measures Based on the Shannon Entropy (IEEE Trans. Inf. Theory 37, 1991); that its root is a metric: Endres
    and Schindelin (IEEE Trans. Inf. Theory 49, 2003); Massey, The Kolmogorov-Smirnov Test for Goodness of Fit (JASA 46, 1951).
Caveats: few sessions differ by chance: two samples of 1,000 requests over 15 endpoints from one and the same mall are at about 0.93 in
    `mix`.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import TypeVar

from facts.rounds import Figures
from facts.traffic import Session, TrafficModel
from loadtest.traffic.graph import arrows
from loadtest.traffic.pauses import pauses

Kind = TypeVar("Kind", bound=Hashable)

# Endpoints with fewer pauses on either side are compared together.
PAUSES_AT_LEAST = 20
_OTHERS = ""
_PLACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Fidelity:
    """The parts, each 0 to 1; None for what is not known."""

    mix: float
    transitions: float | None = None
    pauses: float | None = None
    burstiness: float | None = None

    @property
    def score(self) -> float:
        """The one figure."""
        known = [part for part in astuple(self) if part is not None]
        return math.exp(sum(map(math.log, known)) / len(known)) if min(known) > 0 else 0.0


def of_sessions(
    real: Sequence[Session], made: Sequence[Session], *, burstiness: tuple[float, float] | None = None
) -> Fidelity:
    """How close generated sessions come to real ones.

    Args:
        real: From the mall's log.
        made: Generated, or read from the mall's log while a round ran.
        burstiness: Variance over mean of arrivals a second, real and generated.
    """
    return Fidelity(
        mix=1 - distance(_requests(real), _requests(made)),
        transitions=1 - distance(_transitions(real), _transitions(made)),
        pauses=_alike(_pauses(real), _pauses(made)),
        burstiness=min(burstiness) / max(burstiness) if burstiness and max(burstiness) > 0 else None,
    )


def of_round(model: TrafficModel, endpoints: Iterable[Figures]) -> Fidelity:
    """How close the requests of a round come to the mall's real mix; of a round's records nothing else is known.

    A round names requests by method and path alone, so queries are left out on both sides, and every variable place counts as equal.

    Args:
        model: Of the mall's traffic.
        endpoints: Of the round's recording.
    """
    real: defaultdict[str, float] = defaultdict(float)
    for endpoint, share in model.mix.items():
        real[_plain(endpoint)] += share
    made: Counter[str] = Counter()
    for figures in endpoints:
        made[_plain(figures.name)] += figures.scheduled
    return Fidelity(mix=1 - distance(real, made))


def distance(one: Mapping[Kind, float], other: Mapping[Kind, float]) -> float:
    """The Jensen-Shannon distance of two distributions, 0 to 1; 1 when one of them is empty.

    Args:
        one: Counts or shares.
        other: The same, of any other total.
    """
    totals = sum(one.values()), sum(other.values())
    if min(totals) <= 0:
        return 1.0
    divergence = 0.0
    for kind in one.keys() | other.keys():
        first, second = one.get(kind, 0) / totals[0], other.get(kind, 0) / totals[1]
        middle = (first + second) / 2
        divergence += sum(share * math.log2(share / middle) / 2 for share in (first, second) if share > 0)
    return math.sqrt(min(max(divergence, 0.0), 1.0))


def _plain(endpoint: str) -> str:
    return _PLACE.sub("{}", endpoint.partition("?")[0])


def _requests(sessions: Iterable[Session]) -> Counter[str]:
    return Counter(visit.endpoint for session in sessions for visit in session.visits)


def _transitions(sessions: Iterable[Session]) -> Counter[tuple[str, str]]:
    return Counter((source, target) for session in sessions for source, target, _ in arrows(session, ()))


def _pauses(sessions: Iterable[Session]) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for session in sessions:
        for _, target, pause in pauses(session):
            found[target].append(pause)
    return found


def _alike(real: Mapping[str, list[float]], made: Mapping[str, list[float]]) -> float | None:
    """1 less the mean distance of pauses before each endpoint, by the real one's share; None when there are none to compare."""
    enough = {each for each, values in real.items() if min(len(values), len(made.get(each, ()))) >= PAUSES_AT_LEAST}
    groups: defaultdict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for place, pauses_by_endpoint in enumerate((real, made)):
        for endpoint, values in pauses_by_endpoint.items():
            groups[endpoint if endpoint in enough else _OTHERS][place].extend(values)
    compared = [(len(first), _apart(first, second)) for first, second in groups.values() if first and second]
    total = sum(count for count, _ in compared)
    return 1 - sum(count * apart for count, apart in compared) / total if total else None


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    """The Kolmogorov-Smirnov distance: the largest gap between the shares that lie at or below a value."""
    marks = sorted([*((value, 1 / len(one)) for value in one), *((value, -1 / len(other)) for value in other)])
    gap = largest = 0.0
    for (value, step), (following, _) in pairwise([*marks, (math.inf, 0.0)]):
        gap += step
        if following > value:
            largest = max(largest, abs(gap))
    return largest
