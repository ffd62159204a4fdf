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

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from advisors.evidence import expected, owner, query
from advisors.indexing import index_name
from advisors.references import TableUse, table_uses
from advisors.rule import Context, Outcome, Rule
from advisors.rules.idx001_missing_index import THRESHOLDS as INDEX_THRESHOLDS
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
    """Looks at every statement that matches a pattern; one outcome for each column."""
    for workload in context.workloads:
        schema = workload.facts.schema
        if schema is None:
            continue
        places: dict[tuple[int, str], dict[str, tuple[TableUse, Family]]] = defaultdict(dict)
        for family in workload.families:
            if family.tree is None or family.kind == "insert":
                continue
            for use in table_uses(family.tree, schema):
                for column, _ in use.likes:
                    places[use.table.oid, column].setdefault(family.id, (use, family))
        for (_, column), found in places.items():
            yield _outcome(column, list(found.values()), workload, schema)


def _outcome(column: str, found: list[tuple[TableUse, Family]], workload: Workload, schema: Schema) -> Outcome:
    table = found[0][0].table
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
    enough = table.pages * THRESHOLDS.table_share
    heavy = [(use, family) for use, family in found if family.shared_blocks / max(family.calls, 1) >= enough]
    return _finding(column, place, heavy, workload, schema) if heavy else quiet("cheap")


def _finding(
    column: str, place: str, heavy: list[tuple[TableUse, Family]], workload: Workload, schema: Schema
) -> Finding:
    table = heavy[0][0].table
    families = [family for _, family in heavy]
    worst = families[0]
    cores = sum(family.cores_at_multiplier for family in families)
    patterns = [predicate for use, _ in heavy for name, predicate in use.likes if name == column]
    return Finding(
        code="SQL004",
        rule="leading-wildcard",
        area=Area.QUERIES,
        target=owner(workload),
        subject=place,
        severity=severity_of(cores, workload.cores),
        title=msg(
            "A search reads the whole table for each {kind} on {place}",
            kind="ILIKE" if any(isinstance(each, exp.ILike) for each in patterns) else "LIKE",
            place=place,
        ),
        summary=msg(
            "The most expensive search ran {calls} times for {mean} each and returned {rows} rows a call out of {table_rows}.",
            calls=quantities.count(worst.calls),
            mean=quantities.seconds(worst.mean_seconds),
            rows=f"{worst.rows / max(worst.calls, 1):.0f}",
            table_rows=quantities.count(max(table.row_estimate, 0)),
        ),
        evidence=Evidence(
            queries=tuple(query(family) for family in families),
            figures={
                "blocks_per_call": round(worst.shared_blocks / max(worst.calls, 1), 1),
                "table_pages": float(table.pages),
            },
            facts=tuple(_facts(heavy)),
        ),
        expected=expected(families, None, "counted"),
        loss=cores,
        remedy=_remedy(column, heavy, schema),
    )


def _facts(heavy: list[tuple[TableUse, Family]]) -> Iterable[Message]:
    yield msg(
        "The pattern itself is not in the normalized text; the blocks that it reads show that it does not start with fixed characters."
    )
    yield msg(
        "Patterns of one or two characters, as in two-character Chinese words, are not served "
        "by trigrams: put a cache in front of those."
    )
    if any(use.disjunctive for use, _ in heavy):
        yield msg(
            "The pattern stands under OR with other columns: rewrite it as a UNION of one search a column before indexing each."
        )


def _remedy(column: str, heavy: list[tuple[TableUse, Family]], schema: Schema) -> Remedy:
    risk = msg("A trigram index is about as large as the column and slows writes to it; build it outside of the rush.")
    if all(use.disjunctive for use, _ in heavy):  # no statement would use an index on this column alone
        return Remedy(
            text=msg(
                "Rewrite the search so that each column is matched alone, then index each with trigrams; and cache frequent searches."
            ),
            risk=risk,
        )
    table = heavy[0][0].table
    key = KeyPart(column=column, operator_class="gin_trgm_ops")
    candidate = Candidate(schema=table.schema, table=table.name, method="gin", keys=(key,))
    name = index_name(candidate, schema.indexes)
    has_extension = any(each.kind == "extension" and each.name == "pg_trgm" for each in schema.definitions)
    extension = () if has_extension else ("CREATE EXTENSION IF NOT EXISTS pg_trgm",)
    return Remedy(
        text=msg("Create a trigram index, and keep a cache in front of frequent searches."),
        sql=(*extension, candidate.ddl(name, concurrently=True)),
        rollback=(f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(table.schema, name)}",),
        risk=risk,
    )


RULE = Rule(
    code="SQL004",
    name="leading-wildcard",
    area=Area.QUERIES,
    judge=judge,
    reasons=("trigram-index", "cheap", "small-table"),
)
