"""A search matches anywhere in a text, and no index serves that.

What it finds:
    LIKE and ILIKE on a column without a trigram index, where the statement reads much of the table for few rows.
Why it hurts:
    A btree finds the beginning of a word only; `%word%` reads and compares every row, and comparing Chinese text without regard to
    case is slow.
Needs:
    pg_stat_statements, the schema.
Quiet when:
    - trigram-index: a GIN or GiST index with trigram operators is on the column
    - cheap: the statement reads few blocks
    - small-table: the table has fewer than 64 pages
Before:
    SELECT … FROM products WHERE title ILIKE '%耳机%', every product for every search
After:
    A trigram index for patterns of three and more characters; for two-character Chinese words a cache or a search engine
Risk:
    A trigram index is large (often as large as the column) and slows writes. Patterns of one or two characters yield no trigram: measured
    there, the index is slower than the scan. Under OR across several columns it serves only if each has one.
Source:
    PostgreSQL documentation, pg_trgm, "Index Support".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.evidence import expected, owner, query
from advisors.references import TableUse, table_uses
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS as INDEX_THRESHOLDS
from advisors.rules.idx001_missing_index import index_name
from advisors.severity import severity_of
from advisors.workload import Family, Workload
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy
from facts.identifiers import qualified, quote
from facts.message import Message, msg
from facts.planner import Candidate, KeyPart
from facts.schema import Schema


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a search reads too much.

    Attributes:
        table_share: Share of the table's pages that a call touches; a pattern with a fixed beginning reads a sliver of an index.
    """

    table_share: float = 0.3


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every statement that matches a pattern."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        for family in workload.families:
            if family.tree is None or family.kind == "insert":
                continue
            for use in table_uses(family.tree, schema):
                for column in dict.fromkeys(name for name, _ in use.likes):
                    yield _outcome(column, use, family, workload, schema)


def _outcome(column: str, use: TableUse, family: Family, workload: Workload, schema: Schema) -> Outcome:
    table = use.table
    place = f"{table.subject}.{quote(column)}"

    def quiet(reason: str) -> Quiet:
        return Quiet(code="SQL004", target=owner(workload), subject=place, reason=reason)

    if table.pages < INDEX_THRESHOLDS.small_pages:
        return quiet("small-table")
    for index in schema.indexes:
        if index.table_oid == table.oid and index.valid and column in index.keys:
            position = index.keys.index(column)
            if "trgm" in index.operator_classes[position]:
                return quiet("trigram-index")
    if family.shared_blocks / max(family.calls, 1) < table.pages * THRESHOLDS.table_share:
        return quiet("cheap")
    return _finding(column, place, use, family, workload, schema)


def _finding(column: str, place: str, use: TableUse, family: Family, workload: Workload, schema: Schema) -> Finding:
    table = use.table
    insensitive = any(type(predicate).__name__ == "ILike" for name, predicate in use.likes if name == column)
    facts: list[Message] = [
        msg(
            "The pattern itself is not in the normalized text; the blocks that it reads show that it does not start with fixed characters."
        ),
        msg(
            "Patterns of one or two characters, as in two-character Chinese words, are not served "
            "by trigrams: put a cache in front of those."
        ),
    ]
    statements: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()
    if use.disjunctive:
        facts.append(
            msg(
                "The pattern stands under OR with other columns: rewrite it as a UNION of one search a column before indexing each."
            )
        )
        text = msg(
            "Rewrite the search so that each column is matched alone, then index each with trigrams; and cache frequent searches."
        )
    else:
        candidate = Candidate(
            schema=table.schema,
            table=table.name,
            method="gin",
            keys=(KeyPart(column=column, operator_class="gin_trgm_ops"),),
        )
        name = index_name(candidate, {index.name for index in schema.indexes})
        text = msg("Create a trigram index, and keep a cache in front of frequent searches.")
        has_extension = any(each.kind == "extension" and each.name == "pg_trgm" for each in schema.definitions)
        extension = () if has_extension else ("CREATE EXTENSION IF NOT EXISTS pg_trgm",)
        statements = (*extension, candidate.ddl(name, concurrently=True))
        rollback = (*("" for _ in extension), f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(table.schema, name)}")
    return Finding(
        code="SQL004",
        rule="leading-wildcard",
        area=Area.QUERIES,
        target=owner(workload),
        subject=place,
        severity=severity_of(family.cores_at_multiplier, workload.cores),
        title=msg(
            "A search reads the whole table for each {kind} on {place}",
            kind="ILIKE" if insensitive else "LIKE",
            place=place,
        ),
        summary=msg(
            "It ran {calls} times for {mean} each and returned {rows} rows a call out of {table_rows}.",
            calls=quantities.count(family.calls),
            mean=quantities.seconds(family.mean_seconds),
            rows=f"{family.rows / max(family.calls, 1):.0f}",
            table_rows=quantities.count(max(table.row_estimate, 0)),
        ),
        evidence=Evidence(
            queries=(query(family),),
            figures={
                "blocks_per_call": round(family.shared_blocks / max(family.calls, 1), 1),
                "table_pages": float(table.pages),
            },
            facts=tuple(facts),
        ),
        expected=expected([family], None, "counted"),
        loss=family.cores_at_multiplier,
        remedy=Remedy(
            text=text,
            sql=statements,
            rollback=tuple(each for each in rollback if each),
            risk=msg(
                "A trigram index is about as large as the column and slows writes to it; build it outside of the rush."
            ),
        ),
    )


RULE = Rule(
    code="SQL004",
    name="leading-wildcard",
    area=Area.QUERIES,
    judge=judge,
    reasons=("trigram-index", "cheap", "small-table"),
)
