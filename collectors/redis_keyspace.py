"""Looks at a bounded sample of a Redis server's keys: their names, types, expiry, size and length.

Source: SCAN or RANDOMKEY, TYPE, PTTL, MEMORY USAGE, and the length of each type.
Needed role and versions: as in collectors.redis; what the user's ACL refuses is noted once, and the figure stays unknown.
Consumed by: the RDS rules.
Cost: at most 3,000 keys, in pipelines of 100.
Caveats: a key's name is bytes. What is no UTF-8 (Java's serialized strings) is looked up as it is and shown as `{text}`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis

from collectors.masking.words import key_pattern, refine
from collectors.redis_errors import understand
from collectors.runner import CollectorError, Notes
from facts.message import msg, verbatim
from facts.redis import KeyGroup, Keyspace

Client = Any  # redis.Redis is generic in ways that its own stubs do not agree on

SAMPLE = 3000
PIPELINE = 100
_LENGTHS = {"string": "STRLEN", "list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN"}
_GONE = -2  # what PTTL says of a key that is not there
_ENDLESS = -1
_LACKS = {
    "TYPE": msg("what the keys hold and how long they are is not known"),
    "PTTL": msg("which keys expire is not known"),
    "MEMORY USAGE": msg("how large the keys are is not known"),
    "length": msg("how many elements some keys have is not known"),
}


@dataclass(frozen=True, slots=True)
class _Key:
    """One key; what the server would not tell is None."""

    name: bytes
    database: int
    type: str | None
    ttl_ms: int | None
    bytes: int | None
    elements: int | None


def read_keyspace(client: Client, info: dict[str, Any], notes: Notes) -> Keyspace:
    """A bounded sample of the keys, grouped by pattern.

    Args:
        client: The connection, which gives replies as bytes.
        info: The reply of INFO, for the numbers of keys by database.
        notes: For what the server refuses to tell about keys.
    """
    databases = {int(name[2:]): value for name, value in info.items() if name.startswith("db") and name[2:].isdigit()}
    total = sum(int(value["keys"]) for value in databases.values())
    sampled: list[_Key] = []
    refused: dict[str, CollectorError] = {}
    complete = True
    for number, value in sorted(databases.items()):
        client.execute_command("SELECT", number)
        share = max(int(SAMPLE * int(value["keys"]) / max(total, 1)), PIPELINE)
        names = _all_keys(client, share) if int(value["keys"]) <= share else None
        if names is None:
            complete = False
            names = _random_keys(client, share)
        sampled += _look_at(client, number, names, refused)
    for command, refusal in refused.items():
        reason = msg("{refusal}, so {lack}", refusal=refusal.detail, lack=_LACKS[command])
        notes.omit(f"Redis keys: {command}", reason, refusal.remedy)
    groups = _groups(sampled)
    return Keyspace(
        keys=total,
        sampled=len(sampled),
        complete=complete,
        method="scan" if complete else "random",
        keys_with_ttl=sum(int(value.get("expires", 0)) for value in databases.values()),
        groups=groups,
    )


def _all_keys(client: Client, limit: int) -> list[bytes] | None:
    """Every key, or None when there turn out to be more than the limit."""
    names: dict[bytes, None] = {}
    cursor = 0
    while True:
        cursor, found = client.scan(cursor, count=PIPELINE)
        names |= dict.fromkeys(found)
        if cursor == 0:
            return list(names)
        if len(names) > 2 * limit:
            return None


def _random_keys(client: Client, count: int) -> list[bytes]:
    names: dict[bytes, None] = {}
    for _ in range(0, count, PIPELINE):
        pipeline = client.pipeline(transaction=False)
        for _ in range(PIPELINE):
            pipeline.randomkey()
        names |= dict.fromkeys(name for name in pipeline.execute() if name is not None)
    return list(names)


def _look_at(client: Client, database: int, names: list[bytes], refused: dict[str, CollectorError]) -> list[_Key]:
    found = []
    for start in range(0, len(names), PIPELINE):
        batch = names[start : start + PIPELINE]
        pipeline = client.pipeline(transaction=False)
        for name in batch:
            pipeline.type(name)
            pipeline.pttl(name)
            pipeline.memory_usage(name, samples=5)
        answers = pipeline.execute(raise_on_error=False)
        kinds = [_answered("TYPE", answer, refused) for answer in answers[0::3]]
        types = [kind.decode("ascii", "replace") if isinstance(kind, bytes) else None for kind in kinds]
        lengths = _lengths(client, batch, types, refused)
        for position, name in enumerate(batch):
            ttl = _answered("PTTL", answers[3 * position + 1], refused)
            size = _answered("MEMORY USAGE", answers[3 * position + 2], refused)
            if types[position] == "none" or ttl == _GONE:
                continue  # it expired before it was looked at
            found.append(
                _Key(
                    name=name,
                    database=database,
                    type=types[position],
                    ttl_ms=ttl,
                    bytes=size,
                    elements=lengths.get(position),
                )
            )
    return found


def _lengths(
    client: Client, names: list[bytes], types: list[str | None], refused: dict[str, CollectorError]
) -> dict[int, int | None]:
    """By position, the lengths of the keys whose type has one."""
    asked = [(place, _LENGTHS[kind]) for place, kind in enumerate(types) if kind in _LENGTHS]
    if not asked:
        return {}
    pipeline = client.pipeline(transaction=False)
    for place, command in asked:
        pipeline.execute_command(command, names[place])
    answers = pipeline.execute(raise_on_error=False)
    return {place: _answered("length", answer, refused) for (place, _), answer in zip(asked, answers, strict=True)}


def _answered(command: str, answer: Any, refused: dict[str, CollectorError]) -> Any:
    """The answer, or None for an error, of which the first of each command is remembered."""
    if not isinstance(answer, Exception):
        return answer
    # A key that was replaced by one of another type between the two looks is nobody's refusal.
    if not (isinstance(answer, redis.ResponseError) and str(answer).startswith("WRONGTYPE")):
        refused.setdefault(command, understand(answer) or CollectorError(verbatim(str(answer))))
    return None


def _groups(keys: list[_Key]) -> tuple[KeyGroup, ...]:
    first = {key.name: key_pattern(key.name.decode("utf-8", "replace")) for key in keys}
    counts: dict[str, int] = defaultdict(int)
    for pattern in first.values():
        counts[pattern] += 1
    patterns = refine(counts, first)
    grouped: dict[tuple[str, int, str | None], list[_Key]] = defaultdict(list)
    for key in keys:
        grouped[patterns[key.name], key.database, key.type].append(key)
    groups = []
    for (pattern, database, kind), members in grouped.items():
        largest = max(members, key=lambda key: (key.bytes or 0, key.elements or 0))
        endless = _known(None if key.ttl_ms is None else int(key.ttl_ms == _ENDLESS) for key in members)
        sizes = _known(key.bytes for key in members)
        groups.append(
            KeyGroup(
                pattern=pattern,
                database=database,
                type=kind,
                sampled=len(members),
                without_ttl=None if endless is None else sum(endless),
                bytes_total=None if sizes is None else sum(sizes),
                bytes_largest=None if sizes is None else max(sizes),
                largest=pattern,
                elements_largest=largest.elements,
                idle_seconds=None,
            )
        )
    return tuple(sorted(groups, key=lambda group: (-(group.bytes_total or 0), group.pattern, group.type or "")))


def _known(values: Iterable[int | None]) -> list[int] | None:
    """The values, or None where one of them is not known: a sum over the others would be made up."""
    found = list(values)
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else None
