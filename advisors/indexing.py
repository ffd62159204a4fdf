"""What rules about indexes share: how to name a new one, and how to drop and measure one that exists."""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from facts.findings import Remedy
from facts.identifiers import qualified
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
    back = index.definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)
    back = back.replace("CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY", 1)
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
    partition's concurrently, and attached; with the last one the parent's becomes valid (PostgreSQL's manual, "Table Partitioning").
    """
    table = next(each for each in schema.tables if (each.schema, each.name) == (candidate.schema, candidate.table))
    return tuple(_built(candidate, name, table, schema))


def _built(candidate: Candidate, name: str, table: Table, schema: Schema) -> Iterator[str]:
    here = replace(candidate, schema=table.schema, table=table.name)
    if table.kind != "p":
        yield here.ddl(name, concurrently=True)
        return
    yield here.ddl(name, only=True)
    for child in schema.tables:
        # A foreign table has no index of ours.
        if child.parent == table.oid and child.kind in {"p", "r"}:
            of_child = replace(candidate, schema=child.schema, table=child.name)
            child_name = index_name(of_child, schema.indexes)
            yield from _built(candidate, child_name, child, schema)
            yield f"ALTER INDEX {qualified(table.schema, name)} ATTACH PARTITION {qualified(child.schema, child_name)}"


def literal(text: str) -> str:
    """The text as a string constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


def index_name(candidate: Candidate, existing: Iterable[Index]) -> str:
    """A name that says table and keys and fits PostgreSQL's limit; the same for the same candidate in every rule and audit.

    Where it cannot say everything (it was cut, or a key is an expression) or exists already, it ends with a hash of the
    candidate's subject.

    Args:
        candidate: The index to be.
        existing: The database's indexes.
    """
    taken = {index.name for index in existing if index.schema == candidate.schema}
    said = "_".join(["idx", candidate.table, *(_key_name(key, candidate.method) for key in candidate.keys)])
    plain = re.sub(r"\W+", "_", said)
    if plain == said and len(plain.encode()) <= NAME_LIMIT and plain not in taken:
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
