"""The protocol between the advisors and whatever can answer "what would the planner do if"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from facts.identifiers import qualified, quote
from facts.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """One key of an index: a column, or an expression's SQL text."""

    column: str = ""
    expression: str = ""
    descending: bool = False
    nulls_first: bool | None = None  # None: the default of the direction
    operator_class: str = ""

    @property
    def sql(self) -> str:
        """The key as it stands in CREATE INDEX."""
        parts = [f"({self.expression})" if self.expression else quote(self.column)]
        if self.operator_class:
            parts.append(self.operator_class)
        if self.descending:
            parts.append("DESC")
        if self.nulls_first is not None and self.nulls_first != self.descending:
            parts.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An index that does not exist yet."""

    schema: str
    table: str
    keys: tuple[KeyPart, ...]
    included: tuple[str, ...] = ()
    predicate: str = ""
    method: str = "btree"

    @property
    def subject(self) -> str:
        """`schema.table(key, key)` and what else makes it this index, as findings name it."""
        words = [f"{qualified(self.schema, self.table)}({', '.join(key.sql for key in self.keys)})"]
        words += [f"USING {self.method}"] if self.method != "btree" else []
        words += [f"INCLUDE ({', '.join(quote(column) for column in self.included)})"] if self.included else []
        words += [f"WHERE {self.predicate}"] if self.predicate else []
        return " ".join(words)

    def ddl(self, name: str, *, concurrently: bool = False, only: bool = False) -> str:
        """The CREATE INDEX statement, without a semicolon.

        Args:
            name: Of the index.
            concurrently: Without stopping writes.
            only: On a partitioned table itself, without its partitions.
        """
        words = ["CREATE INDEX", *(["CONCURRENTLY"] if concurrently else []), quote(name)]
        words += ["ON", *(["ONLY"] if only else []), qualified(self.schema, self.table)]
        words += [*([f"USING {self.method}"] if self.method != "btree" else [])]
        words.append(f"({', '.join(key.sql for key in self.keys)})")
        if self.included:
            words.append(f"INCLUDE ({', '.join(quote(column) for column in self.included)})")
        if self.predicate:
            words.append(f"WHERE {self.predicate}")
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNode:
    """One node of a plan, in depth-first order."""

    kind: str  # "Seq Scan", "Index Scan", …
    depth: int
    startup_cost: float
    total_cost: float
    rows: float
    width: int
    schema: str = ""
    relation: str = ""
    alias: str = ""
    index: str = ""  # name of an existing index; for a candidate the candidate's subject
    condition: str = ""  # index, hash or merge condition
    filter: str = ""
    sort_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a plan does by kind of work, all processes together: counted, or in the planner's units.

    Attributes:
        sequential_pages: Pages read one after the other, in units.
        visits: Pages of a table to which an index leads, counted each time.
        probes: Searches of an index, counted.
        scanning: Rows looked at, in units.
        joining, sorting, grouping: Rows joined, sorted, grouped, in units.
        other: Everything else: gathering, limiting, changing rows.
        processes: That share the work out among themselves, on average.
    """

    sequential_pages: float = 0.0
    visits: float = 0.0
    probes: float = 0.0
    scanning: float = 0.0
    joining: float = 0.0
    sorting: float = 0.0
    grouping: float = 0.0
    other: float = 0.0
    processes: float = 1.0

    @property
    def amounts(self) -> Mapping[str, float]:
        """By kind."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "processes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The planner's choice for one statement.

    Attributes:
        cost: Total cost in the planner's units: of the generic plan, which stands for the mean of all calls, or
            the mean over sampled values where the statement cannot be planned generically.
        worst_cost: The highest cost over the generic plan and the plans for sampled values.
        nodes: The nodes of the plan that `cost` is from (of the worst one, where it is a mean).
        variant: `generic`, or `values` sampled from the statistics.
        candidates: Those of the candidates asked about that the plan of any variant uses.
        work: What `cost` is made of; None where nobody has told it apart.
    """

    cost: float
    worst_cost: float
    nodes: tuple[PlanNode, ...]
    variant: str
    candidates: frozenset[Candidate] = field(default_factory=frozenset)
    work: Work | None = None

    @property
    def shape(self) -> str:
        """Node kinds with their relations and indexes, to compare two plans without their costs."""
        return " ".join(f"{node.depth}:{node.kind}:{node.alias or node.relation}:{node.index}" for node in self.nodes)


class UnplannableError(Exception):
    """A statement or candidate that the planner cannot judge.

    Attributes:
        reason: Why, in one sentence.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the sentence."""
        super().__init__(reason)
        self.reason = reason


class Planner(Protocol):
    """Answers what-if questions about one database without touching it."""

    @property
    def version_number(self) -> int:
        """The planner's own version, such as 180006; it may be newer than the mall's."""

    @property
    def gaps(self) -> tuple[Message, ...]:
        """What the planner had to leave out or imitate (extensions, collations, tables), one sentence each."""

    def plan(self, statement: str, candidates: Sequence[Candidate] = (), without: frozenset[str] = frozenset()) -> Plan:
        """Plans a normalized statement as if `candidates` existed beside the real indexes, and those in `without` did not.

        Args:
            statement: Its text.
            candidates: Indexes that do not exist.
            without: Subjects (`schema.index`) of indexes that do.

        Raises:
            UnplannableError: The text cannot be planned, with the reason.
        """

    def prepare(self, candidates: Iterable[Candidate]) -> None:
        """Makes ready to be asked about these, which is faster for all of them together than one by one."""

    def size_bytes(self, candidate: Candidate) -> int:
        """The size that the candidate would have when built.

        Raises:
            UnplannableError: The candidate cannot be created, with the reason.
        """
