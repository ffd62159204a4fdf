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
from collections.abc import Iterable

from sqlglot import exp

from advisors.evidence import expected, owner, query
from advisors.references import TableUse, Wrapped, table_uses
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.identifiers import qualified, quote
from facts.message import msg
from facts.planner import Planner, UnplannableError
from facts.schema import Index, Schema, Table

# PostgreSQL prints a cast column as (name)::type in a plan's conditions.
_CAST_IN_PLAN = re.compile(r'\(((?:\w+|"(?:[^"]|"")+")\.)?(\w+|"(?:[^"]|"")+")\)::([\w ]+)')
# A varchar column is always cast to text in plans, without any harm.
_HARMLESS = ("text", "character varying", "regclass")


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at expressions in the texts, and at casts in the plans."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        planner = context.planners.get(workload.key)
        for family in workload.families:
            if family.tree is None or family.kind == "insert":
                continue
            uses = table_uses(family.tree, schema)
            seen = set()
            for use in uses:
                for wrapped in use.wrapped:
                    if (use.table.oid, wrapped.column) not in seen:
                        seen.add((use.table.oid, wrapped.column))
                        yield _outcome(use.table, wrapped, family, workload, schema)
            for use, column, kind in _cast_in_plan(family, uses, planner):
                if (use.table.oid, column) not in seen:
                    seen.add((use.table.oid, column))
                    cast = Wrapped(column, exp.cast(exp.column(column), kind))
                    yield _outcome(use.table, cast, family, workload, schema)


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


def _outcome(table: Table, wrapped: Wrapped, family: Family, workload: Workload, schema: Schema) -> Outcome:
    place = f"{table.subject}.{quote(wrapped.column)}"

    def quiet(reason: str) -> Quiet:
        return Quiet(code="SQL005", target=owner(workload), subject=place, reason=reason)

    if table.pages < THRESHOLDS.small_pages:
        return quiet("small-table")
    indexes = [index for index in schema.indexes if index.table_oid == table.oid and index.valid]
    if any(_serves(index, wrapped) for index in indexes):
        return quiet("expression-index")
    defeated = next((index for index in indexes if index.method == "btree" and index.keys[0] == wrapped.column), None)
    if defeated is None:
        return quiet("no-index")
    return _finding(place, table, wrapped, defeated, family, workload)


def _serves(index: Index, wrapped: Wrapped) -> bool:
    """Whether the index's first key is an expression that calls the same function on the same column."""
    if index.key_attributes[0] != 0:
        return False
    words = set(re.findall(r"\w+", index.keys[0].lower()))
    return {wrapped.column.lower(), _function(wrapped).lower()} <= words


def _function(wrapped: Wrapped) -> str:
    expression = wrapped.expression
    return str(expression.sql_name() if isinstance(expression, exp.Func) else type(expression).__name__)


def _finding(place: str, table: Table, wrapped: Wrapped, index: Index, family: Family, workload: Workload) -> Finding:
    cast = isinstance(wrapped.expression, exp.Cast)
    text = wrapped.expression.sql(dialect="postgres")
    plain = re.sub(r"\b\w+\.(?=\w)", "", text)
    remedy = (
        Remedy(text=msg("Send the parameter with the column's own type, so that the column is compared as it is."))
        if cast
        else Remedy(
            text=msg("Compare the bare column with a value that was folded before, or index the expression."),
            sql=(
                (
                    f"CREATE INDEX CONCURRENTLY {quote(f'idx_{table.name}_{wrapped.column}_expr'[:63])} ON "
                    f"{qualified(table.schema, table.name)} (({plain}))"
                ),
            ),
            rollback=(
                f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(table.schema, f'idx_{table.name}_{wrapped.column}_expr'[:63])}",
            ),
            risk=msg(
                "One more index to write; run ANALYZE afterwards, since a new expression index has no statistics."
            ),
        )
    )
    return Finding(
        code="SQL005",
        rule="wrapped-column",
        area=Area.QUERIES,
        target=owner(workload),
        subject=place,
        severity=severity_of(family.cores_at_multiplier, workload.cores),
        title=msg("{expression} keeps {index} from being used", expression=text, index=index.subject),
        summary=msg(
            "The statement ran {calls} times for {mean} each and touched {blocks} blocks a call; "
            "the index on the column would touch a handful.",
            calls=quantities.count(family.calls),
            mean=quantities.seconds(family.mean_seconds),
            blocks=quantities.count(family.shared_blocks / max(family.calls, 1)),
        ),
        evidence=Evidence(queries=(query(family),), figures={"table_pages": float(table.pages)}),
        expected=expected([family], None, "counted"),
        loss=family.cores_at_multiplier,
        remedy=remedy,
    )


RULE = Rule(
    code="SQL005",
    name="wrapped-column",
    area=Area.QUERIES,
    judge=judge,
    reasons=("expression-index", "no-index", "small-table"),
)
