"""What goes into a search: each statement's plan as it is, and the indexes that could help it."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from advisors.index_search.advice import Advice, Thresholds, Weighed
from advisors.index_search.candidates import candidates_beside, distinct_values, ordered_columns, wide_columns
from advisors.index_search.plans import Plans
from advisors.index_search.pricing import Observed, Prices, calibrate
from advisors.references import named_tables, table_uses
from advisors.rule import Searched
from advisors.views import Views, inside, is_understood, views_by_name
from advisors.workload import Family, Workload
from facts.message import Message, msg
from facts.planner import Candidate, Plan, Planner, UnplannableError
from facts.schema import Index, Schema, Table, tables_by_name

# A statement's mean is believed from so many calls.
LEAST_CALLS = 5
# A block that the system holds in memory is copied in a few microseconds; the fastest disks take several times this.
FROM_MEMORY_SECONDS = 30e-6
Pool = tuple[tuple[Candidate, ...], frozenset[int]]


def weighed(
    workload: Workload,
    planner: Planner,
    schema: Schema,
    advice: Advice,
    sizes: dict[Candidate, int],
    thresholds: Thresholds,
    searching: Callable[[Searched], bool],
) -> Iterator[Weighed]:
    """Every family that could be helped, with its candidates; what could not be looked at goes to the advice.

    Args:
        workload: One database's families.
        planner: Answers what-if questions about that database.
        schema: Of the database.
        advice: Takes tables and statements for which there is nothing to search, with the reason.
        sizes: Takes the candidates that can be built, with their bytes.
        thresholds: When an index is worth proposing.
        searching: Told how far it has come.
    """
    readable = [each for each in workload.families if each.tree is not None and each.behind]
    known = _Known.of(schema, readable)
    advice.unplannable += _elsewhere(workload.families, known.views)
    pools = [_pool(each, known, advice, thresholds) for each in readable]
    by_table: dict[tuple[str, str], dict[Candidate, None]] = {}
    for each in chain.from_iterable(candidates for candidates, _ in pools):
        by_table.setdefault((each.schema, each.table), {})[each] = None
    for together in by_table.values():
        advice.ended = advice.ended or not searching(Searched(planned=0, statements=len(readable)))
        if not advice.ended:
            planner.prepare(together)
    found: list[_Planned] = []
    for number, (family, (candidates, tables)) in enumerate(zip(readable, pools, strict=True)):
        advice.ended = advice.ended or not searching(Searched(planned=number, statements=len(readable)))
        if advice.ended:
            advice.unplannable.append((family, msg("the search was ended before its turn")))
            continue
        try:
            base = planner.plan(family.text)
        except UnplannableError as error:
            advice.unplannable.append((family, error.reason))
            continue
        for oid in tables:
            # Only now: where nothing could be planned, nobody knows whether an index would help.
            advice.quiet.setdefault(oid, "no-gain")
        pool = frozenset(each for each in candidates if _is_sized(each, planner, sizes))
        found.append(_Planned(family, base, pool))
    advice.prices = calibrate(_observed(found), _cached_ratio(workload))
    for planned in found:
        family, base = planned.family, planned.base
        # One without candidates of its own may be harmed by others'.
        concerned = planned.pool or advice.prices is not None
        if concerned and base.cost > 0 and family.cores_at_multiplier > 0:
            share = _sharing(family, base, advice.prices, thresholds)
            plans = Plans(planner, family.text, planned.pool, base)
            yield Weighed(family, plans, share, _reaching(family, known))


@dataclass(frozen=True, slots=True)
class _Planned:
    """A statement with its plan as it is, and the indexes that were thought of for it."""

    family: Family
    base: Plan
    pool: frozenset[Candidate]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked up for each statement.

    Attributes:
        names: Tables by name.
        views: Their definitions by name.
        distinct: Numbers of distinct values, by table and column.
        ordered: Columns in whose order the rows lie, by table.
        wide: Columns whose values are long, by table.
        indexes: By table.
        worth: Cores of all statements on each table: no index on it saves more.
    """

    schema: Schema
    names: Mapping[str, Table]
    views: Views
    distinct: Mapping[int, Mapping[str, float]]
    ordered: Mapping[int, frozenset[str]]
    wide: Mapping[int, frozenset[str]]
    indexes: Mapping[int, Sequence[Index]]
    worth: Mapping[int, float]

    @classmethod
    def of(cls, schema: Schema, families: Sequence[Family]) -> "_Known":
        """From the schema, and from the statements on it."""
        indexes: dict[int, list[Index]] = defaultdict(list)
        for index in schema.indexes:
            indexes[index.table_oid].append(index)
        worth: dict[int, float] = defaultdict(float)
        for family in families:
            for oid in family.behind:
                worth[oid] += family.cores_at_multiplier
        return cls(
            schema,
            tables_by_name(schema),
            views_by_name(schema),
            distinct_values(schema),
            ordered_columns(schema),
            wide_columns(schema),
            indexes,
            worth,
        )


def _elsewhere(families: Sequence[Family], views: Views) -> Iterator[tuple[Family, Message]]:
    """Statements on what is no table that was read, with the reason why the search does not look there."""
    for family in families:
        for name in named_tables(family.tree) if family.tree is not None else ():
            if not is_understood(name, views):
                yield family, msg("it reads the view {view}, whose query is not understood", view=name)
                break
            if name in views and family.kind != "select":
                yield (
                    family,
                    msg("it changes rows beside the view {view}, into which the search then does not look", view=name),
                )
                break
            if not family.behind and not name.startswith(("pg_", "information_schema.")):
                yield family, msg("its table {table} is not among those that were read", table=name)
                break


def _pool(family: Family, known: "_Known", advice: Advice, thresholds: Thresholds) -> Pool:
    """Every candidate for the family, and its tables that are worth one; the others get their reason."""
    found: dict[Candidate, None] = {}
    tables: set[int] = set()
    trees = [family.tree, *inside(family.tree, known.views)] if family.tree is not None else []
    for use in chain.from_iterable(table_uses(tree, known.schema, known.names) for tree in trees):
        table = use.table
        if (table.pages or 0) < thresholds.small_pages and table.kind != "p":
            advice.quiet[table.oid] = "small-table"
            continue
        tables.add(table.oid)
        if known.worth[table.oid] < thresholds.min_gain_cores:
            continue
        distinct, indexes = known.distinct.get(table.oid, {}), known.indexes.get(table.oid, ())
        ordered, wide = known.ordered.get(table.oid, ()), known.wide.get(table.oid, ())
        for candidate, serving in candidates_beside(use, distinct, indexes, ordered, wide):
            if serving is None:
                found[candidate] = None
            else:
                advice.served[candidate.subject] = serving.subject
                advice.quiet.setdefault(table.oid, "served-by-existing-index")
    return tuple(found), frozenset(tables)


def _is_sized(candidate: Candidate, planner: Planner, sizes: dict[Candidate, int]) -> bool:
    """Whether it can be built; its size is kept."""
    if candidate not in sizes:
        try:
            sizes[candidate] = planner.size_bytes(candidate)
        except UnplannableError:
            return False
    return True


def _reaching(family: Family, known: _Known) -> Callable[[Candidate], bool]:
    """Whether a statement may take an index that was made for another: one on its tables that begins with a column that it names."""
    tables = {(each.schema, each.name) for each in known.schema.tables if each.oid in family.behind}
    words = set(re.findall(r"\w+", family.text.lower()))
    # What an expression begins with is not asked: its text may stand differently here.
    return lambda each: (
        (each.schema, each.table) in tables and (not each.keys[0].column or each.keys[0].column.lower() in words)
    )


def _observed(found: Iterable[_Planned]) -> list[Observed]:
    return [
        Observed(each.base.work, each.family.mean_seconds)
        for each in found
        if each.base.work is not None
        and each.family.calls >= LEAST_CALLS
        and not each.family.estimated
        and each.family.kind == "select"
    ]


def _cached_ratio(workload: Workload) -> float:
    """Share of the blocks that were found in memory; those too that the system held, where the server has timed its reads."""
    statements = workload.facts.statements
    listed = statements.statements if statements else ()
    hit, read = sum(each.shared_blocks_hit for each in listed), sum(each.shared_blocks_read for each in listed)
    timed = [each for each in listed if each.read_seconds is not None and each.shared_blocks_read > 0]
    if timed:
        waited = sum(each.read_seconds or 0.0 for each in timed) / sum(each.shared_blocks_read for each in timed)
        read = 0 if waited < FROM_MEMORY_SECONDS else read
    return hit / (hit + read) if hit + read > 0 else 1.0


def _sharing(family: Family, base: Plan, prices: Prices | None, thresholds: Thresholds) -> Callable[[Plan], float]:
    """A plan's time as a share of the base's, or its cost where times are not known; what errors could explain is no gain, and no loss."""
    seconds = 0.0 if family.estimated else family.mean_seconds * (base.work.processes if base.work else 1.0)

    def share(plan: Plan) -> float:
        kept = prices.kept(plan, base, seconds) if prices else plan.cost / base.cost
        return kept if kept <= thresholds.min_cost_ratio or kept >= thresholds.slower else 1.0

    return share
