"""Which columns of which tables a statement uses, and how: compared, joined, sorted by, wrapped in a function.

A column is resolved inside its own SELECT; one of a SELECT around it is left alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from facts.identifiers import quote
from facts.schema import Schema, Table, tables_by_name
from facts.syntax import parameter_number

_SCOPES = (exp.Select, exp.Update, exp.Delete)
_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_LIKES = (exp.Like, exp.ILike)
_CONTAINS = (exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A column inside a function, cast or arithmetic that is compared with something."""

    column: str
    expression: exp.Expr


@dataclass(slots=True)
class TableUse:
    """How one statement uses one table in one SELECT, UPDATE or DELETE.

    Attributes:
        equal: Columns compared for equality with a value, in the order of appearance (`=`, `IN`, `= ANY`, `IS NULL`).
        ranges: Columns compared by order with a value.
        joined: Columns that equal another table's column.
        order: Leading ORDER BY columns of this table with their direction (True: descending); the column of a lone `min` or `max` too.
        grouped: Leading GROUP BY or DISTINCT columns of this table.
        either: Columns compared with a value below an OR.
        predicates: What an index could be confined to, as SQL: `deleted_at IS NULL` and the like, each with its column.
        needed: Every column of the table that the statement names; None where it asks for all of them.
        likes: Columns matched with LIKE or ILIKE, with the whole predicate.
        contained: Columns of documents or arrays that are asked whether they hold or share something (`@>`, `&&`).
        wrapped: Columns that are compared only inside an expression.
        disjunctive: True when the likes stand below an OR.
        limited: True when the SELECT has a LIMIT.
    """

    table: Table
    equal: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    grouped: list[str] = field(default_factory=list)
    either: list[str] = field(default_factory=list)
    predicates: list[tuple[str, str]] = field(default_factory=list)
    needed: list[str] | None = field(default_factory=list)
    likes: list[tuple[str, exp.Expr]] = field(default_factory=list)
    contained: list[str] = field(default_factory=list)
    wrapped: list[Wrapped] = field(default_factory=list)
    disjunctive: bool = False
    limited: bool = False


def table_uses(tree: exp.Expr, schema: Schema, names: Mapping[str, Table] | None = None) -> list[TableUse]:
    """Every use of a table in the statement.

    Args:
        tree: Of the statement.
        schema: Of the database.
        names: Its tables by name, where somebody has many statements to ask about.
    """
    names = tables_by_name(schema) if names is None else names
    uses: list[TableUse] = []
    for scope in tree.find_all(*_SCOPES):
        uses += _scope_uses(scope, names)
    return uses


def named_tables(tree: exp.Expr) -> Iterator[str]:
    """Names of the relations that the statement names, each as `table_name` gives it, without those of its own WITH queries."""
    return (table_name(table) for table in tree.find_all(exp.Table) if not names_query(table))


def table_name(table: exp.Table) -> str:
    """The table's name as the statement writes it, with the schema if it stands there, each folded as the server folds it."""
    return ".".join(folded(part) for part in (table.args.get("db"), table.this) if isinstance(part, exp.Identifier))


def _scope_uses(scope: exp.Expr, names: Mapping[str, Table]) -> list[TableUse]:
    aliases = {}
    for table in own_nodes(scope, exp.Table):
        known = names.get(table_name(table))
        if known is not None and not names_query(table):
            aliases[spoken(table)] = TableUse(table=known)
    if not aliases:
        return []
    for conjunct, disjunctive in conjuncts(scope):
        _note(conjunct, aliases, disjunctive=disjunctive)
    _note_using(scope, aliases)
    _note_order(scope, aliases)
    _note_extremes(scope, aliases)
    _note_groups(scope, aliases)
    _note_needed(scope, aliases)
    limited = scope.args.get("limit") is not None or scope.args.get("fetch") is not None
    for use in aliases.values():
        use.limited |= limited
    return list(aliases.values())


def names_query(table: exp.Table) -> bool:
    """Whether the name is that of a WITH query in whose reach it stands, which hides a table of that name.

    A query is in reach of the statement that WITH belongs to and of the queries after it, and where WITH is RECURSIVE of all of them
    (PostgreSQL's manual, SELECT, WITH clause). A name with a schema is never a query's, nor is the name of what a statement changes.
    """
    if table.args.get("db") or not isinstance(table.this, exp.Identifier) or _is_changed(table):
        return False
    name = folded(table.this)
    within: exp.CTE | None = None
    node = table.parent
    while node is not None:
        if isinstance(node, exp.CTE):
            within = node
        clause = node if isinstance(node, exp.With) else node.args.get("with_") or node.args.get("with")
        if isinstance(clause, exp.With) and any(spoken(each) == name for each in _in_reach(clause, within)):
            return True
        if isinstance(node, exp.With):
            node, within = node.parent, None  # whose WITH has been looked at from inside
        node = node.parent if node is not None else None
    return False


def _is_changed(table: exp.Table) -> bool:
    place: exp.Expr = table.parent if isinstance(table.parent, exp.Schema) else table
    return isinstance(place.parent, _CHANGES) and place.parent.this is place


def _in_reach(clause: exp.With, within: exp.CTE | None) -> list[exp.CTE]:
    """The clause's queries that one of them sees, or for None the statement that the clause belongs to."""
    queries: list[exp.CTE] = clause.expressions
    if within is None or clause.args.get("recursive"):
        return queries
    return queries[: next(place for place, each in enumerate(queries) if each is within)]


def own_nodes(scope: exp.Expr, kind: type[exp.Table]) -> Iterator[exp.Table]:
    """Nodes of one kind that belong to this SELECT itself, not to one inside it."""
    for node in scope.walk(prune=lambda node: node is not scope and isinstance(node, _SCOPES)):
        if isinstance(node, kind):
            yield node


def conjuncts(scope: exp.Expr) -> Iterator[tuple[exp.Expr, bool]]:
    """The AND-ed conditions of WHERE and ON; what stands below an OR comes marked."""
    roots = [scope.args["where"].this] if scope.args.get("where") else []
    roots += [join.args["on"] for join in scope.args.get("joins") or () if join.args.get("on") is not None]
    source = scope.args.get("from_") or scope.args.get("from")
    if isinstance(source, exp.From) and isinstance(source.this, exp.Table):
        roots += [join.args["on"] for join in source.this.args.get("joins") or () if join.args.get("on") is not None]
    for root in roots:
        yield from _split(root, disjunctive=False)


def _split(condition: exp.Expr, *, disjunctive: bool) -> Iterator[tuple[exp.Expr, bool]]:
    # A stack of our own: an ORM's chain of thousands of ANDs is deeper than Python's.
    waiting = [(condition, disjunctive)]
    while waiting:
        each, below_or = waiting.pop()
        bare = each.unnest()
        if isinstance(bare, exp.Or) and not below_or:
            yield from ((common, False) for common in _in_every_branch(bare))
        if isinstance(bare, exp.And | exp.Or):
            inside = below_or or isinstance(bare, exp.Or)
            waiting += [(bare.right, inside), (bare.left, inside)]
        else:
            yield bare, below_or


def _in_every_branch(condition: exp.Or) -> list[exp.Expr]:
    """What is asked for in each branch of an OR, which the server draws out of it."""
    branches = [list(_parts(branch, exp.And)) for branch in _parts(condition, exp.Or)]
    others = [{each.sql() for each in branch} for branch in branches[1:]]
    return [each for each in branches[0] if all(each.sql() in other for other in others)]


def _parts(condition: exp.Expr, kind: type[exp.And | exp.Or]) -> Iterator[exp.Expr]:
    """The conditions that are joined by AND, or by OR, in their order."""
    waiting = [condition]
    while waiting:
        bare = waiting.pop().unnest()
        if isinstance(bare, kind):
            waiting += [bare.right, bare.left]
        else:
            yield bare


def _note(condition: exp.Expr, aliases: Mapping[str, TableUse], *, disjunctive: bool) -> None:
    if not disjunctive:
        _note_predicate(condition, aliases)
    if isinstance(condition, exp.Not) or condition.args.get("negate"):
        return
    left = condition.this if isinstance(condition.this, exp.Expr) else None
    if left is None:
        return
    right = condition.args.get("expression")
    if isinstance(condition, exp.EQ | exp.In | exp.Is):
        _note_equal(condition, left, right, aliases, disjunctive=disjunctive)
    elif isinstance(condition, _RANGES):
        sides = [left, right] if isinstance(right, exp.Expr) else [left]
        for side in sides:
            # Rows are ordered by their first column.
            first = side.expressions[0] if isinstance(side, exp.Tuple) and side.expressions else side
            _note_compared(first, aliases, "ranges", disjunctive=disjunctive)
    elif isinstance(condition, _CONTAINS):
        # tags @> $1, tags && $1, and the same from the other side.
        asked = [] if isinstance(condition, exp.ArrayContainedBy) else [left]
        asked += [] if isinstance(condition, exp.ArrayContainsAll) or not isinstance(right, exp.Expr) else [right]
        for side in asked:
            found = resolve(side, aliases)
            if found is not None and not disjunctive:
                _add(found[0].contained, found[1])
    elif isinstance(condition, _LIKES):
        found = resolve(left, aliases)
        if found is not None:
            found[0].likes.append((found[1], condition))
            found[0].disjunctive |= disjunctive
        else:
            _note_wrapped(left, aliases)


def _note_equal(
    condition: exp.Expr, left: exp.Expr, right: object, aliases: Mapping[str, TableUse], *, disjunctive: bool
) -> None:
    """`=`, `IN` and `IS`, of rows too, which are equal column by column."""
    ours = left.expressions if isinstance(left, exp.Tuple) else [left]
    if not isinstance(condition, exp.EQ) or not isinstance(right, exp.Expr):
        for one in ours:
            _note_compared(one, aliases, "equal", disjunctive=disjunctive)
        return
    theirs = right.expressions if isinstance(right, exp.Tuple) else [right]
    for one, other in zip(ours, theirs, strict=False):
        _note_equality(one, other, aliases, disjunctive=disjunctive)


def _note_using(scope: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """`JOIN … USING (column)` joins every table of the SELECT that has the column."""
    for join in scope.args.get("joins") or ():
        for column in join.args.get("using") or ():
            name = folded(column.this if isinstance(column, exp.Column) else column)
            for use in aliases.values():
                if _has(use.table, name):
                    _add(use.joined, name)


def _note_predicate(condition: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """A condition without a value of the call's own holds for every call, so an index may be confined to it."""
    around = isinstance(condition, exp.Not)
    bare = condition.this.unnest() if around else condition
    if not (isinstance(bare, exp.Is) and isinstance(bare.expression, exp.Null)):
        return
    found = resolve(bare.this, aliases)
    if found is not None:
        use, column = found
        is_not = around != bool(bare.args.get("negate"))
        wanted = (column, f"{quote(column)} IS {'NOT ' if is_not else ''}NULL")
        if wanted not in use.predicates:
            use.predicates.append(wanted)


def _note_equality(left: exp.Expr, right: exp.Expr, aliases: Mapping[str, TableUse], *, disjunctive: bool) -> None:
    one, other = resolve(left, aliases), resolve(right, aliases)
    if one is not None and other is not None:
        if not disjunctive:
            for use, column in (one, other):
                _add(use.joined, column)
        return
    for side in (left, right):
        _note_compared(side, aliases, "equal", disjunctive=disjunctive)


def _note_compared(side: exp.Expr, aliases: Mapping[str, TableUse], how: str, *, disjunctive: bool) -> None:
    found = resolve(side, aliases)
    if found is not None:
        if disjunctive:
            _add(found[0].either, found[1])
        else:
            _add(found[0].equal if how == "equal" else found[0].ranges, found[1])
    elif parameter_number(side) is None:
        _note_wrapped(side, aliases)


def _note_wrapped(side: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    if isinstance(side, exp.Subquery | exp.Select | exp.Literal):
        return
    inside = [found for each in side.find_all(exp.Column) if (found := resolve(each, aliases)) is not None]
    if len(inside) == 1:
        inside[0][0].wrapped.append(Wrapped(inside[0][1], side))


def _note_order(scope: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """ORDER BY counts for an index only when it starts with columns of one table."""
    order = scope.args.get("order")
    if order is None:
        return
    owner: TableUse | None = None
    for term in order.expressions:
        found = resolve(term.this if isinstance(term, exp.Ordered) else term, aliases)
        if found is None or (owner is not None and found[0] is not owner):
            return
        owner = found[0]
        owner.order.append((found[1], bool(term.args.get("desc")) if isinstance(term, exp.Ordered) else False))


def _note_extremes(scope: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """The end of an index in order is a lone `min` or `max`: what the server does with one is an ORDER BY with LIMIT 1."""
    selected = [each.unalias() for each in scope.expressions] if isinstance(scope, exp.Select) else []
    if len(selected) == 1 and isinstance(selected[0], exp.Min | exp.Max) and not scope.args.get("group"):
        found = resolve(selected[0].this, aliases)
        if found is not None and not found[0].order:
            found[0].order.append((found[1], False))
            found[0].limited = True


def _note_groups(scope: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """Rows that come in the order of their groups need no hashing or sorting; only of one table, as ORDER BY."""
    group = scope.args.get("group")
    terms = group.expressions if group is not None else scope.expressions if scope.args.get("distinct") else []
    owner: TableUse | None = None
    for term in terms:
        found = resolve(term.unalias(), aliases)
        if found is None or (owner is not None and found[0] is not owner):
            return
        owner = found[0]
        _add(owner.grouped, found[1])


def _note_needed(scope: exp.Expr, aliases: Mapping[str, TableUse]) -> None:
    """What an index has to hold so that the table itself need not be read."""
    for node in scope.walk():
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            star = aliases.get(folded(node.args["table"])) if node.table else None
            if star is not None:
                star.needed = None
        elif isinstance(node, exp.Column):
            found = resolve(node, aliases)
            if found is not None and found[0].needed is not None:
                _add(found[0].needed, found[1])
    whole = not isinstance(scope, exp.Select) or any(isinstance(each, exp.Star) for each in scope.expressions)
    for use in aliases.values():
        # A change of a row reads the row.
        use.needed = None if whole else use.needed


def resolve(node: exp.Expr, aliases: Mapping[str, TableUse]) -> tuple[TableUse, str] | None:
    """The table and column that a bare column stands for, or None."""
    bare = node.unnest()
    if not isinstance(bare, exp.Column):
        return None
    name = bare.name if bare.this.args.get("quoted") else bare.name.lower()
    if bare.table:
        use = aliases.get(folded(bare.args["table"]))
        return (use, name) if use is not None and _has(use.table, name) else None
    owners = [use for use in aliases.values() if _has(use.table, name)]
    return (owners[0], name) if len(owners) == 1 else None


def spoken(table: exp.Table | exp.CTE) -> str:
    """The name that the statement uses for the table or the WITH query, folded as the server folds it."""
    alias = table.args.get("alias")
    return folded(alias.this if alias is not None and alias.this is not None else table.this)


def folded(identifier: exp.Expr) -> str:
    """The name as the server folds it: lower case unless it is quoted."""
    name = str(identifier.name)
    return name if identifier.args.get("quoted") else name.lower()


def _has(table: Table, column: str) -> bool:
    return any(each.name == column for each in table.columns)


def _add(columns: list[str], column: str) -> None:
    if column not in columns:
        columns.append(column)
