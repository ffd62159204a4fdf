"""What became of an audit's findings: read again, is the remedy there, and did it spare what was predicted?

An index is recognized by what it is, not by its name; what it spares is the mean time of its statements, then and now. Whatever has no
such measure is proven when the later audit looked for it and no longer finds it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from advisors.evidence import owner_of
from advisors.fingerprints import fingerprint
from advisors.index_definition import IndexShape, dropped_index, shape_of
from advisors.listed_statements import PREFIX
from advisors.outcomes import THRESHOLDS, Thresholds, outcome_of
from advisors.references import named_tables
from facts import quantities
from facts.claims import Claim
from facts.findings import QueryEvidence
from facts.identifiers import qualified
from facts.message import Message, msg
from facts.postgres import PostgresFacts
from facts.proofs import Outcome, Proof, ProofStatement
from facts.readings import Status
from facts.schema import Index, Schema, tables_by_name
from facts.snapshot import Snapshot
from facts.syntax import UnparsableError, parse
from facts.unread import without_unread_tables

OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Later:
    """What a later audit says of a finding.

    Attributes:
        what: As `pages.comparison.Change.what`.
        reason: Why it is quiet about it, in the rule's own word; may be empty.
    """

    what: str
    reason: str = ""


def verify(
    claims: Iterable[Claim],
    later: Mapping[tuple[str, str, str], Later],
    before: Snapshot | None,
    after: Snapshot,
    thresholds: Thresholds = THRESHOLDS,
) -> tuple[Proof, ...]:
    """One proof for each claim, in their order.

    Args:
        claims: The earlier audit's findings.
        later: By code, target and subject: what an audit of `after` says of them.
        before: What the earlier audit read; None where it is lost.
        after: What was read now.
        thresholds: When a measurement decides.
    """
    now, then = _databases(after), _databases(before) if before else {}
    return tuple(
        _verify(
            claim,
            later.get((claim.code, claim.target, claim.subject), Later("not examined")),
            then.get(claim.target),
            now.get(claim.target),
            thresholds,
        )
        for claim in claims
    )


def _databases(snapshot: Snapshot) -> dict[str, PostgresFacts]:
    """By their findings' target; a table that was locked while it was read must not look like one without indexes."""
    return {owner_of(each.target, each.database): without_unread_tables(each) for each in snapshot.postgres}


def _verify(
    claim: Claim, later: Later, before: PostgresFacts | None, after: PostgresFacts | None, thresholds: Thresholds
) -> Proof:
    wanted = [shape for shape in map(shape_of, claim.sql) if shape is not None]
    dropped = next((name for name in map(dropped_index, claim.sql) if name), "")
    if not wanted and not dropped:
        return _found_again(claim, later, after, thresholds)
    if after is None or after.schema is None or not _indexes_were_read(after):
        return _proof(claim, Outcome.NOT_TOLD, msg("the schema of {target} was not read", target=claim.target))
    table = wanted[0].table if wanted else _table_of(dropped, before)
    if table in {qualified(*name.split(".", 1)) for name in after.schema.unread}:
        return _proof(claim, Outcome.NOT_TOLD, msg("its table {table} could not be read", table=table))
    if not wanted:
        return _dropped(claim, dropped, before, after, thresholds)
    serving = [index for index in after.schema.indexes if _serves(index, wanted[0])]
    index = next((each for each in serving if each.valid), None)
    if index is None and serving:
        reason = msg("{index} is there and not valid: run apply.sql again", index=serving[0].subject)
        return _proof(claim, Outcome.NOT_APPLIED, reason)
    if index is None:
        return _proof(claim, Outcome.NOT_APPLIED, msg("there is no such index on {table}", table=table))
    return _observed(claim, index, after, thresholds)


def _serves(index: Index, wanted: IndexShape) -> bool:
    shape = shape_of(index.definition)
    return shape is not None and shape.serves(wanted)


def _indexes_were_read(facts: PostgresFacts) -> bool:
    return all(
        each.status in {Status.OK, Status.EMPTY} for each in facts.readings if each.collector == "postgres_indexes"
    )


def _index(name: str, facts: PostgresFacts | None) -> Index | None:
    schema = facts.schema if facts else None
    return next((each for each in schema.indexes if each.subject == name), None) if schema else None


def _table_of(index: str, facts: PostgresFacts | None) -> str:
    """The table of an index, by the index's name; empty where it is not known."""
    found = _index(index, facts)
    table = facts.schema.table(found.table_oid) if facts and facts.schema and found else None
    return table.subject if table else ""


def _found_again(claim: Claim, later: Later, after: PostgresFacts | None, thresholds: Thresholds) -> Proof:
    """For what is neither creating nor dropping an index: whether it is still found, though its statements are called as ever."""
    if later.what == "gone" and claim.queries:
        counted = _Counted.of(after) if after else _Counted({}, {})
        calls = min(family.calls if (family := counted.find(query)) else 0 for query in claim.queries)
        if calls < thresholds.min_calls:
            reason = msg(
                "not found; one of its statements was called {calls} times in the window, too seldom to tell",
                calls=calls,
            )
            return _proof(claim, Outcome.NOT_TOLD, reason)
    if later.what == "gone":
        reason = msg("no longer found: {reason}", reason=later.reason) if later.reason else msg("no longer found")
        return _proof(claim, Outcome.PROVEN, reason)
    if later.what == "not examined":
        return _proof(claim, Outcome.NOT_TOLD, msg("this time it was not examined"))
    if later.what == "better":
        return _proof(claim, Outcome.NOT_APPLIED, msg("still found, though it costs less than it did"))
    return _proof(claim, Outcome.NOT_APPLIED, msg("still found"))


def _observed(claim: Claim, index: Index, after: PostgresFacts, thresholds: Thresholds) -> Proof:
    """Of an index that is there: the time of the statements that it was made for."""
    if not claim.queries:
        return _proof(claim, Outcome.PROVEN, msg("{index} is there and valid", index=index.subject), index)
    if all(query.kept_ratio is None for query in claim.queries):
        return _proof(claim, Outcome.PROVEN, msg("{index} is there and valid", index=index.subject), index)
    counted = _Counted.of(after)
    statements = tuple(_statement(query, counted) for query in claim.queries)
    called = [
        (query, each)
        for query, each in zip(claim.queries, statements, strict=True)
        if each.runs >= thresholds.min_calls
        and each.seconds_before
        and each.seconds_after is not None
        and each.seconds_predicted is not None
    ]
    if not called:
        reason = msg(
            "{index} is there; its statements were called {calls} times in the window, too seldom to tell",
            index=index.subject,
            calls=quantities.count(sum(each.runs for each in statements)),
        )
        return _proof(claim, Outcome.NOT_TOLD, reason, index, statements)
    weight = sum(each.runs * (each.seconds_before or 0.0) for _, each in called)
    measured = sum(each.runs * (each.seconds_after or 0.0) for _, each in called) / weight
    predicted = sum(each.runs * (each.seconds_predicted or 0.0) for _, each in called) / weight
    outcome = outcome_of(predicted, measured, thresholds)
    reason = msg(
        "its statements take {measured} of the time that they took; {predicted} was predicted",
        measured=quantities.percent(measured),
        predicted=quantities.percent(predicted),
    )
    if index.scans == 0:
        outcome, reason = Outcome.REFUTED, msg("{index} is there and nothing has read it yet", index=index.subject)
    return _proof(claim, outcome, reason, index, statements, (predicted, measured))


def _dropped(
    claim: Claim, name: str, before: PostgresFacts | None, after: PostgresFacts, thresholds: Thresholds
) -> Proof:
    """Of an index that was to go: whether it went, and whether a statement of its table has become slower since."""
    old, there = _index(name, before), _index(name, after)
    if there is not None and there.valid and old is not None and not old.valid:
        return _proof(claim, Outcome.PROVEN, msg("{index} is there and valid", index=name), there)
    if there is not None:
        return _proof(claim, Outcome.NOT_APPLIED, msg("{index} is still there", index=name))
    if before is None or before.schema is None or old is None:
        reason = msg("{index} is gone; what statements took before is not known any more", index=name)
        return _proof(claim, Outcome.NOT_TOLD, reason)
    oids = _with_parents(old.table_oid, before.schema)
    names = {word for word, table in tables_by_name(before.schema).items() if table.oid in oids}
    compared = [each for each in _compared(before, after, thresholds) if _reads(each.text, names)]
    if not compared:
        reason = msg(
            "{index} is gone; no statement of its table was called often enough both times to tell", index=name
        )
        return _proof(claim, Outcome.NOT_TOLD, reason)
    slower = [each for each in compared if _slowed(each, thresholds)]
    if slower:
        reason = msg("{index} is gone, and statements of its table have become slower", index=name)
        return _proof(claim, Outcome.REFUTED, reason, None, tuple(slower))
    return _proof(claim, Outcome.PROVEN, msg("{index} is gone, and no statement of its table is slower", index=name))


def _with_parents(oid: int, schema: Schema) -> set[int]:
    """The table and those that it is a part of, which statements name."""
    parents = {table.oid: table.parent for table in schema.tables}
    found: set[int] = set()
    here: int | None = oid
    while here is not None and here not in found:
        found.add(here)
        here = parents.get(here)
    return found


def _compared(before: PostgresFacts, after: PostgresFacts, thresholds: Thresholds) -> Iterable[ProofStatement]:
    """Every family that was called often enough both times."""
    then, now = _Counted.of(before), _Counted.of(after)
    for mark, family in now.families.items():
        old = then.families.get(mark)
        if old is not None and min(old.calls, family.calls) >= thresholds.min_calls:
            yield ProofStatement(
                id=family.id,
                text=family.text,
                runs=family.calls,
                seconds_before=round(old.mean_seconds, 6),
                seconds_predicted=None,
                seconds_after=round(family.mean_seconds, 6),
                blocks_before=round(old.blocks / old.calls, 1),
                blocks_after=round(family.blocks / family.calls, 1),
            )


def _slowed(statement: ProofStatement, thresholds: Thresholds) -> bool:
    return (statement.seconds_after or 0.0) >= thresholds.slower_ratio * (statement.seconds_before or 0.0) > 0


def _reads(text: str, names: set[str]) -> bool:
    try:
        return bool(names & set(named_tables(parse(text))))
    except UnparsableError:
        return False


@dataclass(slots=True)
class _Family:
    id: str
    text: str
    calls: int = 0
    seconds: float = 0.0
    blocks: int = 0

    @property
    def mean_seconds(self) -> float:
        return self.seconds / self.calls


@dataclass(frozen=True, slots=True)
class _Counted:
    """A reading's statements by family, and which family each queryid belongs to."""

    families: Mapping[str, _Family]
    marks: Mapping[str, str]

    @classmethod
    def of(cls, facts: PostgresFacts) -> "_Counted":
        families: dict[str, _Family] = {}
        marks: dict[str, str] = {}
        for each in facts.statements.statements if facts.statements else ():
            if not each.top_level or not each.calls:
                continue
            mark = marks[each.id] = fingerprint(each.text)
            family = families.setdefault(mark, _Family(each.id, each.text))
            family.calls += each.calls
            family.seconds += each.total_seconds
            family.blocks += each.shared_blocks_hit + each.shared_blocks_read
        return cls(families, marks)

    def find(self, query: QueryEvidence) -> _Family | None:
        # A long text was cut when it became evidence, and only its queryid is left to tell.
        return self.families.get(self.marks.get(query.id, "")) or self.families.get(fingerprint(query.text))


def _statement(query: QueryEvidence, counted: _Counted) -> ProofStatement:
    family = counted.find(query)
    # What the user listed in a file was never measured before.
    kept = None if query.id.startswith(PREFIX) else query.kept_ratio
    return ProofStatement(
        id=query.id,
        text=query.text,
        runs=family.calls if family else 0,
        seconds_before=query.mean_seconds,
        seconds_predicted=None if kept is None else round(query.mean_seconds * kept, 6),
        seconds_after=round(family.mean_seconds, 6) if family else None,
        blocks_after=round(family.blocks / family.calls, 1) if family else None,
        note=None if family else msg("not called in the window"),
    )


def _proof(
    claim: Claim,
    outcome: Outcome,
    reason: Message,
    index: Index | None = None,
    statements: Sequence[ProofStatement] = (),
    kept: tuple[float, float] | None = None,
) -> Proof:
    predicted, measured = kept or (None, None)
    return Proof(
        code=claim.code,
        target=claim.target,
        subject=claim.subject,
        method=OBSERVED,
        outcome=outcome,
        reason=reason,
        predicted_kept=None if predicted is None else round(predicted, 4),
        measured_kept=None if measured is None else round(measured, 4),
        predicted_bytes=claim.size_bytes if index is not None else None,
        measured_bytes=index.size_bytes if index is not None else None,
        statements=tuple(statements),
    )
