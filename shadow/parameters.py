"""What a statement's parameters are compared with: the types that they must have, and values sampled from statistics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlglot import exp

from facts.schema import ColumnStatistics, Table
from facts.syntax import UnparsableError, parameter_number, parse
from shadow.statistics import array_literal

_COMPARISONS = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between, exp.Like, exp.ILike,
)  # fmt: skip
_PATTERNS = (exp.Like, exp.ILike)
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_QUANTIFIERS = ("ALL", "SOME")  # sqlglot has a node of its own only for ANY
_PATTERN_LENGTH = 8
_ARRAY_LENGTH = 10  # what the planner itself assumes of an array that it does not know


class Role(Enum):
    """What a parameter stands for in its comparison."""

    VALUE = auto()  # col = $1, col IN ($1), col = ANY (ARRAY[$1])
    ARRAY = auto()  # col = ANY ($1)
    ELEMENT = auto()  # $1 = ANY (col)
    SPAN = auto()  # col > now() - $1


@dataclass(frozen=True, slots=True)
class Compared:
    """The column that a parameter is compared with."""

    table_oid: int
    column: str
    role: Role
    pattern: bool  # of LIKE
    ranged: bool = False  # by order: <, >=, BETWEEN

    def type_name(self, column_type: str) -> str:
        """The type that the parameter has when the column has that one."""
        if self.role is Role.SPAN:
            return "interval" if column_type.startswith(("date", "time")) else column_type
        base = "text" if self.pattern else column_type
        if self.role is Role.ARRAY:
            return f"{base}[]"
        return base.removesuffix("[]") if self.role is Role.ELEMENT else base


def compared_columns(text: str, names: Mapping[str, Table]) -> dict[int, Compared]:
    """What each parameter is compared with, by its number.

    Args:
        text: Of the statement.
        names: The database's tables by name.

    Parameters that are compared with an expression, or with a column that cannot be told, are missing.
    """
    try:
        tree = parse(text)
    except UnparsableError:
        return {}
    tables = _tables(tree, names)
    found: dict[int, Compared] = {}
    for comparison in tree.find_all(*_COMPARISONS):
        for left, right in _pairs(comparison):
            for column, operand in ((left, right), (right, left)):
                inner = _quantified(column)
                place = _resolve(inner or column, tables)
                if place is None:
                    continue
                usual = Role.VALUE if inner is None else Role.ELEMENT
                pattern, ranged = isinstance(comparison, _PATTERNS), isinstance(comparison, _RANGES)
                for number, role in _roles(operand, usual):
                    found.setdefault(number, Compared(*place, role, pattern, ranged))
    return found


def sampled(statistics: ColumnStatistics, compared: Compared) -> Sequence[str]:
    """A common, a median and a rare value, as far as the statistics show any; arrays and patterns are made of such values."""
    common: Sequence[str] = statistics.common_values or ()
    histogram: Sequence[str] = statistics.histogram or ()
    if compared.role is Role.SPAN:
        return ()
    if compared.role is Role.ELEMENT:
        common, histogram = statistics.common_elements or (), ()
    groups = [common[:1], _spread(histogram), common[-1:]]
    if compared.role is not Role.ARRAY:
        groups = [group[len(group) // 2 :][:1] for group in groups]
    if compared.pattern:
        groups = [[_contains(value) for value in group] for group in groups]
    return [array_literal(group) if compared.role is Role.ARRAY else group[0] for group in groups if group]


def _spread(values: Sequence[str]) -> Sequence[str]:
    """At most as many of them as an array usually has, at even distances."""
    if len(values) <= _ARRAY_LENGTH:
        return values
    return [values[position * len(values) // _ARRAY_LENGTH] for position in range(_ARRAY_LENGTH)]


def _contains(value: str) -> str:
    literal = value[:_PATTERN_LENGTH].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"


def _pairs(comparison: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """The two sides of the comparison, each of several; rows side by side."""
    left = _bare(comparison.this)
    arguments = comparison.args
    others = [
        arguments.get("expression"),
        arguments.get("low"),
        arguments.get("high"),
        *arguments.get("expressions", ()),
    ]
    for other in others:
        if not isinstance(other, exp.Expr):
            continue
        right = _bare(other)
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            yield from zip(left.expressions, right.expressions, strict=False)
        else:
            yield left, right


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _quantified(node: exp.Expr) -> exp.Expr | None:
    """What stands in ANY (…), ALL (…) or SOME (…); None for anything else."""
    if isinstance(node, exp.Any):
        return _bare(node.this)
    if isinstance(node, exp.Anonymous) and str(node.this).upper() in _QUANTIFIERS and len(node.expressions) == 1:
        return _bare(node.expressions[0])
    return None


def _roles(operand: exp.Expr, usual: Role) -> Iterator[tuple[int, Role]]:
    """The parameters that an operand can stand for, each with its role."""
    number = parameter_number(operand)
    if number is not None:
        yield number, usual
        return
    inner = _quantified(operand)
    if inner is not None:
        yield from _roles(inner, Role.ARRAY)
        return
    operand = operand.this if isinstance(operand, exp.Cast) else operand
    if isinstance(operand, exp.Array):
        parts, role = operand.expressions, Role.VALUE
    elif isinstance(operand, exp.Subquery) and isinstance(operand.this, exp.Values):
        parts, role = [part for row in operand.this.expressions for part in row.expressions[:1]], Role.VALUE
    elif isinstance(operand, exp.Coalesce):
        parts, role = [operand.this, *operand.expressions], usual
    elif isinstance(operand, exp.Add | exp.Sub):
        parts, role = [operand.expression], Role.SPAN
    else:
        return
    for part in parts:
        yield from _roles(_bare(part), role)


def _tables(tree: exp.Expr, names: Mapping[str, Table]) -> dict[str, Table]:
    """The tables by the alias or name that the statement uses."""
    found = {}
    for each in tree.find_all(exp.Table):
        name = f"{each.db}.{each.name}" if each.db else each.name
        table = names.get(name) or names.get(name.lower())
        if table is not None:
            found[each.alias or each.name] = table
    return found


def _resolve(column: exp.Expr, tables: dict[str, Table]) -> tuple[int, str] | None:
    if not isinstance(column, exp.Column):
        return None
    chosen = [tables[column.table]] if column.table in tables else list(tables.values()) if not column.table else []
    quoted = isinstance(column.this, exp.Identifier) and column.this.quoted
    name = column.name if quoted else column.name.lower()
    having = {table.oid: name for table in chosen if any(each.name == name for each in table.columns)}
    return next(iter(having.items())) if len(having) == 1 else None
