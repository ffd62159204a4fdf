"""Which indexes could help a statement: equality columns first, then the range or the order, at most three columns.

Each also comes with the rest of what the statement reads of the table, so that the table itself need not be read. Beside btrees on columns:
expressions that are compared, GIN for documents and arrays that are searched, BRIN for ranges of a column in whose order the rows lie,
hash for long values that are compared whole.
Source of the order of columns: an equality column narrows the part of the index that is read, a range or sort column after them reads it
in order; columns after a range only filter (Lahdenmäki and Leach, Relational Database Index Design and the Optimizers, 2005). Which of
them the planner would take is not decided here: it is asked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from sqlglot import exp

from advisors.expressions import bare, is_complete, is_defeated, serves
from advisors.indexing import is_default, keys_of, ordered_keys
from advisors.references import TableUse
from facts.planner import Candidate, KeyPart
from facts.schema import Index, Schema, Table

MAX_COLUMNS = 3
# What an index holds beside its keys is written with every row; more than a few columns are a second table.
MAX_INCLUDED = 4
MAX_PREDICATES = 2
# BRIN sums up 128 pages at a time; of fewer pages than ten such ranges it leaves too much to read.
BRIN_PAGES = 1280
# From this correlation on the rows of a range lie together (pg_stats: 1 is perfect order).
BRIN_CORRELATION = 0.99
# A hash index holds 20 bytes a row whatever the value; of values this long a btree is three times its size.
HASH_WIDTH = 48
# Types that a btree cannot index or should not.
_UNFIT = ("json", "jsonb", "xml", "bytea", "point", "polygon", "tsvector")

Key = tuple[tuple[str, bool], ...]


def candidates_for(use: TableUse, distinct: Mapping[str, float]) -> list[Candidate]:
    """Candidates for one use of a table, without repetition.

    Args:
        use: How the statement uses the table.
        distinct: The number of distinct values of the table's columns, where known; the most distinct comes first.
    """
    table = use.table
    fit = {column.name for column in table.columns if column.type.split("(")[0] not in _UNFIT}
    keys = dict.fromkeys(key for key in _keys(use, distinct, fit) if key)
    found = [_candidate(table, key) for key in keys]
    found += [
        replace(_candidate(table, key), predicate=predicate)
        for column, predicate in use.predicates[:MAX_PREDICATES]
        for key in _confined(use, column, distinct, fit)
    ]
    found += [
        _candidate(table, key, rest)
        for key in keys
        if (rest := _rest(use, key)) and len(rest) <= MAX_INCLUDED and fit.issuperset(rest)
    ]
    return found


def _confined(use: TableUse, column: str, distinct: Mapping[str, float], fit: set[str]) -> list[Key]:
    """The keys of an index that is confined by a condition on the column, which then need not be a key itself."""
    others = replace(use, equal=[name for name in use.equal if name != column])
    keys = dict.fromkeys(key for key in _keys(others, distinct, fit) if key)
    return [*keys, *([((column, False),)] if column in fit else [])]


def _candidate(table: Table, key: Key, included: Sequence[str] = ()) -> Candidate:
    parts = tuple(KeyPart(column=name, descending=descending) for name, descending in key)
    return Candidate(schema=table.schema, table=table.name, keys=parts, included=tuple(included))


def _rest(use: TableUse, key: Key) -> list[str]:
    """What else of the table the statement needs; nothing where it needs all of it."""
    named = {name for name, _ in key}
    return sorted(name for name in use.needed or () if name not in named)


def _keys(use: TableUse, distinct: Mapping[str, float], fit: set[str]) -> Iterator[Key]:
    equal = sorted((name for name in use.equal if name in fit), key=lambda name: -distinct.get(name, 0.0))
    joined = [name for name in use.joined if name in fit and name not in equal]
    ranges = [name for name in use.ranges if name in fit and name not in equal]
    order = [(name, descending) for name, descending in use.order if name in fit]
    grouped = [(name, False) for name in use.grouped if name in fit]
    fixed = [(name, False) for name in equal]
    yield from _filtering(fixed, ranges)
    for following in (order, grouped):
        yield _cut(fixed + _directed(following, equal))
    for name in use.either:
        if name in fit:
            yield _cut([(name, False)])
            yield _cut([*fixed, (name, False)])
    yield from _joining(fixed, joined, ranges, order)
    if use.limited and order:
        yield _cut(_directed(order, []))
    yield _cut(grouped)


def _filtering(fixed: Sequence[tuple[str, bool]], ranges: Sequence[str]) -> Iterator[Key]:
    """By what the statement compares with values."""
    yield _cut(fixed)
    for each in fixed:
        yield _cut([each])
    for name in ranges:
        yield _cut([*fixed, (name, False)])
        yield _cut([(name, False)])
    if len(fixed) == 2:  # noqa: PLR2004  (both orders of two columns; more would be guessing)
        for pair in permutations(fixed):
            yield _cut(pair)


def _joining(
    fixed: Sequence[tuple[str, bool]], joined: Sequence[str], ranges: Sequence[str], order: Sequence[tuple[str, bool]]
) -> Iterator[Key]:
    """By what another table's row asks for: alone, with a second join column, and with what narrows it further."""
    for name in joined:
        yield _cut([(name, False)])
        yield _cut([*fixed, (name, False)])
        yield _cut([(name, False), *fixed])
        yield _cut([(name, False), *_directed(order, [name])])
        for other in ranges:
            yield _cut([(name, False), (other, False)])
        for other in joined:
            yield _cut([(name, False), (other, False)])


def _directed(order: Sequence[tuple[str, bool]], equal: Sequence[str]) -> list[tuple[str, bool]]:
    """The sort columns that are not fixed already. One direction throughout can be read backwards, so it is written ascending."""
    left = [(name, descending) for name, descending in order if name not in equal]
    if len({descending for _, descending in left}) <= 1:
        return [(name, False) for name, _ in left]
    return left


def _cut(key: Iterable[tuple[str, bool]]) -> Key:
    """At most three different columns."""
    seen: dict[str, bool] = {}
    for name, descending in key:
        seen.setdefault(name, descending)
    return tuple(list(seen.items())[:MAX_COLUMNS])


def candidates_beside(
    use: TableUse,
    distinct: Mapping[str, float],
    indexes: Sequence[Index],
    ordered: Collection[str] = (),
    wide: Collection[str] = (),
) -> Iterator[tuple[Candidate, Index | None]]:
    """Each candidate, with the existing index of the table that serves it already.

    Args:
        use: How the statement uses the table.
        distinct: See `candidates_for`.
        indexes: Of the table.
        ordered: The columns in whose order the table's rows lie.
        wide: The columns whose values a hash is much smaller than.
    """
    for each in candidates_for(use, distinct):
        # What one includes, or is confined to, no other one serves as well.
        yield each, None if each.included or each.predicate else served(each, indexes)
    usable = [index for index in indexes if index.valid and not index.predicate]
    yield from _on_expressions(use, usable)
    yield from _by_other_methods(use, usable, ordered)
    yield from _by_hash(use, usable, wide)


def _on_expressions(use: TableUse, indexes: Sequence[Index]) -> Iterator[tuple[Candidate, Index | None]]:
    """Of expressions that are compared. Where the bare column has an index, the statement should rather be written for that (SQL005)."""
    for wrapped in use.wrapped:
        plain_cast = isinstance(wrapped.expression, exp.Cast) and isinstance(wrapped.expression.this, exp.Column)
        defeated = use.table.kind != "p" and any(is_defeated(index, wrapped.column) for index in indexes)
        if plain_cast or not is_complete(wrapped) or defeated:
            continue
        key = KeyPart(expression=bare(wrapped))
        candidate = Candidate(schema=use.table.schema, table=use.table.name, keys=(key,))
        yield candidate, next((index for index in indexes if serves(index, wrapped)), None)


def _by_other_methods(
    use: TableUse, indexes: Sequence[Index], ordered: Collection[str]
) -> Iterator[tuple[Candidate, Index | None]]:
    types = {column.name: column.type for column in use.table.columns}
    found = [
        ("gin", KeyPart(column=name, operator_class="jsonb_path_ops"))
        for name in use.contained
        if types[name] == "jsonb"
    ]
    found += [("gin", KeyPart(column=name)) for name in use.contained if types[name].endswith("[]")]
    if use.table.pages >= BRIN_PAGES:
        found += [("brin", KeyPart(column=name)) for name in use.ranges if name in ordered]
    for method, key in found:
        candidate = Candidate(schema=use.table.schema, table=use.table.name, keys=(key,), method=method)
        own = (index for index in indexes if index.method == method and index.keys[0] == key.column)
        yield candidate, next(own, None)


def _by_hash(
    use: TableUse, indexes: Sequence[Index], wide: Collection[str]
) -> Iterator[tuple[Candidate, Index | None]]:
    """Of long values that are only ever compared whole: links, tokens, digests."""
    for name in use.equal:
        if name in wide:
            key = KeyPart(column=name)
            candidate = Candidate(schema=use.table.schema, table=use.table.name, keys=(key,), method="hash")
            own = (index for index in indexes if index.method in {"hash", "btree"} and index.keys[0] == name)
            yield candidate, next(own, None)


def served(candidate: Candidate, indexes: Iterable[Index]) -> Index | None:
    """Of the indexes of the candidate's table, the one that already starts with its columns; None where there is none."""
    wanted = keys_of(candidate)
    for index in indexes:
        if index.method != "btree" or index.predicate or not index.valid or not is_default(index):
            continue
        have = ordered_keys(index)
        # Read backwards both the direction and the place of the nulls are turned.
        turned = [(name, option ^ 3) for name, option in have]
        if wanted in (have[: len(wanted)], turned[: len(wanted)]):
            return index
    return None


def ordered_columns(schema: Schema) -> dict[int, frozenset[str]]:
    """The columns in whose order the rows lie, by the oid of their table: where rows are only ever appended, moments and serial numbers."""
    found: dict[int, set[str]] = {}
    for each in schema.statistics:
        if not each.inherited and abs(each.correlation or 0.0) >= BRIN_CORRELATION:
            found.setdefault(each.table_oid, set()).add(each.column)
    return {oid: frozenset(columns) for oid, columns in found.items()}


def wide_columns(schema: Schema) -> dict[int, frozenset[str]]:
    """The columns whose values are long, by the oid of their table."""
    found: dict[int, set[str]] = {}
    for each in schema.statistics:
        if not each.inherited and each.average_width >= HASH_WIDTH:
            found.setdefault(each.table_oid, set()).add(each.column)
    return {oid: frozenset(columns) for oid, columns in found.items()}


def distinct_values(schema: Schema) -> dict[int, dict[str, float]]:
    """The number of distinct values of each column that has statistics, by the oid of its table."""
    rows = {table.oid: max(table.row_estimate, 1.0) for table in schema.tables}
    found: dict[int, dict[str, float]] = {}
    for each in schema.statistics:
        if not each.inherited and each.table_oid in rows:
            found.setdefault(each.table_oid, {})[each.column] = each.distinct_of(rows[each.table_oid])
    return found
