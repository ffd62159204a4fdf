"""What rules about indexes share: how to name a new one, and how to drop and measure one that exists."""

import hashlib
import itertools
import re
from collections.abc import Iterable

from facts.findings import Remedy
from facts.identifiers import qualified
from facts.message import Message
from facts.planner import Candidate, KeyPart
from facts.schema import ForeignKey, Index, Schema

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
