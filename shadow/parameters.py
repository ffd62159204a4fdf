"""Values for a statement's parameters, sampled from the statistics of the columns that they are compared with."""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from facts.schema import ColumnStatistics, Schema
from facts.syntax import UnparsableError, parameter_number, parse

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Like, exp.ILike)
_PATTERNS = (exp.Like, exp.ILike)


def compared_columns(text: str, schema: Schema) -> dict[int, tuple[int, str, bool]]:
    """By parameter number: the table's oid, the column, and whether the parameter is a pattern of LIKE.

    Parameters that are compared with an expression, or with a column that cannot be told, are missing.
    """
    try:
        tree = parse(text)
    except UnparsableError:
        return {}
    tables = _tables(tree, schema)
    found: dict[int, tuple[int, str, bool]] = {}
    for comparison in tree.find_all(*_COMPARISONS):
        columns = [each for each in _operands(comparison) if isinstance(each, exp.Column)]
        if len(columns) != 1:
            continue
        place = _resolve(columns[0], tables, schema)
        if place is None:
            continue
        for operand in _operands(comparison):
            number = parameter_number(operand)
            if number is not None:
                found[number] = (*place, isinstance(comparison, _PATTERNS))
    return found


def sampled(statistics: ColumnStatistics, *, pattern: bool) -> Sequence[str]:
    """A common, a median and a rare value of the column, as far as the statistics show any; a pattern gets wildcards."""
    values: list[str] = []
    if statistics.common_values:
        values.append(statistics.common_values[0])
    if statistics.histogram:
        values.append(statistics.histogram[len(statistics.histogram) // 2])
    if statistics.common_values:
        values.append(statistics.common_values[-1])
    return [f"%{value[:8]}%" for value in values] if pattern else values


def _tables(tree: exp.Expr, schema: Schema) -> dict[str, int]:
    """Oids by the alias or name that the statement uses."""
    by_name: dict[str, int] = {}
    order = {name: position for position, name in enumerate(schema.search_path)}
    for table in sorted(schema.tables, key=lambda each: order.get(each.schema, len(order)), reverse=True):
        by_name[table.name] = table.oid
        by_name[f"{table.schema}.{table.name}"] = table.oid
    found = {}
    for each in tree.find_all(exp.Table):
        name = f"{each.db}.{each.name}" if each.db else each.name
        oid = by_name.get(name) or by_name.get(name.lower())
        if oid is not None:
            found[each.alias or each.name] = oid
    return found


def _operands(comparison: exp.Expr) -> Iterator[exp.Expr]:
    for argument in comparison.args.values():
        for each in argument if isinstance(argument, list) else [argument]:
            if isinstance(each, exp.Expr):
                yield each.unnest() if isinstance(each, exp.Paren) else each


def _resolve(column: exp.Column, tables: dict[str, int], schema: Schema) -> tuple[int, str] | None:
    chosen = [tables[column.table]] if column.table in tables else list(tables.values()) if not column.table else []
    matches = [
        (oid, column.name)
        for oid in dict.fromkeys(chosen)
        if (table := schema.table(oid)) is not None and any(each.name == column.name for each in table.columns)
    ]
    return matches[0] if len(matches) == 1 else None
