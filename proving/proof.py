"""The order of a proof: replay without the indexes, build them, replay with them, drop them, replay without again.

What a statement takes without them is the smaller of the two measurements, so that a cache that warmed up in between is never sold as
an index's merit. The interval is a bootstrap over the sets of values: it says how much the answer hangs on which shopper asks.
"""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg2

from facts import quantities
from facts.claims import Claim
from facts.identifiers import literal, quote
from facts.message import Message, msg
from facts.proofs import Outcome, Proof
from facts.schema import Schema
from proving.copy import PREFIX, Copy, RefusedCopyError, is_lost, words_of
from proving.outcome import Judge, Measured, proof_of
from proving.replay import Run, UnreplayableError, replay
from proving.values import filled

# A statement's further sets of values are left out once it has taken so long; three are always tried.
FAMILY_SECONDS = 20.0
LEAST_SETS = 3
# A table of the copy that is smaller than this share of the mall's proves nothing about the mall.
LEAST_SHARE = 0.5

_NAMED = re.compile(
    r'\A(?P<creates>CREATE (?:UNIQUE )?INDEX )(?P<concurrently>CONCURRENTLY )?(?:"(?:[^"]|"")+"|[\w$]+) ON (?P<only>ONLY )?'
    r'(?P<table>(?:(?:"(?:[^"]|"")+"|[\w$]+)\.)?(?:"(?:[^"]|"")+"|[\w$]+))'
)
# An index that is to be on an expression has no statistics before its table is analyzed.
_COMPUTED = re.compile(r" \(.*\(")
_SIZE = "SELECT pg_relation_size(oid) FROM pg_class WHERE relname = %s AND relkind = 'i'"
_TABLE = "SELECT pg_relation_size(oid), reltuples < 0 OR (reltuples = 0 AND relpages = 0) FROM pg_class WHERE oid = to_regclass(%s)"

Step = Callable[[Message], None]


@dataclass(slots=True)
class _Family:
    """A statement family: its texts with values, or why it is not replayed, and the runs of each phase in the order of the texts."""

    texts: tuple[str, ...] = ()
    failure: Message | None = None
    before: list[Run] = field(default_factory=list)
    with_them: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)

    @property
    def measured(self) -> Measured:
        """Without the indexes and with them, for each set of values that was measured three times and did not only run into the limit."""
        if self.failure is not None:
            return Measured((), self.failure)
        phases = zip(self.before, self.again, self.with_them, strict=False)
        pairs = [(min(before, again, key=lambda run: run.seconds), run) for before, again, run in phases]
        told = tuple(pair for pair in pairs if pair[0].rows is not None or pair[1].rows is not None)
        if pairs and not told:
            return Measured((), msg("it reached the time limit with the indexes and without"))
        return Measured(told, None)


@dataclass(frozen=True, slots=True)
class Built:
    """The indexes that were built for one claim: one, or one for each partition."""

    names: frozenset[str]
    size_bytes: int
    seconds: float


def prove(
    copy: Copy, claims: Sequence[Claim], schema: Schema, settings: Mapping[str, str], *, judge: Judge, step: Step
) -> tuple[tuple[Proof, ...], tuple[str, ...]]:
    """Measures every claim that proposes an index, all of them built together as they are proposed.

    Args:
        copy: Where; it is left as it was found.
        claims: Findings of this database whose remedy creates indexes.
        schema: The mall's tables.
        settings: The mall's planner settings, so that the copy plans as the mall would.
        judge: Says of a predicted and a measured share of time left whether the prediction is proven.
        step: Told what is being done.

    Returns:
        A proof for each claim, and statements for what could not be dropped; with any of these, nothing is told of the claims.

    Raises:
        RefusedCopyError: What an earlier proof has left cannot be dropped.
        psycopg2.Error: The connection was lost.
    """
    left = copy.sweep()
    if left:
        raise RefusedCopyError(
            msg("an index of an earlier proof could not be dropped"),
            msg("Drop it as its owner: {statements}", statements="; ".join(left)),
        )
    _plan_like_the_mall(copy, schema, settings)
    # Before anything is built: building an index counts the rows of a table that nobody has analyzed.
    shortages = [_shortage(copy, claim, schema) for claim in claims]
    queries = {query.id: query.text for claim in claims for query in claim.queries}
    families = {identity: _family(copy, text, schema) for identity, text in queries.items()}
    for number, family in enumerate(families.values(), start=1):
        step(msg("Replaying without the indexes: {number} of {count}", number=number, count=len(families)))
        _replay_all(copy, family, family.before)
    built: list[Built | Message] = []
    try:
        for number, claim in enumerate(claims):
            step(msg("Building on the copy: {subject}", subject=claim.subject))
            built.append(_build(copy, claim, number))
        for number, family in enumerate(families.values(), start=1):
            step(msg("Replaying with the indexes: {number} of {count}", number=number, count=len(families)))
            _replay_all(copy, family, family.with_them)
    finally:
        left = copy.sweep()
    for number, family in enumerate(families.values() if not left else (), start=1):
        step(msg("Replaying without the indexes again: {number} of {count}", number=number, count=len(families)))
        _replay_all(copy, family, family.again)
    measured = {identity: family.measured for identity, family in families.items()}
    proofs = []
    for claim, each, shortage in zip(claims, built, shortages, strict=True):
        names = each.names if isinstance(each, Built) else frozenset[str]()
        proof = proof_of(claim, measured, names, judge)
        if isinstance(each, Built):
            proof = replace(proof, measured_bytes=each.size_bytes, build_seconds=round(each.seconds, 2))
        obstacle = _obstacle(each, left) or shortage
        proofs.append(replace(proof, outcome=Outcome.NOT_TOLD, reason=obstacle) if obstacle is not None else proof)
    return tuple(proofs), left


def _obstacle(built: Built | Message, left: Sequence[str]) -> Message | None:
    """Why nothing can be said of the claim, whatever was measured."""
    if isinstance(built, Message):
        return msg("it could not be built on the copy: {reason}", reason=built)
    if left:
        return msg("an index could not be dropped, so that nothing could be measured without it once more")
    return None


def _shortage(copy: Copy, claim: Claim, schema: Schema) -> Message | None:
    """What to say of a copy whose tables are much smaller than the mall's, or were never analyzed."""
    names = [found["table"] for each in _creating(claim.sql) if (found := _NAMED.match(each))]
    read = [copy.rows(_TABLE, [name]) for name in names]
    if any(unknown and size for rows in read for size, unknown in rows):
        return msg("{table} was never analyzed on the copy: run VACUUM ANALYZE there", table=names[0])
    there = sum(size for rows in read for size, _ in rows)
    whole = sum(each.heap_bytes or 0 for each in schema.tables if each.subject in names)
    if there >= LEAST_SHARE * whole:
        return None
    return msg(
        "{table} has {there} on the copy and {whole} on the mall, so that the copy tells nothing",
        table=names[0],
        there=quantities.size(there),
        whole=quantities.size(whole),
    )


def _plan_like_the_mall(copy: Copy, schema: Schema, settings: Mapping[str, str]) -> None:
    path = [quote(name) for name in schema.search_path if name not in {"", "$user"}]
    if path:
        copy.change(f"SET search_path = {', '.join(path)}")
    for name, value in settings.items():
        try:
            copy.change(f"SET {name} = {literal(value)}")
        except psycopg2.Error as error:
            if is_lost(copy, error):
                raise
            # Another major version of PostgreSQL may not have it.
            continue


def _family(copy: Copy, text: str, schema: Schema) -> _Family:
    if text.endswith("…"):
        return _Family(failure=msg("its text is too long to have been kept whole"))
    try:
        return _Family(filled(copy, text, schema))
    except UnreplayableError as error:
        return _Family(failure=error.reason)
    except psycopg2.Error as error:
        if is_lost(copy, error):
            raise
        return _Family(failure=words_of(error))


def _replay_all(copy: Copy, family: _Family, runs: list[Run]) -> None:
    """Every set of values once more; in a later phase as many as in the first."""
    began = time.monotonic()
    texts = family.texts if runs is family.before else family.texts[: len(family.before)]
    for text in texts if family.failure is None else ():
        if runs is family.before and len(runs) >= LEAST_SETS and time.monotonic() - began > FAMILY_SECONDS:
            break
        try:
            runs.append(replay(copy, text))
        except UnreplayableError as error:
            family.failure = error.reason
            return


def _build(copy: Copy, claim: Claim, number: int) -> Built | Message:
    """Builds what the claim proposes under names of our own; why it could not be built, where it could not."""
    began = time.monotonic()
    names: list[str] = []
    size = 0
    try:
        for part, statement in enumerate(_creating(claim.sql)):
            names.append(f"{PREFIX}{number}_{part}")
            copy.change(_named(statement, names[-1]))
            size += sum(each for (each,) in copy.rows(_SIZE, [names[-1]]))
            found = _NAMED.match(statement)
            if found is not None and _COMPUTED.search(statement[found.end() :]):
                copy.change(f"ANALYZE {found['table']}")
    except psycopg2.Error as error:
        if is_lost(copy, error):
            raise
        return words_of(error)
    return Built(frozenset(names), size, time.monotonic() - began)


def _creating(statements: Iterable[str]) -> list[str]:
    """Those that create indexes with rows; a partitioned table's own has none, and would take over those that its partitions have."""
    return [each for each in statements if (found := _NAMED.match(each)) and not found["only"]]


def _named(statement: str, name: str) -> str:
    found = _NAMED.match(statement)
    if found is None:
        raise ValueError(statement)
    return f"{found['creates']}{found['concurrently'] or ''}{name} ON {found['table']}{statement[found.end() :]}"
