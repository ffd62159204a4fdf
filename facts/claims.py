"""What a finding promises, as far as it can be measured."""

from dataclasses import dataclass

from facts.findings import QueryEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A finding as far as it can be measured: what to change, and what that was predicted to spare.

    Attributes:
        sql: The remedy's statements.
        queries: Those that were predicted to become cheaper; costs are the planner's.
        size_bytes: That the remedy's index was predicted to have.
    """

    code: str
    target: str
    subject: str
    sql: tuple[str, ...]
    queries: tuple[QueryEvidence, ...]
    size_bytes: int | None = None
