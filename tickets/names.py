"""The words of a ticket that are stored and sent: urgencies, states, clocks, roles, and its number. Shown to people through `pages`."""

import re
from enum import StrEnum

_NUMBER = re.compile(r"\s*(?:T-)?([1-9][0-9]{0,17})\s*", re.IGNORECASE)


class Urgency(StrEnum):
    """How soon it has to be dealt with; see `tickets.sla.tiers`."""

    URGENT = "urgent"
    IMPORTANT = "important"
    NORMAL = "normal"


class State(StrEnum):
    """Where a ticket stands. It is open until it is resolved; a merged ticket is closed."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


OPEN = (State.WAITING, State.IN_PROGRESS)


class ClockName(StrEnum):
    """What is promised for a ticket."""

    RESPONSE = "response"
    PLAN = "plan"
    FIX = "fix"


class Waiting(StrEnum):
    """For whom a paused ticket waits."""

    REPORTER = "reporter"
    THIRD_PARTY = "third_party"


class Cause(StrEnum):
    """Where a fault came from, by its class."""

    OWN_CODE = "own_code"
    THIRD_PARTY = "third_party"
    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    DATA = "data"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"


class Role(StrEnum):
    """What an account may do; each person's role includes those before it, a machine's is its own."""

    REPORTER = "reporter"
    ENGINEER = "engineer"
    LEAD = "lead"
    ADMIN = "admin"
    MACHINE = "machine"


class Outcome(StrEnum):
    """What became of an alert that arrived."""

    TICKETED = "ticketed"
    MERGED = "merged"
    SUPPRESSED = "suppressed"
    QUARANTINED = "quarantined"


def number_of(text: str) -> int | None:
    """The number of a ticket as people write it, `12` or `T-12`; None where it is something else."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else int(found[1])
