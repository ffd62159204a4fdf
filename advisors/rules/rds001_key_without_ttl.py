"""Cache entries or sessions never expire.

What it finds:
    Groups of keys that are used as a cache, as sessions or as locks, and of which many have no TTL.
Why it hurts:
    They stay until memory is full. Then Redis evicts what is needed, or refuses every write, and that happens on the night on which ten
    times as many shoppers leave their sessions behind. A lock without a TTL outlives the process that took it.
Needs:
    A sample of the keyspace.
Quiet when:
    - expires: nearly all keys of the group have a TTL
    - permanent-data: the keys are data that lives nowhere else, or a queue
    - few-keys: the group is too small to matter
Before:
    SET session:9f2c… '{"user": 7}'
After:
    SET session:9f2c… '{"user": 7}' EX 3600
Risk:
    A TTL that is too short logs shoppers out or sends them to the database again.
Source:
    Redis documentation, "Key eviction" and SET; Redis anti-patterns, "keys without expiry in a cache".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from advisors.redis_purpose import PURPOSES, Purpose, purpose_of
from advisors.rule import Context, Outcome, Rule
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity
from facts.message import Message, msg
from facts.redis import KeyGroup, RedisFacts


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When missing TTLs matter.

    Attributes:
        share: Keys without TTL over all sampled keys of the group; a few are made by hand.
        min_keys: Groups of fewer sampled keys fill no memory.
    """

    share: float = 0.1
    min_keys: int = 10


THRESHOLDS = Thresholds()
_MUST_EXPIRE = (Purpose.CACHE, Purpose.SESSIONS, Purpose.LOCKS)


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at every group of keys whose expiry was read; that it was refused stands among the collector's gaps."""
    for facts in context.snapshot.redis:
        for group in facts.keyspace.groups if facts.keyspace else ():
            if group.without_ttl is not None:
                yield _outcome(group, group.without_ttl, facts)


def _outcome(group: KeyGroup, endless: int, facts: RedisFacts) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="RDS001", target=facts.target, subject=subject(group, group.pattern, facts), reason=reason)

    purpose = purpose_of(group, facts)
    if purpose not in _MUST_EXPIRE:
        return quiet("permanent-data")
    if endless < THRESHOLDS.share * group.sampled:
        return quiet("expires")
    if group.sampled < THRESHOLDS.min_keys:
        return quiet("few-keys")
    size = group.bytes_total
    return Finding(
        code="RDS001",
        rule="key-without-ttl",
        area=Area.CACHE,
        target=facts.target,
        subject=subject(group, group.pattern, facts),
        severity=Severity.MEDIUM,
        title=msg(
            "{share} of the keys {pattern} never expire",
            share=quantities.percent(endless / max(group.sampled, 1)),
            pattern=group.pattern,
        ),
        summary=msg(
            "{without} of {sampled} sampled keys have no TTL and take {size}. They are used as {purpose}, so nobody will ever delete them.",
            without=quantities.count(endless),
            sampled=quantities.count(group.sampled),
            size="?" if size is None else quantities.size(size * endless / max(group.sampled, 1)),
            purpose=PURPOSES[purpose],
        ),
        evidence=Evidence(
            figures={
                "keys_sampled": float(group.sampled),
                "keys_without_ttl": float(endless),
                **({} if size is None else {"bytes_sampled": float(size)}),
            },
            facts=_facts(facts),
        ),
        remedy=Remedy(
            text=msg(
                "Give each key a TTL where it is written (SET … EX), and the keys that are there already one with EXPIRE, in small steps."
            ),
            commands=(_expire(group),),
            risk=msg(
                "A TTL that is too short logs shoppers out or sends them to the database again; spread the expiries."
            ),
        ),
    )


def _facts(facts: RedisFacts) -> tuple[Message, ...]:
    keyspace = facts.keyspace
    if keyspace is None or keyspace.complete:
        return ()
    return (
        msg(
            "The figures are a sample of {sampled} out of {keys} keys.",
            sampled=quantities.count(keyspace.sampled),
            keys=quantities.count(keyspace.keys),
        ),
    )


def subject(group: KeyGroup, name: str, facts: RedisFacts) -> str:
    """How findings name keys: by their pattern or name, and by the database where it is not the first.

    Where one pattern has keys of several types, most of them keep the plain name, so that a stray key that one sample meets and
    another does not changes no other subject; the rest name their type.

    Args:
        group: The keys.
        name: Their pattern, or one key's name.
        facts: Of the server, for the groups beside this one.
    """
    words = [name]
    alike = [
        each
        for each in (facts.keyspace.groups if facts.keyspace else ())
        if (each.pattern, each.database) == (group.pattern, group.database)
    ]
    if any((each.sampled, each.type or "") > (group.sampled, group.type or "") for each in alike):
        words.append(f"of type {group.type or '?'}")
    if group.database:
        words.append(f"in database {group.database}")
    return " ".join(words)


def client(group: KeyGroup) -> str:
    """The command line that reaches the group's database."""
    return f"redis-cli -n {group.database}" if group.database else "redis-cli"


def _expire(group: KeyGroup) -> str:
    """Gives the keys that have no TTL one; a TTL that a key has is left alone, and names may hold blanks."""
    redis = client(group)
    return (
        f"{redis} --scan --pattern '{_glob(group.pattern)}' | while IFS= read -r key; do "
        f'[ "$({redis} TTL "$key")" = -1 ] && {redis} EXPIRE "$key" 3600; done'
    )


def _glob(pattern: str) -> str:
    """The pattern as redis-cli takes it, safe inside single quotes."""
    return "*".join(re.sub(r"[\\\[\]*?'{}]", "?", part) for part in re.split(r"\{[^{}]*\}", pattern))


RULE = Rule(
    code="RDS001",
    name="key-without-ttl",
    area=Area.CACHE,
    judge=judge,
    reasons=("expires", "permanent-data", "few-keys"),
)
