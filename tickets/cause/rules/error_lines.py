"""What the programs themselves write into their logs.

What it shows: an error's own words often name its class: a privilege that is missing, a time limit, no connection left, no room left, a
name that the code asks for and the schema does not have. A primary key that is given out twice is a sequence that lies behind its
table, as an import leaves it.
Source: PostgreSQL's manual, "Error Codes" (classes 22, 23, 25, 28, 40, 42, 53, 57) and "CREATE ROLE"; Redis' error prefixes.
"""

import re
from collections.abc import Iterator

from facts.message import msg
from tickets.cause.answer import Vote
from tickets.cause.rules import settings
from tickets.cause.seen import Seen
from tickets.cause.values import number, records
from tickets.names import Cause

LEAST_LINES = 3
_KINDS: tuple[tuple[re.Pattern[str], Cause, float], ...] = (
    (
        re.compile(r"permission denied|must be owner of|insufficient.?privilege|NOPERM", re.IGNORECASE),
        Cause.CONFIGURATION,
        0.8,
    ),
    (re.compile(r"read-only transaction|READONLY You can't write", re.IGNORECASE), Cause.CONFIGURATION, 0.75),
    (
        re.compile(r"password authentication failed|no pg_hba\.conf entry|WRONGPASS|NOAUTH", re.IGNORECASE),
        Cause.CONFIGURATION,
        0.8,
    ),
    (
        re.compile(r"is not permitted to log in|is not currently accepting connections", re.IGNORECASE),
        Cause.CONFIGURATION,
        0.8,
    ),
    # A limit of one role or database, while the server has room.
    (re.compile(r"too many connections for (role|database)", re.IGNORECASE), Cause.CONFIGURATION, 0.75),
    (re.compile(r"due to idle-(session|in-transaction) timeout", re.IGNORECASE), Cause.CONFIGURATION, 0.65),
    (re.compile(r"temporary file size exceeds", re.IGNORECASE), Cause.CONFIGURATION, 0.65),
    (re.compile(r"due to statement timeout", re.IGNORECASE), Cause.CONFIGURATION, 0.3),
    (re.compile(r"NOREPLICAS|unknown command", re.IGNORECASE), Cause.CONFIGURATION, 0.65),
    (re.compile(r"MISCONF", re.IGNORECASE), Cause.CONFIGURATION, 0.4),
    (re.compile(r"BUSY Redis is busy running a script", re.IGNORECASE), Cause.OWN_CODE, 0.7),
    (re.compile(r"reached maximum value of sequence", re.IGNORECASE), Cause.CAPACITY, 0.7),
    (
        re.compile(
            r"remaining connection slots|too many clients|too many connections|max number of clients", re.IGNORECASE
        ),
        Cause.CAPACITY,
        0.6,
    ),
    (re.compile(r"No space left on device|could not extend file", re.IGNORECASE), Cause.CAPACITY, 0.85),
    (re.compile(r"OOM command not allowed", re.IGNORECASE), Cause.CONFIGURATION, 0.5),
    (re.compile(r"Out of memory|MemoryError|OutOfMemoryError", re.IGNORECASE), Cause.CAPACITY, 0.6),
    (re.compile(r"deadlock detected", re.IGNORECASE), Cause.OWN_CODE, 0.7),
    (
        re.compile(r"(relation|column|function) .{1,120} does not exist|UndefinedColumn|UndefinedTable", re.IGNORECASE),
        Cause.OWN_CODE,
        0.75,
    ),
    (
        re.compile(
            r"NullPointerException|AttributeError|TypeError|KeyError|undefined is not|Call to undefined", re.IGNORECASE
        ),
        Cause.OWN_CODE,
        0.6,
    ),
    (re.compile(r"duplicate key value violates unique constraint .{0,3}\w*_pkey", re.IGNORECASE), Cause.DATA, 0.55),
    (re.compile(r"violates (check|foreign key|unique|not-null|exclusion) constraint", re.IGNORECASE), Cause.DATA, 0.45),
    (
        re.compile(r"invalid page in block|checksum verification failed|could not read block", re.IGNORECASE),
        Cause.DATA,
        0.85,
    ),
)


# A search path hides relations and functions; a column is there or not.
_NAME_MISSING = re.compile(r"(relation|function) .{1,120} does not exist|UndefinedTable", re.IGNORECASE)


_CONSTRAINT = re.compile(r"violates (check|not-null|exclusion) constraint", re.IGNORECASE)


def votes(seen: Seen) -> Iterator[Vote]:
    """For the class that the words name, where they are repeated."""
    for name, log in seen.each("errors"):
        for each in records(log.get("patterns")):
            text, lines = str(each.get("text", "")), int(number(each.get("lines")) or 0)
            if lines < LEAST_LINES:
                continue
            found = next(((cause, weight) for pattern, cause, weight in _KINDS if pattern.search(text)), None)
            if found is not None and _NAME_MISSING.search(text) and settings.hides_names(seen):
                # The code asks for what may be there and is not looked for, unless the code is new.
                found = found if seen.changes("deployment") else (Cause.CONFIGURATION, found[1])
            if found is not None and _CONSTRAINT.search(text) and seen.changes("deployment"):
                # What new code writes and the schema refuses, or what a new constraint forgets.
                found = (Cause.OWN_CODE, found[1])
            if found is not None:
                says = msg("{lines} lines say: {text}", lines=lines, text=text[:160])
                yield Vote(cause=found[0], weight=found[1], says=says, reading=name)
