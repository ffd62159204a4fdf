"""The candidate indexes of TPC-H's queries: those of an audit, and those that the yardstick looks at."""

import re
from collections.abc import Iterator, Mapping
from itertools import permutations

from advisors.index_search.advice import Thresholds
from advisors.index_search.candidates import candidates_beside, distinct_values, ordered_columns
from advisors.index_search.plans import Set
from advisors.references import table_uses
from facts.planner import Candidate, KeyPart
from facts.schema import Schema
from facts.syntax import parse

Pools = Mapping[str, Set]


def advised(texts: Mapping[str, str], schema: Schema) -> Pools:
    """The candidates of an audit, by query."""
    distinct, ordered = distinct_values(schema), ordered_columns(schema)
    return {name: frozenset(_of_an_audit(text, schema, distinct, ordered)) for name, text in texts.items()}


def _of_an_audit(
    text: str,
    schema: Schema,
    distinct: Mapping[int, Mapping[str, float]],
    ordered: Mapping[int, frozenset[str]],
) -> Iterator[Candidate]:
    for use in table_uses(parse(text), schema):
        if use.table.pages >= Thresholds().small_pages:
            own = [each for each in schema.indexes if each.table_oid == use.table.oid]
            oid = use.table.oid
            found = candidates_beside(use, distinct.get(oid, {}), own, ordered.get(oid, frozenset()))
            yield from (each for each, serving in found if serving is None)


def pairs(texts: Mapping[str, str], schema: Schema) -> Pools:
    """Every one and every two of the columns that Extend may take, of tables that are worth an index."""
    large = {table.name for table in schema.tables if table.pages >= Thresholds().small_pages}
    return {
        name: frozenset(
            Candidate(schema="public", table=table, keys=tuple(KeyPart(column=column) for _, column in columns))
            for length in (1, 2)
            for columns in permutations(sorted(columns_of(text, schema)), length)
            if len({table for table, _ in columns}) == 1 and (table := columns[0][0]) in large
        )
        for name, text in texts.items()
    }


def columns_of(text: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Table and name of every column that the text names; no two tables of TPC-H share one."""
    for table in schema.tables:
        for column in table.columns:
            if re.search(rf"\b{column.name}\b", text):
                yield table.name, column.name
