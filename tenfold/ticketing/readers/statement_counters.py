"""What each statement family of one database has cost so far: read again and again, it tells what is now and what was before.

Source: pg_stat_statements without texts; texts of the costliest families alone.
Needed role and versions: as `collectors.postgres_statements`.
Consumed by: `tenfold.ticketing.readers.database`, `tenfold.ticketing.baselines`.
Cost: 4 ms for 4,800 entries.
Caveats: an entry that was evicted and came back counts from its return.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collectors.masking.literals import mask_literals
from collectors.postgres_connection import Session
from collectors.postgres_own import others
from collectors.postgres_statements import EXTENSION
from collectors.runner import CollectorError
from facts.identifiers import quote
from facts.message import msg
from facts.readings import Status
from facts.sqlcommenter import split_comments

FAMILIES_AT_MOST = 12
LOOKED_AT = 4 * FAMILIES_AT_MOST
COUNTERS = """
SELECT s.queryid, sum(s.calls)::float8, sum(s.total_exec_time)::float8, sum(s.shared_blks_hit + s.shared_blks_read)::float8,
       bool_or(s.userid = (SELECT oid FROM pg_roles WHERE rolname = current_user))
FROM {schema}.pg_stat_statements(false) s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid IS NOT NULL GROUP BY 1
"""
TEXTS = """
SELECT DISTINCT ON (s.queryid) s.queryid, s.query FROM {schema}.pg_stat_statements(true) s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid = ANY (%s)
"""
# What other readers of ours send at the same time: they wrap the mall's own statements so.
_OURS = re.compile(
    r"SELECT left\(row_to_json\(offenders\)|SELECT row_to_json\(declared\)|SELECT \* FROM \(.*\) AS declared LIMIT",
    re.DOTALL,
)
_HIDDEN = "<insufficient privilege>"


@dataclass(frozen=True, slots=True)
class Spent:
    """Of one family: calls, seconds, blocks that were read or found in memory."""

    calls: float
    seconds: float
    blocks: float

    def since(self, earlier: "Spent | None") -> "Spent":
        """What was added; after a reset, all of it."""
        if earlier is None or self.calls < earlier.calls:
            return self
        return Spent(
            self.calls - earlier.calls, max(self.seconds - earlier.seconds, 0.0), max(self.blocks - earlier.blocks, 0.0)
        )


@dataclass(frozen=True, slots=True)
class Look:
    """All families at one moment.

    Attributes:
        at: Seconds of the monotonic clock.
        own: Families that our role has sent, among others.
    """

    at: float
    spent: Mapping[int, Spent]
    own: frozenset[int]


def look(session: Session) -> Look:
    """The counters now.

    Raises:
        CollectorError: The extension is not there.
    """
    rows = session.rows(COUNTERS.format(schema=_schema(session)))
    return Look(
        at=time.monotonic(),
        spent={row[0]: Spent(row[1], row[2] / 1000, row[3]) for row in rows},
        own=frozenset(row[0] for row in rows if row[4]),
    )


def families(session: Session, first: Look, last: Look, before: tuple[Look, Look] | None) -> dict[str, Any]:
    """The costliest families between two looks, each with what it cost before.

    Args:
        session: For their texts.
        first: The beginning of the stretch that is told of.
        last: Its end.
        before: Another stretch, before the trouble; None for all since the counters' reset.
    """
    seconds = max(last.at - first.at, 0.001)
    now = {number: each.since(first.spent.get(number)) for number, each in last.spent.items()}
    worked = {number: each for number, each in now.items() if each.calls > 0}
    costliest = sorted(worked, key=lambda number: -worked[number].seconds)[:LOOKED_AT]
    texts = dict(session.rows(TEXTS.format(schema=_schema(session)), [costliest]))
    kept = []
    for number in costliest:
        text, _ = split_comments(texts.get(number) or "")
        ours = number in last.own and (_OURS.match(text) is not None or not others([text])[0])
        if text and text != _HIDDEN and not ours:
            kept.append((number, mask_literals(text)))
    total = sum(worked[number].seconds for number, _ in kept)
    told = [
        _told(
            f"{number & 0xFFFFFFFFFFFFFFFF:016x}", text, worked[number], _before(number, first, before), seconds, total
        )
        for number, text in kept[:FAMILIES_AT_MOST]
    ]
    since = before[1].at - before[0].at if before is not None else None
    for each in told:
        each["per_second_before"] = each["calls_before"] / since if since else None
    return {"seconds": seconds, "seconds_before": since, "families": told}


def _before(number: int, first: Look, before: tuple[Look, Look] | None) -> Spent:
    nothing = Spent(0.0, 0.0, 0.0)
    if before is None:
        return first.spent.get(number, nothing)
    return before[1].spent.get(number, nothing).since(before[0].spent.get(number))


def _told(number: str, text: str, now: Spent, before: Spent, seconds: float, total: float) -> dict[str, Any]:
    return {
        "id": number,
        "text": text[:2000],
        "calls": now.calls,
        "seconds": now.seconds,
        "share": now.seconds / total if total else 0.0,
        "load": now.seconds / seconds,
        "per_second": now.calls / seconds,
        "mean_seconds": now.seconds / now.calls,
        "blocks_per_call": now.blocks / now.calls,
        "calls_before": before.calls,
        "mean_seconds_before": before.seconds / before.calls if before.calls else None,
        "blocks_per_call_before": before.blocks / before.calls if before.calls else None,
    }


def _schema(session: Session) -> str:
    found = session.rows(EXTENSION)
    if not found:
        raise CollectorError(msg("pg_stat_statements is not installed in this database"), status=Status.UNSUPPORTED)
    return quote(found[0][0])
