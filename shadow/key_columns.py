"""What the size model has to know about a candidate's keys: from the statistics, and for expressions from the shadow's planner."""

import re

from facts.identifiers import qualified
from facts.planner import Candidate, KeyPart
from facts.schema import Column, ColumnStatistics, Schema, Table
from shadow.connection import Connection
from shadow.gin_size import Elements, elements_of
from shadow.index_size import KeyColumn, key_column


class KeyColumns:
    """Rows and key columns of a candidate on one table; ask while the table has its size."""

    def __init__(self, connection: Connection, schema: Schema) -> None:
        """Keeps the statistics of the tables' own rows, without those of their partitions."""
        self._connection = connection
        self._statistics = {(each.table_oid, each.column): each for each in schema.statistics if not each.inherited}

    def rows(self, table: Table, candidate: Candidate) -> float:
        """How many rows the index would have."""
        everything = max(table.row_estimate, 0.0)
        if not candidate.predicate:
            return everything
        return min(everything, self._estimated_rows(f"SELECT FROM {_only(table)} WHERE {candidate.predicate}"))

    def keys(self, table: Table, candidate: Candidate) -> list[KeyColumn]:
        """The key columns in their order."""
        return [self._key(table, part) for part in candidate.keys]

    def included(self, table: Table, candidate: Candidate) -> list[KeyColumn]:
        """The columns that are only carried along."""
        return [self._key(table, KeyPart(column=name)) for name in candidate.included]

    def elements(self, table: Table, candidate: Candidate) -> list[Elements]:
        """What the rows fall into in each key of a GIN index; of an expression, what its column's own values do."""
        found = []
        for part in candidate.keys:
            named = [each for each in table.columns if each.name == part.column or _is_named(each, part.expression)]
            known = next((self._statistics.get((table.oid, each.name)) for each in named), None)
            found.append(elements_of(known, named[0].type if named else "text", part.operator_class))
        return found

    def _key(self, table: Table, part: KeyPart) -> KeyColumn:
        rows = max(table.row_estimate, 0.0)
        if not part.expression:
            type_name = next((each.type for each in table.columns if each.name == part.column), "text")
            return key_column(type_name, self._statistics.get((table.oid, part.column)), rows)
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT ({part.expression}) FROM {_only(table)} LIMIT 0")  # noqa: S608  (plans, reads nothing)
            described = cursor.description or ()
            cursor.execute("SELECT format_type(%s, NULL)", [described[0].type_code])
            row = cursor.fetchone()
        distinct = self._estimated_rows(f"SELECT ({part.expression}) FROM {_only(table)} GROUP BY 1")  # noqa: S608  (only planned)
        imagined = ColumnStatistics(
            table_oid=table.oid, column="", inherited=False, null_ratio=0.0, average_width=self._width(table, part.expression),
            distinct=distinct, common_values=None, common_ratios=None, histogram=None, correlation=None, common_elements=None,
            common_element_ratios=None, element_count_histogram=None, masked=False,
        )  # fmt: skip
        return key_column(row[0] if row else "text", imagined, rows)

    def _width(self, table: Table, expression: str) -> int:
        """The width of the widest column in the expression: lower(email) is as wide as email."""
        named = [each for each in table.columns if _is_named(each, expression)]
        known = [self._statistics.get((table.oid, each.name)) for each in named]
        return max((each.average_width for each in known if each), default=0)

    def _estimated_rows(self, query: str) -> float:
        with self._connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
            row = cursor.fetchone()
        return float(row[0][0]["Plan"]["Plan Rows"]) if row else 0.0


def _is_named(column: Column, expression: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", expression) is not None


def _only(table: Table) -> str:
    return f"ONLY {qualified(table.schema, table.name)}"
