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

from collections.abc import Iterable
from dataclasses import dataclass

from advisors.redis_purpose import Purpose, purpose_of
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
    """Looks at every group of keys."""
    for facts in context.snapshot.redis:
        for group in facts.keyspace.groups if facts.keyspace else ():
            yield _outcome(group, facts)


def _outcome(group: KeyGroup, facts: RedisFacts) -> Outcome:
    def quiet(reason: str) -> Quiet:
        return Quiet(code="RDS001", target=facts.target, subject=group.pattern, reason=reason)

    purpose = purpose_of(group, facts)
    if purpose not in _MUST_EXPIRE:
        return quiet("permanent-data")
    if group.without_ttl < THRESHOLDS.share * group.sampled:
        return quiet("expires")
    if group.sampled < THRESHOLDS.min_keys:
        return quiet("few-keys")
    return Finding(
        code="RDS001",
        rule="key-without-ttl",
        area=Area.CACHE,
        target=facts.target,
        subject=group.pattern,
        severity=Severity.MEDIUM,
        title=msg("{share} of the keys {pattern} never expire", share=_share(group), pattern=group.pattern),
        summary=msg(
            "{without} of {sampled} sampled keys have no TTL and take {size}. They are used as {purpose}, so nobody will ever delete them.",
            without=quantities.count(group.without_ttl),
            sampled=quantities.count(group.sampled),
            size=quantities.size(group.bytes_total * group.without_ttl / max(group.sampled, 1)),
            purpose=str(purpose),
        ),
        evidence=Evidence(
            figures={
                "keys_sampled": float(group.sampled),
                "keys_without_ttl": float(group.without_ttl),
                "bytes_sampled": float(group.bytes_total),
            },
            facts=_facts(facts),
        ),
        remedy=Remedy(
            text=msg(
                "Give each key a TTL where it is written (SET … EX), and the keys that are there already one with EXPIRE, in small steps."
            ),
            commands=(
                f"redis-cli --scan --pattern '{_glob(group.pattern)}' | xargs -n 100 -I KEY redis-cli EXPIRE KEY 3600",
            ),
            risk=msg(
                "A TTL that is too short logs shoppers out or sends them to the database again; spread the expiries."
            ),
        ),
    )


def _share(group: KeyGroup) -> str:
    return quantities.percent(group.without_ttl / max(group.sampled, 1))


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


def _glob(pattern: str) -> str:
    """The pattern as redis-cli takes it, safe inside single quotes."""
    plain = pattern.replace("'", "?")
    while "{" in plain and "}" in plain:
        start = plain.index("{")
        plain = (
            plain[:start] + "*" + plain[plain.index("}", start) + 1 :] if "}" in plain[start:] else plain[:start] + "*"
        )
    return plain


RULE = Rule(
    code="RDS001",
    name="key-without-ttl",
    area=Area.CACHE,
    judge=judge,
    reasons=("expires", "permanent-data", "few-keys"),
)
