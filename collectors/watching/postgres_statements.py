"""What each statement family cost between the beginning and the end of a round.

Source: pg_stat_statements(false) at the beginning and at the end; the texts of the costliest families alone, at the end.
Needed role and versions: as `collectors.postgres_statements`.
Consumed by: `loadtest.cause` (which statement the database worked on), the round report.
Cost: twice 4 ms for 4,800 entries; the texts once 17 ms, after the round's last second.
Caveats: an entry that was evicted and came back counts from its return. Nested statements are left out: their time is in their callers'.
"""

from dataclasses import dataclass
from operator import itemgetter

from collectors.masking.literals import mask_literals
from collectors.postgres_connection import Session
from collectors.postgres_own import others
from collectors.postgres_statements import EXTENSION, Counters, entries_statement, first_reading
from facts.identifiers import quote
from facts.sqlcommenter import split_comments
from facts.watch import StatementDelta

FAMILIES_AT_MOST = 20
TEXTS = """
SELECT s.queryid, s.query FROM {schema}.pg_stat_statements(true) s
WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid = ANY (%s)
"""
_CALLS, _MILLISECONDS = 0, 2  # places in the counters of `collectors.postgres_statements`
_HIDDEN = "<insufficient privilege>"


@dataclass(frozen=True, slots=True)
class Begun:
    """The counters at the beginning, and where the extension is."""

    schema: str
    counters: Counters


def begin(session: Session) -> Begun:
    """Takes the first reading.

    Raises:
        CollectorError: The extension is not there, or too old.
    """
    counters = first_reading(session)
    return Begun(schema=session.rows(EXTENSION)[0][0], counters=counters)


def finish(session: Session, target: str, begun: Begun) -> tuple[StatementDelta, ...]:
    """The costliest families since then, the costliest first; those of the watching role's own kind are left out."""
    calls: dict[int, float] = {}
    seconds: dict[int, float] = {}
    own: set[int] = set()
    for row in session.rows(entries_statement(session.version_number, begun.schema, text=False)):
        queryid, userid, top_level = row[0], row[1], row[2]
        if queryid is None or not top_level:
            continue
        now = (float(row[3]), float(row[5]))
        before = begun.counters.entries.get((queryid, userid, top_level))
        if before is not None and now[0] >= before[_CALLS]:
            now = (now[0] - before[_CALLS], now[1] - before[_MILLISECONDS])
        if now[0] > 0:
            calls[queryid] = calls.get(queryid, 0.0) + now[0]
            seconds[queryid] = seconds.get(queryid, 0.0) + now[1] / 1000
            if row[16]:
                own.add(queryid)
    costliest = [queryid for queryid, _ in sorted(seconds.items(), key=itemgetter(1), reverse=True)]
    # Twice as many as are kept, because ours are among them.
    texts = dict(session.rows(TEXTS.format(schema=quote(begun.schema)), [costliest[: 2 * FAMILIES_AT_MOST]]))
    found = []
    for queryid in costliest[: 2 * FAMILIES_AT_MOST]:
        text, _ = split_comments(texts.get(queryid) or "")
        if not text or text == _HIDDEN or (queryid in own and not others([text])[0]):
            continue
        found.append(
            StatementDelta(
                target=target,
                id=str(queryid),
                text=mask_literals(text),
                calls=calls[queryid],
                seconds=round(seconds[queryid], 6),
            )
        )
    return tuple(found[:FAMILIES_AT_MOST])
