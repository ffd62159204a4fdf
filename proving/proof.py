"""The order of a proof: replay without the indexes, build them, replay with them, drop them, replay without again.

What a statement takes without them is the smaller of the two measurements, so that a cache that warmed up in between is never sold as
an index's merit. The interval is a bootstrap over the sets of values: it says how much the answer hangs on which shopper asks.
"""

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import psycopg2

from facts import quantities
from facts.claims import Claim
from facts.identifiers import literal, quote
from facts.message import Message, msg, verbatim
from facts.proofs import Outcome, Proof, ProofStatement
from facts.schema import Schema
from proving.copy import PREFIX, Copy
from proving.replay import Run, UnreplayableError, replay
from proving.values import filled

REPLAYED = "replayed"
# A statement's further sets of values are left out once it has taken so long; three are always tried.
FAMILY_SECONDS = 20.0
LEAST_SETS = 3
DRAWS = 2000
CONFIDENCE = 0.95
# A table of the copy that is smaller than this share of the mall's proves nothing about the mall.
LEAST_SHARE = 0.5

_NAMED = re.compile(r'\A(CREATE (?:UNIQUE )?INDEX )(CONCURRENTLY )?(?:"(?:[^"]|"")+"|[\w$]+) ON (ONLY )?')
_HEAP = """
SELECT sum(pg_relation_size(part.relid))::bigint
FROM (SELECT to_regclass(%s) AS relid UNION SELECT relid FROM pg_partition_tree(to_regclass(%s))) part
"""
_BUILT = """
WITH built AS (SELECT oid FROM pg_class WHERE relname = %s AND relkind IN ('i', 'I'))
SELECT relname::text, pg_relation_size(oid) FROM pg_class
WHERE oid IN (SELECT oid FROM built UNION SELECT part.relid FROM built, pg_partition_tree(built.oid) part)
"""

Step = Callable[[Message], None]
Judge = Callable[[float, float], Outcome]


@dataclass(frozen=True, slots=True)
class _Built:
    """An index that was built for the proof; a partitioned table's is one for each partition."""

    names: frozenset[str]
    size_bytes: int
    seconds: float


@dataclass(slots=True)
class _Family:
    """A statement family: its texts with values, or why it is not replayed, and the runs of each phase in the order of the texts."""

    texts: tuple[str, ...] = ()
    failure: Message | None = None
    before: list[Run] = field(default_factory=list)
    with_them: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[Run, Run]]:
        """Without the indexes and with them, for each set of values that was measured three times."""
        if self.failure is not None:
            return []
        phases = zip(self.before, self.again, self.with_them, strict=False)
        return [(min(before, again, key=lambda run: run.seconds), run) for before, again, run in phases]


def prove(
    copy: Copy, claims: Sequence[Claim], schema: Schema, settings: Mapping[str, str], *, judge: Judge, step: Step
) -> tuple[Proof, ...]:
    """Measures every claim that proposes an index, all of them built together as they are proposed.

    Args:
        copy: Where; it is left as it was found.
        claims: Findings of this database whose remedy creates indexes.
        schema: The mall's tables.
        settings: The mall's planner settings, so that the copy plans as the mall would.
        judge: Says of a predicted and a measured share of time left whether the prediction is proven.
        step: Told what is being done.

    Raises:
        psycopg2.Error: The connection was lost.
    """
    copy.sweep()
    _plan_like_the_mall(copy, schema, settings)
    queries = {query.id: query.text for claim in claims for query in claim.queries}
    families = {identity: _family(copy, text, schema) for identity, text in queries.items()}
    for number, family in enumerate(families.values(), start=1):
        step(msg("Replaying without the indexes: {number} of {count}", number=number, count=len(families)))
        _replay_all(copy, family, family.before)
    try:
        built = []
        for number, claim in enumerate(claims):
            step(msg("Building on the copy: {subject}", subject=claim.subject))
            built.append(_build(copy, claim, number))
        for number, family in enumerate(families.values(), start=1):
            step(msg("Replaying with the indexes: {number} of {count}", number=number, count=len(families)))
            _replay_all(copy, family, family.with_them)
    finally:
        step(msg("Dropping the indexes on the copy"))
        copy.sweep()
    for number, family in enumerate(families.values(), start=1):
        step(msg("Replaying without the indexes again: {number} of {count}", number=number, count=len(families)))
        _replay_all(copy, family, family.again)
    return tuple(
        _proof(claim, each, families, judge, _shortage(copy, claim, schema))
        for claim, each in zip(claims, built, strict=True)
    )


def _shortage(copy: Copy, claim: Claim, schema: Schema) -> Message | None:
    """What to say of a copy whose table is much smaller than the mall's."""
    name = next((each[found.end() :].partition(" (")[0] for each in claim.sql if (found := _NAMED.match(each))), "")
    name = name.partition(" USING ")[0]
    table = next((each for each in schema.tables if each.subject == name), None)
    if table is None:
        return None
    whole = sum(each.heap_bytes or 0 for each in schema.tables if table.oid in {each.oid, each.parent})
    there = copy.rows(_HEAP, [name, name])[0][0] or 0
    if there >= LEAST_SHARE * whole:
        return None
    return msg(
        "{table} has {there} on the copy and {whole} on the mall, so that the copy tells nothing",
        table=name,
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
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error:
            # Another major version of PostgreSQL may not have it.
            continue


def _family(copy: Copy, text: str, schema: Schema) -> _Family:
    if text.endswith("…"):
        return _Family(failure=msg("its text is too long to have been kept whole"))
    try:
        return _Family(filled(copy, text, schema))
    except UnreplayableError as error:
        return _Family(failure=error.reason)
    except psycopg2.OperationalError:
        raise
    except psycopg2.Error as error:
        return _Family(failure=_words(error))


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


def _build(copy: Copy, claim: Claim, number: int) -> _Built | Message:
    """Builds what the claim proposes under names of our own; why it could not be built, where it could not."""
    began = time.monotonic()
    names: dict[str, int] = {}
    for part, statement in enumerate(_creating(claim.sql)):
        name = f"{PREFIX}{number}_{part}"
        try:
            copy.change(_named(statement, name))
        except psycopg2.OperationalError:
            raise
        except psycopg2.Error as error:
            return _words(error)
        names |= dict(copy.rows(_BUILT, [name]))
    return _Built(frozenset(names), sum(names.values()), time.monotonic() - began)


def _creating(statements: Iterable[str]) -> list[str]:
    """Those that create indexes; on a copy one statement makes those of all partitions."""
    creating = [each for each in statements if _NAMED.match(each)]
    return creating[:1] if creating and " ON ONLY " in creating[0] else creating


def _named(statement: str, name: str) -> str:
    found = _NAMED.match(statement)
    if found is None:
        raise ValueError(statement)
    creates, concurrently, only = found.groups()
    return f"{creates}{(concurrently or '') if not only else ''}{name} ON {statement[found.end() :]}"


def _proof(
    claim: Claim, built: _Built | Message, families: Mapping[str, _Family], judge: Judge, shortage: Message | None
) -> Proof:
    statements = tuple(_statement(claim, position, families) for position in range(len(claim.queries)))
    measured = [
        (query.total_seconds, query.kept_ratio, families[query.id].pairs)
        for query in claim.queries
        if query.kept_ratio is not None and families[query.id].pairs
    ]
    outcome, predicted, kept, low, high = Outcome.NOT_TOLD, None, None, None, None
    if isinstance(built, Message):
        reason = msg("it could not be built on the copy: {reason}", reason=built)
    elif not measured:
        why = next((each.note for each in statements if each.note), msg("it names no statement"))
        reason = msg("none of its statements could be replayed: {reason}", reason=why)
    else:
        weights = [weight for weight, _, _ in measured]
        predicted = _weighted([ratio for _, ratio, _ in measured], weights)
        kept, low, high = _kept([pairs for _, _, pairs in measured], weights)
        outcome, reason = judge(predicted, kept), _said(predicted, kept, low, high)
        used = {name for _, _, pairs in measured for _, run in pairs for name in run.indexes}
        if not used & built.names:
            outcome, reason = Outcome.REFUTED, msg("no plan on the copy uses it")
        elif outcome is Outcome.PROVEN and high >= 1:
            outcome = Outcome.NOT_TOLD
        if shortage is not None:
            outcome, reason = Outcome.NOT_TOLD, shortage
    return Proof(
        code=claim.code,
        target=claim.target,
        subject=claim.subject,
        method=REPLAYED,
        outcome=outcome,
        reason=reason,
        predicted_kept=_rounded(predicted),
        measured_kept=_rounded(kept),
        low=_rounded(low),
        high=_rounded(high),
        predicted_bytes=claim.size_bytes,
        measured_bytes=built.size_bytes if isinstance(built, _Built) else None,
        build_seconds=round(built.seconds, 2) if isinstance(built, _Built) else None,
        statements=statements,
    )


def _said(predicted: float, kept: float, low: float, high: float) -> Message:
    return msg(
        "on the copy its statements take {measured} of the time ({low} to {high}); {predicted} was predicted",
        measured=quantities.percent(kept),
        low=quantities.percent(low),
        high=quantities.percent(high),
        predicted=quantities.percent(predicted),
    )


def _statement(claim: Claim, position: int, families: Mapping[str, _Family]) -> ProofStatement:
    query = claim.queries[position]
    family = families[query.id]
    pairs = family.pairs
    before = fmean(run.seconds for run, _ in pairs) if pairs else None
    kept = query.kept_ratio
    return ProofStatement(
        id=query.id,
        text=query.text,
        runs=len(pairs),
        seconds_before=_rounded(before, 6),
        seconds_predicted=None if before is None or kept is None else round(before * kept, 6),
        seconds_after=_rounded(fmean(run.seconds for _, run in pairs), 6) if pairs else None,
        blocks_before=_rounded(fmean(run.blocks for run, _ in pairs), 1) if pairs else None,
        blocks_after=_rounded(fmean(run.blocks for _, run in pairs), 1) if pairs else None,
        note=family.failure or _oddity(pairs),
    )


def _oddity(pairs: Sequence[tuple[Run, Run]]) -> Message | None:
    if any(before.rows is None or after.rows is None for before, after in pairs):
        return msg("some runs reached the time limit and were ended")
    if any(before.rows != after.rows for before, after in pairs):
        return msg("the copy was changed by somebody in between: other numbers of rows came back")
    return None


def _kept(families: Sequence[Sequence[tuple[Run, Run]]], weights: Sequence[float]) -> tuple[float, float, float]:
    """The share of time left, weighted by what each family costs the mall, with its interval."""
    chance = random.Random(0)  # noqa: S311  (a bootstrap, no secret)

    def share(draw: Callable[[Sequence[tuple[Run, Run]]], Sequence[tuple[Run, Run]]]) -> float:
        return _weighted([_ratio(draw(pairs)) for pairs in families], weights)

    drawn = sorted(share(lambda pairs: chance.choices(pairs, k=len(pairs))) for _ in range(DRAWS))
    tail = int((1 - CONFIDENCE) / 2 * DRAWS)
    return share(lambda pairs: pairs), drawn[tail], drawn[-tail - 1]


def _ratio(pairs: Sequence[tuple[Run, Run]]) -> float:
    return sum(run.seconds for _, run in pairs) / max(sum(run.seconds for run, _ in pairs), 1e-9)


def _weighted(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return (
        sum(value * weight for value, weight in zip(values, weights, strict=True)) / total if total else fmean(values)
    )


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def _words(error: psycopg2.Error) -> Message:
    lines = str(error).strip().splitlines()
    return verbatim(lines[0]) if lines else msg("the server gave no reason")
