"""One key is so big that the whole server waits for it.

What it finds:
    Strings and collections far above what one command should move.
Why it hurts:
    Redis works on one command at a time. Reading or deleting a hash of megabytes stops every shopper's session lookup for as long, and on a
    cluster the key cannot be spread.
Needs:
    A sample of the keyspace with MEMORY USAGE.
Quiet when:
    - small: the group's largest key is below the limits
    - queue: a long list or stream is what a queue is, and it is read from its ends
Before:
    HGETALL recommendations:all, 120,000 fields
After:
    recommendations:{user number modulo 1,000}, 120 fields each, or one key a user
Risk:
    A change of the application. Delete the old key with UNLINK, never with DEL.
Source:
    Redis documentation, `redis-cli --bigkeys`, UNLINK; Alibaba Cloud, "Development and O&M standards for Redis": big keys.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from advisors.redis_purpose import Purpose, purpose_of
from advisors.rule import Context, Outcome, Rule
from advisors.rules.rds001_key_without_ttl import client, subject
from facts import quantities
from facts.findings import Area, Evidence, Finding, Quiet, Remedy, Severity, Skipped
from facts.message import msg
from facts.redis import KeyGroup, RedisFacts


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a key is big.

    Attributes:
        string_bytes: A reply of 1 MiB takes 9 ms on a gigabit network, all of Redis' time.
        collection_bytes: Freed or copied as a whole, 5 MiB of small elements take tens of milliseconds.
        collection_elements: Commands that walk all of them (HGETALL, SMEMBERS) take about 1 ms for 2,000 elements.
        huge_bytes: From here on one careless command is an outage of seconds.
    """

    string_bytes: int = 2**20
    collection_bytes: int = 5 * 2**20
    collection_elements: int = 50_000
    huge_bytes: int = 256 * 2**20


THRESHOLDS = Thresholds()


def judge(context: Context) -> Iterable[Outcome]:
    """Looks at the largest key of every group whose size was read; that it was refused stands among the collector's gaps."""
    for facts in context.snapshot.redis:
        keyspace = facts.keyspace
        if keyspace is None:
            continue
        if not keyspace.complete:
            yield Skipped(
                code="RDS002",
                subject=facts.target,
                reason=msg(
                    "{sampled} of {keys} keys were sampled, so a single big key can have been missed",
                    sampled=quantities.count(keyspace.sampled),
                    keys=quantities.count(keyspace.keys),
                ),
                remedy=msg("On a replica, outside of the rush: redis-cli --memkeys"),
            )
        for group in keyspace.groups:
            if group.bytes_largest is not None:
                yield _outcome(group, group.bytes_largest, facts)


def _outcome(group: KeyGroup, size: int, facts: RedisFacts) -> Outcome:
    string = group.type == "string"
    elements = group.elements_largest
    big = size >= (THRESHOLDS.string_bytes if string else THRESHOLDS.collection_bytes)
    long = not string and elements is not None and elements >= THRESHOLDS.collection_elements
    if not big and not long:
        return Quiet(code="RDS002", target=facts.target, subject=subject(group, group.pattern, facts), reason="small")
    if purpose_of(group, facts) is Purpose.QUEUE and size < THRESHOLDS.huge_bytes:
        return Quiet(code="RDS002", target=facts.target, subject=subject(group, group.pattern, facts), reason="queue")
    return Finding(
        code="RDS002",
        rule="big-key",
        area=Area.CACHE,
        target=facts.target,
        subject=subject(group, group.largest, facts),
        severity=Severity.HIGH if size >= THRESHOLDS.huge_bytes else Severity.MEDIUM,
        title=msg("The key {key} is {size} large", key=group.largest, size=quantities.size(size)),
        summary=msg(
            "It is a {type} of {elements} elements. Whatever reads or deletes it whole keeps every other client waiting.",
            type=group.type or "?",
            elements="?" if elements is None else quantities.count(elements),
        )
        if not string
        else msg("It is one string. Whatever reads it keeps every other client waiting."),
        evidence=Evidence(
            figures={"size_bytes": float(size), **({} if elements is None else {"elements": float(elements)})},
        ),
        remedy=_remedy(group),
    )


def _remedy(group: KeyGroup) -> Remedy:
    risk = msg("A change of the application; UNLINK frees memory in the background, DEL would block.")
    if "{" not in group.largest:
        return Remedy(
            text=msg(
                "Split it into many keys of at most some hundred elements or kilobytes, and remove the old one with UNLINK."
            ),
            commands=(f"{client(group)} UNLINK {shlex.quote(group.largest)}",),
            risk=risk,
        )
    # Variable parts of a key's name are not read, so that nobody's name leaves the mall.
    return Remedy(
        text=msg(
            "Find the key: its name has the form {pattern}, and redis-cli --memkeys lists the largest ones. Split it into many keys of "
            "at most some hundred elements or kilobytes, and remove the old one with UNLINK.",
            pattern=group.largest,
        ),
        commands=(f"{client(group)} --memkeys",),
        risk=risk,
    )


RULE = Rule(code="RDS002", name="big-key", area=Area.CACHE, judge=judge, reasons=("small", "queue"))
