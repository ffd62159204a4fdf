"""RDS002: keys that everybody waits for."""

from dataclasses import replace

from advisors.rules.rds002_big_key import THRESHOLDS
from facts.findings import Severity
from facts.redis import KeyGroup
from facts.snapshot import Snapshot
from tests.advisors import build
from tests.advisors.case import FOUND, Case

PATTERN, LARGEST = "recommendations:{id}", "recommendations:all"


def mall(group: KeyGroup) -> Snapshot:
    return build.snapshot(build.redis(group))


def string(size: int) -> KeyGroup:
    return build.key_group(PATTERN, largest=LARGEST, largest_bytes=size)


def collection(*, size: int = 1_000, elements: int = 10) -> KeyGroup:
    return build.key_group(PATTERN, largest=LARGEST, kind="hash", largest_bytes=size, elements=elements)


def queue(size: int) -> KeyGroup:
    return build.key_group("queue:mail", kind="list", largest_bytes=size, elements=1_000_000)


CASES = (
    Case(
        story="a string of a mebibyte",
        facts=mall(string(THRESHOLDS.string_bytes)),
        target=build.CACHE,
        subject=LARGEST,
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_above="string_bytes",
    ),
    Case(
        story="a string of a byte less",
        facts=mall(string(THRESHOLDS.string_bytes - 1)),
        target=build.CACHE,
        subject=PATTERN,
        outcome="small",
        just_below="string_bytes",
    ),
    Case(
        story="a hash of five mebibytes",
        facts=mall(collection(size=THRESHOLDS.collection_bytes)),
        target=build.CACHE,
        subject=LARGEST,
        outcome=FOUND,
        just_above="collection_bytes",
    ),
    Case(
        story="a hash of a byte less",
        facts=mall(collection(size=THRESHOLDS.collection_bytes - 1)),
        target=build.CACHE,
        subject=PATTERN,
        outcome="small",
        just_below="collection_bytes",
    ),
    Case(
        story="a hash of many small fields",
        facts=mall(collection(elements=THRESHOLDS.collection_elements)),
        target=build.CACHE,
        subject=LARGEST,
        outcome=FOUND,
        just_above="collection_elements",
    ),
    Case(
        story="a hash of one field less",
        facts=mall(collection(elements=THRESHOLDS.collection_elements - 1)),
        target=build.CACHE,
        subject=PATTERN,
        outcome="small",
        just_below="collection_elements",
    ),
    Case(
        story="one careless command is an outage",
        facts=mall(collection(size=THRESHOLDS.huge_bytes)),
        target=build.CACHE,
        subject=LARGEST,
        outcome=FOUND,
        severity=Severity.HIGH,
        just_above="huge_bytes",
    ),
    Case(
        story="just below that it is medium",
        facts=mall(collection(size=THRESHOLDS.huge_bytes - 1)),
        target=build.CACHE,
        subject=LARGEST,
        outcome=FOUND,
        severity=Severity.MEDIUM,
        just_below="huge_bytes",
    ),
    Case(
        story="a key of another database is named with it",
        facts=mall(replace(collection(size=THRESHOLDS.collection_bytes), database=3)),
        target=build.CACHE,
        subject=f"{LARGEST} in database 3",
        outcome=FOUND,
    ),
    Case(
        story="a long list is what a queue is",
        facts=mall(queue(THRESHOLDS.huge_bytes - 1)),
        target=build.CACHE,
        subject="queue:mail",
        outcome="queue",
    ),
    Case(
        story="a queue that nobody empties is no queue",
        facts=mall(queue(THRESHOLDS.huge_bytes)),
        target=build.CACHE,
        subject="queue:mail",
        outcome=FOUND,
        severity=Severity.HIGH,
    ),
)
