"""Statements that read views, as the server reads them: each branch of a view's query with the statement's own conditions moved into it.

PostgreSQL's rewriter puts the view's query in the place of its name, and the planner pushes conditions down into it, through UNION ALL
too (src/backend/optimizer/path/allpaths.c, subquery_push_qual). Only what decides about indexes is moved here: conditions on columns
that the view hands through, and the order of a LIMIT.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlglot import exp

from advisors.references import conjuncts, folded, named_tables, names_query, own_nodes, spoken, table_name
from facts.schema import Schema
from facts.syntax import UnparsableError, parse

# Views rest on views; what is deeper than this nobody reads any more.
DEEPEST = 5
MOST_BRANCHES = 200

Views = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Branch:
    """One SELECT of a view's query, and what each of the view's columns is in it."""

    select: exp.Select
    outputs: Mapping[str, exp.Expr]


def views_by_name(schema: Schema) -> Views:
    """The definitions of the views by the names that a statement can use for them, with the schema or without."""
    views = [each for each in schema.definitions if each.kind == "view"]
    order = {name: position for position, name in enumerate(schema.search_path)}
    tables: dict[str, int] = {}
    for table in schema.tables:
        tables[table.name] = min(order.get(table.schema, len(order)), tables.get(table.name, len(order)))
    found: dict[str, str] = {}
    for view in sorted(views, key=lambda each: order.get(each.schema, len(order)), reverse=True):
        found[f"{view.schema}.{view.name}"] = view.ddl
        # A table of that name that comes earlier on the path is what the bare name means.
        if view.name not in tables or order.get(view.schema, len(order)) < tables[view.name]:
            found[view.name] = view.ddl
    return found


def tables_within(tree: exp.Expr, views: Views, seen: set[str] | None = None) -> Iterator[str]:
    """The relations that the statement names, and those that its views read."""
    seen = set() if seen is None else seen
    for name in named_tables(tree):
        query = _query(views[name]) if name in views else None
        if query is None:
            yield name
        elif name not in seen:
            seen.add(name)
            yield from tables_within(query, views, seen)


def is_understood(name: str, views: Views, deepest: int = DEEPEST) -> bool:
    """Whether the view's query can be looked into, and those of the views that it reads."""
    if name not in views:
        return True
    query = _query(views[name]) if deepest else None
    return query is not None and all(is_understood(each, views, deepest - 1) for each in set(named_tables(query)))


def inside(tree: exp.Expr, views: Views) -> Iterator[exp.Select]:
    """What the statement asks of the tables behind its views: a SELECT for each branch of each view, of a great many the first ones."""
    return islice(_inside(tree, views, DEEPEST), MOST_BRANCHES)


def _inside(tree: exp.Expr, views: Views, deepest: int) -> Iterator[exp.Select]:
    if not deepest or not views:
        return
    for scope in tree.find_all(exp.Select):
        tables = list(own_nodes(scope, exp.Table))
        for table in tables:
            definition = None if names_query(table) else views.get(table_name(table))
            for branch in _branches(_query(definition)) if definition else ():
                moved = _moved(scope, table, branch, alone=len(tables) == 1)
                yield moved
                yield from _inside(moved, views, deepest - 1)


def _query(definition: str) -> exp.Query | None:
    try:
        tree = parse(definition)
    except UnparsableError:
        return None
    query = tree.args.get("expression") if isinstance(tree, exp.Create) else None
    return query if isinstance(query, exp.Query) else None


def _branches(query: exp.Query | None) -> Iterator[_Branch]:
    """The SELECTs of a query and of its UNIONs; the first one gives the columns their names."""
    selects = list(_selects(query)) if query is not None else []
    names = [each.alias_or_name for each in selects[0].expressions] if selects else []
    for select in selects:
        yield _Branch(select, {name: each.unalias() for name, each in zip(names, select.expressions, strict=False)})


def _selects(query: exp.Expr) -> Iterator[exp.Select]:
    inner = query.unnest() if isinstance(query, exp.Subquery | exp.Paren) else query
    if isinstance(inner, exp.SetOperation):
        yield from _selects(inner.left)
        yield from _selects(inner.right)
    elif isinstance(inner, exp.Select):
        yield inner


def _moved(scope: exp.Select, view: exp.Table, branch: _Branch, *, alone: bool) -> exp.Select:
    """The branch with the conditions of the statement that it can take over."""
    select = branch.select.copy()
    # Where rows are grouped, cut off or numbered, a condition on the result is not one on the rows.
    if any(select.args.get(name) for name in ("group", "distinct", "limit", "having")) or select.find(exp.Window):
        return select
    spoken_as = spoken(view)
    for condition, disjunctive in conjuncts(scope):
        taken = None if disjunctive else _translated(condition, spoken_as, branch.outputs)
        if taken is not None:
            select = select.where(taken, copy=False)
    order, limit = scope.args.get("order"), scope.args.get("limit")
    if alone and isinstance(order, exp.Order) and limit is not None and not select.args.get("order"):
        terms = [_translated(each, spoken_as, branch.outputs) for each in order.expressions]
        if all(each is not None for each in terms):
            select = select.order_by(*_known(terms), copy=False).limit(1, copy=False)
    return select


def _known(terms: Sequence[exp.Expr | None]) -> list[exp.Expr]:
    return [each for each in terms if each is not None]


def _translated(condition: exp.Expr, view: str, outputs: Mapping[str, exp.Expr]) -> exp.Expr | None:
    """The condition on the branch's own columns; None where it asks for none of them, or for one that the view computes."""
    copied = condition.copy()
    found = False
    for column in list(copied.find_all(exp.Column)):
        name = folded(column.this)
        if column.table and folded(column.args["table"]) != view:
            continue
        target = outputs.get(name)
        if target is None:
            continue
        if not isinstance(target, exp.Column):
            return None
        found = True
        if column is copied:
            copied = target.copy()
        else:
            column.replace(target.copy())
    return copied if found else None
