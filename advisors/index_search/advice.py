"""What a search for indexes is asked for, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from advisors.index_search.plans import Plans, Set
from advisors.index_search.pricing import Prices
from advisors.index_search.upkeep import Write
from advisors.workload import Family
from facts.message import Message
from facts.planner import Candidate, Plan


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an index is worth proposing.

    Attributes:
        small_pages: Tables of fewer pages are read whole as fast as through an index (64 pages are 512 kB, one read-ahead).
        min_gain_cores: An index that saves less at the multiplier is not worth its upkeep.
        min_cost_ratio: A statement's cost must fall at least this far; smaller differences are within the planner's error
            (median 1 to 3 %, 90th percentile 8 %).
        entry_seconds: One more entry in a btree for one changed row, with its WAL record: 2 to 5 microseconds
            (`python -m benchmarks.index_upkeep`).
        page_seconds: The first entry on a page after a checkpoint: the page goes into the WAL as a whole, 8 kB at some 300 MB a second.
            Where the WAL lies on a slow disk, which nobody tells us, it is ten times that and more.
        near_best: A smaller index that saves at least this share of the best one's gain is as good as it.
        slower: A statement that is foretold to take this many times as long is counted as a loss; smaller differences are within errors.
        worst_case_slack: Of those, one whose worst case costs more than this many times the best worst case is left out.
    """

    small_pages: int = 64
    min_gain_cores: float = 0.01
    min_cost_ratio: float = 0.7
    entry_seconds: float = 3e-6
    page_seconds: float = 25e-6
    near_best: float = 0.95
    slower: float = 1.1
    worst_case_slack: float = 1.1


@dataclass(frozen=True, slots=True)
class Weighed:
    """A family with its plans, in the search.

    Attributes:
        share: A plan's share of what it takes without new indexes.
        reaches: Whether it may take an index that was made for another statement.
    """

    family: Family
    plans: Plans
    share: Callable[[Plan], float]
    reaches: Callable[[Candidate], bool] = lambda _: False

    @property
    def weight(self) -> float:
        """Cores at the multiplier, without new indexes."""
        return self.family.cores_at_multiplier

    def cost(self, chosen: Set) -> float:
        """Cores at the multiplier, with these."""
        return self.weight * self.share(self.plans.under(chosen))


@dataclass(frozen=True, slots=True)
class Helped:
    """A family whose plan uses a proposed index: its plan without new indexes, and with all that are proposed.

    Attributes:
        kept: The share of its time that is left.
    """

    family: Family
    before: Plan
    after: Plan
    kept: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One proposed index and what it is worth.

    Attributes:
        gain: Cores saved at the multiplier, before its write cost; what several indexes save together is shared among them.
        write_cost: Cores that maintaining it takes at the multiplier.
        size_bytes: When built.
        writes: To its table.
        helped: The families whose plans use it and get faster.
        slowed: Those that get slower.
        rejected: Weighed in its place and not chosen, with the gain each would have had for the same statements.
    """

    candidate: Candidate
    gain: float
    write_cost: float
    size_bytes: int
    helped: tuple[Helped, ...]
    slowed: tuple[Helped, ...] = ()
    writes: tuple[Write, ...] = ()
    rejected: tuple[tuple[Candidate, float], ...] = ()


@dataclass(slots=True)
class Advice:
    """The outcome of a search.

    Attributes:
        choices: In the order of their gain.
        unplannable: Families that could not be looked at, or not wholly, with the reason.
        quiet: Tables for which nothing is proposed, with the reason word.
        served: Candidates that an existing index serves already, by their subject, with that index's.
        ended: Whether it was ended early.
        prices: What the server's time goes by; None where too little was observed, and cost stands for time.
        distance: By what share of its cost the chosen set could be worse than the best one for the statements that were looked at, at most.
    """

    choices: list[Choice] = field(default_factory=list)
    unplannable: list[tuple[Family, Message]] = field(default_factory=list)
    quiet: dict[int, str] = field(default_factory=dict)
    served: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    prices: Prices | None = None
    distance: float = 0.0
