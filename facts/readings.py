"""How the reading of one subject ended."""

from dataclasses import dataclass
from enum import StrEnum

from facts.message import Message


class Status(StrEnum):
    """The ways in which a collector's work can end; exactly one holds."""

    OK = "ok"
    EMPTY = "empty"  # asked and answered: there is nothing
    FORBIDDEN = "forbidden"  # the role may not read it
    UNSUPPORTED = "unsupported"  # this server or version does not have it
    FAILED = "failed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The record that one collector leaves, whether it brought facts or not.

    Attributes:
        collector: The collector's name, for example `postgres_statements`.
        status: How it ended.
        detail: What happened, in one sentence; None when all is well.
        remedy: The command or statement that mends it; None when there is none.
        seconds: Wall time that it took.
        partial: Subjects that were left out though the whole succeeded (a locked table), with the reason.
    """

    collector: str
    status: Status
    detail: Message | None = None
    remedy: Message | None = None
    seconds: float = 0.0
    partial: tuple["Omission", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """One subject that was not read or not judged, why, and what would mend it."""

    subject: str
    reason: Message
    remedy: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One server or site that the audit was pointed at, and whether it answered.

    Attributes:
        name: The name in the configuration.
        kind: `postgres`, `redis`, `host` or `http`.
        status: `ok`, or why nothing or not everything could be read.
        detail: What happened, in one sentence, without secrets.
        remedy: The command that mends it.
        unreachable: True when it could not be reached or refused us altogether (exit code 3).
    """

    name: str
    kind: str
    status: Status
    detail: Message | None = None
    remedy: Message | None = None
    unreachable: bool = False
