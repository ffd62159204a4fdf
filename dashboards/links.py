"""Where panels lead: to the board that shows the cause, to the page of the rule that explains it."""

from dashboards.board import Link
from facts.message import msg

MALL = Link(msg("Mall"), board="mall")
POSTGRES = Link(msg("PostgreSQL"), board="postgres")
STATEMENTS = Link(msg("Statements and waits"), board="statements")
REDIS = Link(msg("Redis"), board="redis")
HOSTS = Link(msg("Hosts"), board="hosts")
REHEARSAL = Link(msg("Rehearsal"), board="rehearsal")
FINDINGS = Link(msg("Findings"), board="findings")


def rule(code: str) -> Link:
    """The manual page of a rule."""
    return Link(msg("Rule {code}", code=code), page=f"rules/{code}.md")
