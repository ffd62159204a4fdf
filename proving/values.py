"""Values for the parameters of a normalized statement, from rows of the copy.

Parameters that are compared with columns of one table get the values of one row, so that conditions that belong together fit together;
several for one column, as in IN ($1, $2), get those of several rows. Rows are drawn as they lie in the table, which is how often each
value is met, not how often shoppers ask for it. How wide a range is nothing tells, so that a statement which asks for a range and for
nothing else is not filled.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from psycopg2.extensions import quote_ident

from facts.message import msg
from facts.schema import Schema, Table, tables_by_name
from proving.copy import Copy
from proving.replay import UnreplayableError
from shadow import parameters, statements
from shadow.parameters import Compared, Role
from shadow.scanner import statements_in
from shadow.statistics import array_literal

SETS = 10
# More are drawn, since some are the same.
_DRAWS = 3 * SETS
_ARRAY_LENGTH = 10
_PAGES_SAMPLED = 40
_ROW_LIMIT = _DRAWS * _ARRAY_LENGTH
_PATTERN_LENGTH = 8


def filled(copy: Copy, text: str, schema: Schema) -> tuple[str, ...]:
    """The statement with values in its parameters' places, as many times as there are sets of values.

    Args:
        copy: Whose rows give the values.
        text: Normalized, as pg_stat_statements keeps it.
        schema: The mall's tables.

    Raises:
        UnreplayableError: A parameter is compared with nothing whose values could be drawn, or it is no query.
        psycopg2.Error: The rows could not be read.
    """
    if not statements.is_plannable(text) or statements_in(text) != 1:
        raise UnreplayableError(msg("it is not a query, so it has no plan"))
    repaired = statements.repaired(text)
    wanted = statements.parameters(repaired)
    if not wanted:
        return (repaired,)
    compared = parameters.compared_columns(repaired, tables_by_name(schema))
    unknown = sorted(wanted - compared.keys()) or sorted(
        number for number in wanted if compared[number].role in {Role.SPAN, Role.ELEMENT}
    )
    if unknown:
        raise UnreplayableError(msg("nothing tells what values ${number} has", number=unknown[0]))
    chosen = {number: compared[number] for number in sorted(wanted)}
    if all(each.ranged for each in chosen.values()):
        column = next(iter(chosen.values())).column
        raise UnreplayableError(msg("nothing tells how wide the ranges of {column} are", column=column))
    texts = dict.fromkeys(statements.with_values(repaired, values) for values in _drawn(copy, chosen, schema))
    if any(statements_in(each) != 1 for each in texts):
        raise UnreplayableError(msg("with values it is more than one statement"))
    return tuple(texts)[:SETS]


def _drawn(copy: Copy, compared: Mapping[int, Compared], schema: Schema) -> list[dict[int, str]]:
    by_table: dict[int, set[str]] = defaultdict(set)
    for each in compared.values():
        by_table[each.table_oid].add(each.column)
    rows = {
        oid: _rows(copy, table, sorted(columns)) for oid, columns in by_table.items() if (table := schema.table(oid))
    }
    if any(not found for found in rows.values()):
        raise UnreplayableError(msg("the copy has no rows to take values from"))
    seen: Counter[tuple[int, str]] = Counter()
    places: dict[int, int] = {}
    for number, each in compared.items():
        # A range's two ends are not two values to choose among.
        places[number] = 0 if each.ranged else seen[each.table_oid, each.column]
        seen[each.table_oid, each.column] += not each.ranged
    return [
        {
            number: _value(rows[each.table_oid], each, position + places[number] * _DRAWS)
            for number, each in compared.items()
        }
        for position in range(_DRAWS)
    ]


def _value(rows: Sequence[Mapping[str, str]], compared: Compared, position: int) -> str:
    if compared.role is Role.ARRAY:
        start = position * _ARRAY_LENGTH
        picked = [rows[(start + step) % len(rows)][compared.column] for step in range(_ARRAY_LENGTH)]
        return array_literal(list(dict.fromkeys(picked)))
    value = rows[position % len(rows)][compared.column]
    if compared.pattern:
        cut = value[:_PATTERN_LENGTH].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{cut}%"
    return value


def _rows(copy: Copy, table: Table, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows from pages all over the table, with a value in each of the columns; always the same while it does not change."""
    name = ".".join(quote_ident(part, copy.connection) for part in (table.schema, table.name))
    quoted = [quote_ident(column, copy.connection) for column in columns]
    texts = ", ".join(f"{column}::text" for column in quoted)
    there = " AND ".join(f"{column} IS NOT NULL" for column in quoted)
    share = min(100.0, 100.0 * _PAGES_SAMPLED / max(table.pages, 1))
    sampled = f"{name} TABLESAMPLE SYSTEM ({share:.6f}) REPEATABLE (1)" if table.kind in {"r", "m", "p"} else name
    found: list[tuple[str, ...]] = []
    for source in (sampled, name):
        # Ordered by what no statement looks at, so that the rows of one page do not make up all sets.
        drawn = f"SELECT {texts} FROM {source} WHERE {there} LIMIT 5000"  # noqa: S608  (names are quoted)
        found = copy.rows(f"SELECT * FROM ({drawn}) drawn ORDER BY md5(drawn::text) LIMIT {_ROW_LIMIT}")  # noqa: S608
        if found:
            break
    return [dict(zip(columns, row, strict=True)) for row in found]
