"""What rules about indexes share: how to name a new one, and how to drop and measure one that exists."""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from facts.findings import Remedy
from facts.identifiers import literal, qualified
from facts.message import Message
from facts.planner import Candidate, KeyPart
from facts.schema import ForeignKey, Index, Schema, Table

NAME_LIMIT = 63  # NAMEDATALEN - 1
HASH_DIGITS = 8


def drop(index: Index, text: Message, risk: Message) -> Remedy:
    """Dropping the index, with its own definition as the way back.

    Where a literal in the definition was masked, it is no way back; then the server has to be asked for it before the index goes.
    """
    name = qualified(index.schema, index.name)
    keep = (f"SELECT pg_get_indexdef({literal(name)}::regclass)",) if index.definition_masked else ()
    back = _concurrently(index.definition)
    return Remedy(
        text=text,
        sql=(*keep, f"DROP INDEX CONCURRENTLY IF EXISTS {name}"),
        rollback=() if index.definition_masked else (back,),
        check=(f"SELECT to_regclass({literal(name)}) IS NULL AS dropped",),
        size_bytes=index.size_bytes,
        risk=risk,
    )


def build_statements(candidate: Candidate, name: str, schema: Schema) -> tuple[str, ...]:
    """The statements that build the index without stopping writes, in their order.

    On a partitioned table it cannot be built concurrently at once: the parents' indexes are made first, for themselves alone, then each
    partition's concurrently, and attached; with the last one the parent's becomes valid (PostgreSQL's manual, "Table Partitioning"). A
    partition's own index of that kind is attached as it is. Beside a foreign partition the parent's would never become valid, so there
    each partition gets one of its own and the parent none.
    """
    table = next(each for each in schema.tables if (each.schema, each.name) == (candidate.schema, candidate.table))
    return tuple(_built(candidate, name, table, schema, attached=not _has_foreign(table, schema)))


def drop_statements(candidate: Candidate, name: str, schema: Schema) -> tuple[str, ...]:
    """The way back from `build_statements`; a partition's own index, which goes with its parent, is built again."""
    table = next(each for each in schema.tables if (each.schema, each.name) == (candidate.schema, candidate.table))
    if table.kind != "p":
        return (f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(candidate.schema, name)}",)
    leaves = list(_leaves(table, schema))
    if _has_foreign(table, schema):
        made = [
            (each.schema, index_name(replace(candidate, schema=each.schema, table=each.name), schema.indexes))
            for each in leaves
            if not _own_index(candidate, each, schema)
        ]
        return tuple(f"DROP INDEX CONCURRENTLY IF EXISTS {qualified(where, each)}" for where, each in made)
    own = {(each.oid, _own_index(candidate, each, schema)) for each in leaves}
    return (
        f"DROP INDEX IF EXISTS {qualified(candidate.schema, name)}",
        *(_concurrently(each.definition) for each in schema.indexes if (each.table_oid, each.name) in own),
    )


def _leaves(table: Table, schema: Schema) -> Iterator[Table]:
    """The partitions below that hold rows here."""
    for each in _partitions(table, schema):
        if each.kind == "p":
            yield from _leaves(each, schema)
        elif each.kind != "f":
            yield each


def _concurrently(definition: str) -> str:
    back = definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
    return back.replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY", 1)


def _built(candidate: Candidate, name: str, table: Table, schema: Schema, *, attached: bool) -> Iterator[str]:
    here = replace(candidate, schema=table.schema, table=table.name)
    if table.kind != "p":
        yield here.ddl(name, concurrently=True)
        return
    if attached:
        yield here.ddl(name, only=True)
    for child in _partitions(table, schema):
        own = _own_index(candidate, child, schema)
        child_name = own or index_name(replace(candidate, schema=child.schema, table=child.name), schema.indexes)
        if child.kind != "f" and not own:
            yield from _built(candidate, child_name, child, schema, attached=attached)
        if attached:
            yield f"ALTER INDEX {qualified(table.schema, name)} ATTACH PARTITION {qualified(child.schema, child_name)}"


def _partitions(table: Table, schema: Schema) -> Iterator[Table]:
    return (each for each in schema.tables if each.parent == table.oid)


def _has_foreign(table: Table, schema: Schema) -> bool:
    return any(each.kind == "f" or _has_foreign(each, schema) for each in _partitions(table, schema))


def _own_index(candidate: Candidate, table: Table, schema: Schema) -> str:
    """The name of an index that the partition has already and that can be attached; empty for none."""
    if any(part.expression or part.operator_class for part in candidate.keys):
        return ""
    keys = keys_of(candidate)
    for each in schema.indexes:
        if (
            each.table_oid == table.oid
            and each.valid
            and ordered_keys(each) == keys
            and (each.method, each.included, each.predicate) == (candidate.method, candidate.included, None)
            and not candidate.predicate
            and is_default(each)
        ):
            return each.name
    return ""


def keys_of(candidate: Candidate) -> list[tuple[str, int]]:
    """Its key columns, each with its order as `facts.schema.Index.key_options` tells it; with the usual place of the nulls."""
    return [(part.column, 3 if part.descending else 0) for part in candidate.keys]


def ordered_keys(index: Index) -> list[tuple[str, int]]:
    """The same of an index; an expression has no name."""
    return [
        (key if attribute else "", option)
        for key, attribute, option in zip(index.keys, index.key_attributes, index.key_options, strict=True)
    ]


def is_default(index: Index) -> bool:
    """Whether its operator classes are those of their types: the others serve patterns, not order."""
    return not any(each.endswith("_pattern_ops") for each in index.operator_classes)


def index_name(candidate: Candidate, existing: Iterable[Index]) -> str:
    """A name that says table and keys and fits PostgreSQL's limit; the same for the same candidate in every rule and audit.

    Where it cannot say everything (it was cut, a key is an expression, or it includes or is confined to something) or exists already,
    it ends with a hash of the candidate's subject.

    Args:
        candidate: The index to be.
        existing: The database's indexes.
    """
    taken = {index.name for index in existing if index.schema == candidate.schema}
    said = "_".join(["idx", candidate.table, *(_key_name(key, candidate.method) for key in candidate.keys)])
    plain = re.sub(r"\W+", "_", said)
    tells_all = plain == said and not candidate.included and not candidate.predicate
    if tells_all and len(plain.encode()) <= NAME_LIMIT and plain not in taken:
        return plain
    start = plain.encode()[: NAME_LIMIT - HASH_DIGITS - 1].decode(errors="ignore").rstrip("_")
    texts = (candidate.subject + "+" * attempt for attempt in itertools.count())
    names = (f"{start}_{hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]}" for text in texts)
    return next(name for name in names if name not in taken)


def _key_name(key: KeyPart, method: str) -> str:
    words = [key.column or key.expression.lower()]
    if "trgm" in key.operator_class:
        words.append("trgm")
    elif method != "btree":
        words.append(method)
    return "_".join([*words, *(["desc"] if key.descending else [])])


def backs_foreign_key(index: Index, schema: Schema) -> ForeignKey | None:
    """The foreign key whose columns the index starts with, in any order; checks of the referenced table need it."""
    for key in schema.foreign_keys:
        if (
            key.table_oid == index.table_oid
            and set(index.keys[: len(key.columns)]) == set(key.columns)
            and not index.predicate
        ):
            return key
    return None
