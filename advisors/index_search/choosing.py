"""The best set of indexes under what is known of every statement: a mixed-integer program, solved by HiGHS.

Each index is chosen or not; each statement takes the cheapest of its options that the choice allows. The formulation is that of CoPhy
(Dash, Polyzotis and Ailamaki, "CoPhy: A Scalable, Portable, and Interactive Index Advisor for Large Workloads", PVLDB 4, 2011), with
options that exclude an index besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from advisors.index_search.plans import Set
from advisors.index_search.tree import Option
from facts.planner import Candidate

MEBIBYTE = 2**20
# Relative to the cost of the best set, within which a solution counts as the best.
TOLERANCE = 1e-4
# Of two options that look the same, the one that is known is taken: the other would have to be asked for.
NUDGE = 2 * TOLERANCE
CHOSEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the chosen indexes may be together.

    Attributes:
        bytes: None for no limit.
        indexes: How many.
        seconds: How long one program may be worked on.
    """

    bytes: int | None
    indexes: int
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A solution.

    Attributes:
        indexes: The set.
        bound: No set costs less than this.
    """

    indexes: Set
    bound: float


@dataclass(slots=True)
class _Rows:
    """Constraints as the three lists of a sparse matrix."""

    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Sequence[tuple[int, float]], low: float, high: float) -> None:
        self.row += [len(self.low)] * len(terms)
        self.column += [column for column, _ in terms]
        self.value += [value for _, value in terms]
        self.low.append(low)
        self.high.append(high)


def choose(
    statements: Sequence[tuple[float, Sequence[Option]]],
    upkeep: Mapping[Candidate, float],
    sizes: Mapping[Candidate, int],
    limits: Limits,
) -> Chosen:
    """The cheapest set.

    Args:
        statements: Each one's weight, and its options.
        upkeep: Of each index, in the unit of the weights.
        sizes: Of each index when built, in bytes.
        limits: What they may be together.
    """
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
    from scipy.sparse import coo_array  # type: ignore[import-untyped]

    named = {index for _, options in statements for each in options for index in each.needs | each.lacks}
    number = {index: place for place, index in enumerate(sorted(named, key=lambda each: each.subject))}
    costs = [upkeep[index] for index in number]
    rows = _Rows()
    rows.add([(place, 1.0) for place in number.values()], 0.0, float(limits.indexes))
    if limits.bytes is not None:
        rows.add([(place, sizes[index] / MEBIBYTE) for index, place in number.items()], 0.0, limits.bytes / MEBIBYTE)
    for weight, options in statements:
        first = len(costs)
        for option in options:
            this = (len(costs), 1.0)
            for index in option.needs:
                rows.add([this, (number[index], -1.0)], -np.inf, 0.0)
            for index in option.lacks:
                rows.add([this, (number[index], 1.0)], -np.inf, 1.0)
            costs.append(weight * option.cost * (1 + NUDGE if option.is_open else 1))
        rows.add([(place, 1.0) for place in range(first, len(costs))], 1.0, 1.0)
    if not number:
        return Chosen(frozenset(), sum(weight for weight, _ in statements))
    whole = max(sum(weight for weight, _ in statements), 1e-12)
    # Once indexes are fixed each statement takes its cheapest option whole, so only the indexes have to be integers.
    integral = np.zeros(len(costs))
    integral[: len(number)] = 1
    matrix = coo_array((rows.value, (rows.row, rows.column)), shape=(len(rows.low), len(costs))).tocsr()
    found = milp(
        np.array(costs) / whole,
        integrality=integral,
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, rows.low, rows.high),
        options={"time_limit": limits.seconds, "mip_rel_gap": TOLERANCE},
    )
    if found.x is None:
        return Chosen(frozenset(), 0.0)
    bound = found.mip_dual_bound if found.mip_dual_bound is not None else found.fun
    indexes = frozenset(index for index, place in number.items() if found.x[place] > CHOSEN)
    return Chosen(indexes, bound / (1 + NUDGE) * whole)
