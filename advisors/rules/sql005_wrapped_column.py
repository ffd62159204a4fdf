"""A function or a cast around a column keeps its index from being used.

What it finds:
    Comparisons of an expression over a column that an index starts with: lower(email) = $1, date(created_at) = $1, and casts that
    PostgreSQL itself adds because the parameter has another type.
Why it hurts:
    The index is there and of no use: the expression has to be computed for every row.
Needs:
    pg_stat_statements, the schema, the shadow planner for casts that do not stand in the text.
Quiet when:
    - expression-index: an index on that very expression serves it
    - no-index: no index starts with the column, so the expression defeats none
    - small-table: the table has fewer than 64 pages
    - no-expression: no statement compares an expression over a column
Before:
    SELECT … FROM users WHERE lower(email) = $1, every user for every login
After:
    WHERE email = $1 with the value folded once by the application, or an index on lower(email)
Risk:
    Comparing without the function finds other rows where data is not uniform. An expression index is one more index to write.
Source:
    PostgreSQL documentation, "Indexes on Expressions"; type conversion of operators.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from sqlglot import exp

from advisors.evidence import expected, owner, query
from advisors.expressions import bare, is_complete, is_defeated, serves
from advisors.indexing import index_name
from advisors.references import TableUse, Wrapped, table_uses
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.identifiers import qualified, quote
from facts.message import msg
from facts.planner import Candidate, KeyPart, Planner, UnplannableError
from facts.schema import Index, Schema, Table

# PostgreSQL prints a cast column as (name)::type in a plan's conditions.
_CAST_IN_PLAN = re.compile(r'\(((?:\w+|"(?:[^"]|"")+")\.)?(\w+|"(?:[^"]|"")+")\)::([\w ]+)')
# A varchar column is always cast to text in plans, without any harm.
_HARMLESS = ("text", "character varying", "regclass")


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at expressions in the texts and at casts in the plans; one outcome for each column."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        tables = {table.oid: table for table in schema.tables}
        planner = context.planners.get(workload.key)
        places: dict[tuple[int, str], list[tuple[Wrapped, Family]]] = defaultdict(list)
        for family in workload.families:
            if family.tree is not None and family.kind != "insert":
                for oid, wrapped in _wrapped_columns(family, schema, planner):
                    places[oid, wrapped.column].append((wrapped, family))
        if workload.families and not places:
            yield Quiet(code="SQL005", target=owner(workload), subject=owner(workload), reason="no-expression")
        for (oid, _), found in places.items():
            yield _outcome(tables[oid], found, workload, schema, planner)


def _wrapped_columns(family: Family, schema: Schema, planner: Planner | None) -> Iterable[tuple[int, Wrapped]]:
    """(table oid, column with its expression), each column once."""
    if family.tree is None:
        return
    uses = table_uses(family.tree, schema)
    seen = set()
    in_text = [(use.table.oid, wrapped) for use in uses for wrapped in use.wrapped]
    in_plan = [
        (use.table.oid, Wrapped(column, exp.cast(exp.column(column), kind)))
        for use, column, kind in _cast_in_plan(family, uses, planner)
    ]
    for oid, wrapped in (*in_text, *in_plan):
        if (oid, wrapped.column) not in seen:
            seen.add((oid, wrapped.column))
            yield oid, wrapped


def _cast_in_plan(family: Family, uses: list[TableUse], planner: Planner | None) -> Iterable[tuple[TableUse, str, str]]:
    """Columns that the planner casts although the text compares them bare."""
    if planner is None:
        return
    try:
        plan = planner.plan(family.text)
    except UnplannableError:
        return
    for node in plan.nodes:
        for match in _CAST_IN_PLAN.finditer(node.filter):
            column = match.group(2).strip('"').replace('""', '"')
            kind = match.group(3).strip()
            for use in uses:
                if use.table.name == node.relation and column in use.equal and not kind.startswith(_HARMLESS):
                    yield use, column, kind


def _outcome(
    table: Table, found: list[tuple[Wrapped, Family]], workload: Workload, schema: Schema, planner: Planner | None
) -> Outcome:
    column = found[0][0].column
    place = f"{table.subject}.{quote(column)}"

    def quiet(reason: str) -> Quiet:
        return Quiet(code="SQL005", target=owner(workload), subject=place, reason=reason)

    if table.pages < THRESHOLDS.small_pages:
        return quiet("small-table")
    indexes = [index for index in schema.indexes if index.table_oid == table.oid and index.valid]
    unserved = [pair for pair in found if not any(serves(index, pair[0]) for index in indexes)]
    if not unserved:
        return quiet("expression-index")
    defeated = next((index for index in indexes if is_defeated(index, column)), None)
    if defeated is None:
        return quiet("no-index")
    remedy = _remedy(table, unserved[0][0], schema, planner)
    return _finding(place, table, unserved, defeated, workload, remedy)


def _finding(
    place: str,
    table: Table,
    unserved: list[tuple[Wrapped, Family]],
    index: Index,
    workload: Workload,
    remedy: Remedy,
) -> Finding:
    wrapped, worst = unserved[0]
    families = [family for _, family in unserved]
    cores = sum(family.cores_at_multiplier for family in families)
    return Finding(
        code="SQL005",
        rule="wrapped-column",
        area=Area.QUERIES,
        target=owner(workload),
        subject=place,
        severity=severity_of(cores, workload.cores),
        title=msg("{expression} keeps {index} from being used", expression=bare(wrapped), index=index.subject),
        summary=msg(
            "The most expensive statement ran {calls} times for {mean} each and touched {blocks} blocks a call; "
            "the index on the column would touch a handful.",
            calls=quantities.count(worst.calls),
            mean=quantities.seconds(worst.mean_seconds),
            blocks=quantities.count(worst.shared_blocks / max(worst.calls, 1)),
        ),
        evidence=Evidence(
            queries=tuple(query(family) for family in families), figures={"table_pages": float(table.pages)}
        ),
        expected=expected(families, None, "counted"),
        loss=cores,
        remedy=remedy,
    )


def _remedy(table: Table, wrapped: Wrapped, schema: Schema, planner: Planner | None) -> Remedy:
    if isinstance(wrapped.expression, exp.Cast):
        return Remedy(
            text=msg("Send the parameter with the column's own type, so that the column is compared as it is."),
            risk=msg("A change of the application's code."),
        )
    candidate = Candidate(schema=table.schema, table=table.name, keys=(KeyPart(expression=bare(wrapped)),))
    size = _size(candidate, wrapped, planner)
    if size is None:
        return Remedy(
            text=msg(
                "Compare the bare column: fold the value before it is sent, or ask for the range of values that the expression means."
            ),
            risk=msg("A change of the application's code."),
        )
    name = index_name(candidate, schema.indexes)
    return Remedy(
        text=msg("Compare the bare column with a value that was folded before, or index the expression."),
        sql=(candidate.ddl(name, concurrently=True),),
        rollback=(f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(table.schema, name)}",),
        size_bytes=size or None,
        risk=msg("One more index to write; run ANALYZE afterwards, since a new expression index has no statistics."),
    )


def _size(candidate: Candidate, wrapped: Wrapped, planner: Planner | None) -> int | None:
    """The index's size, 0 without a planner; None where it cannot be made: a value is missing, or the expression is not immutable."""
    if not is_complete(wrapped):
        return None
    try:
        return planner.size_bytes(candidate) if planner else 0
    except UnplannableError:
        return None


RULE = Rule(
    code="SQL005",
    name="wrapped-column",
    area=Area.QUERIES,
    judge=judge,
    reasons=("expression-index", "no-index", "small-table", "no-expression"),
)
