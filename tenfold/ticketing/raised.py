"""What earlier audits have raised, so that the next one can say what is over: `raised.json` in the folder of runs.

A finding is over only where the later audit looked at least as hard and had nothing to say of it (`pages.comparison`); whatever it did
not examine is kept here for the one after it.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facts.findings import Verdict
from pages.comparison import compare

FILE = "raised.json"
BYTES_AT_MOST = 64 * 2**20
# A raise is kept while one of its findings was not examined since; of a mall that is audited each night, two months.
RAISES_AT_MOST = 60
Key = tuple[str, str, str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Statement(_Part):
    """One that a finding rests on."""

    text: str


class Evidence(_Part):
    """What a finding rests on."""

    queries: tuple[Statement, ...] = ()


class RaisedFinding(_Part):
    """A finding of `findings.json`, as far as it is needed to know it again."""

    code: str
    target: str
    subject: str
    area: str
    severity: str
    title: str = ""
    loss_cores_at_multiplier: float | None = None
    evidence: Evidence = Evidence()

    @property
    def key(self) -> Key:
        """What the next audit knows it by."""
        return self.code, self.target, self.subject


class Gap(_Part):
    """What the audit itself did not examine."""

    code: str
    subject: str


class Raise(_Part):
    """What one audit has raised.

    Attributes:
        server: Where the tickets are.
        taken_at: When the mall was read, in UTC.
    """

    server: str
    mall: str
    taken_at: str
    multiplier: float
    findings: tuple[RaisedFinding, ...]
    skipped: tuple[Gap, ...] = ()


class _File(_Part):
    raises: tuple[Raise, ...] = Field(default=())


def load(runs: Path) -> tuple[Raise, ...]:
    """Every raise that has something left; none where there is no file, or it is damaged."""
    path = runs / FILE
    try:
        if path.stat().st_size > BYTES_AT_MOST:
            return ()
        return _File.model_validate_json(path.read_bytes()).raises
    except (OSError, ValidationError):
        return ()


def save(runs: Path, raises: Sequence[Raise]) -> None:
    """Keeps them in the place of those before.

    Raises:
        OSError: The folder cannot be written.
    """
    runs.mkdir(parents=True, exist_ok=True)
    path = runs / FILE
    new = path.with_name(f"{FILE}.{os.getpid()}")
    try:
        new.write_text(_File(raises=tuple(raises[-RAISES_AT_MOST:])).model_dump_json(), encoding="utf-8")
        new.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()


def over(raises: Iterable[Raise], server: str, document: Mapping[str, Any]) -> list[RaisedFinding]:
    """The raised findings that the audit no longer finds, each once.

    Args:
        raises: Of earlier audits.
        server: Where tickets of this one go.
        document: Its `findings.json`.
    """
    if document["verdict"] == Verdict.NOT_ENOUGH_EVIDENCE:
        return []
    found: dict[Key, RaisedFinding] = {}
    for each in raises:
        # An older snapshot, or a gentler promotion, does not say what is over.
        is_less = document["taken_at"] < each.taken_at or document["promotion"]["multiplier"] < each.multiplier
        if is_less or not _same(each, server, document):
            continue
        before = {
            "findings": [finding.model_dump() for finding in each.findings],
            "quiet": [],
            "coverage": {"targets": [], "skipped": [gap.model_dump() for gap in each.skipped]},
        }
        changes = compare(before, dict(document))
        gone = {(change.code, change.target, change.subject) for change in changes if change.what == "gone"}
        found |= {finding.key: finding for finding in each.findings if finding.key in gone}
    return list(found.values())


def after(
    raises: Iterable[Raise], server: str, document: Mapping[str, Any], told: Iterable[Mapping[str, Any]], gone: Iterable[RaisedFinding]
) -> list[Raise]:  # fmt: skip
    """What is to be kept once the audit has been told of.

    Args:
        raises: Of earlier audits.
        server: Where its tickets went.
        document: Its `findings.json`.
        told: Its findings that were told.
        gone: Earlier ones that were told to be over.
    """
    newest = Raise(
        server=server,
        mall=document["mall"],
        taken_at=document["taken_at"],
        multiplier=document["promotion"]["multiplier"],
        findings=tuple(RaisedFinding.model_validate(each) for each in told),
        skipped=tuple(Gap.model_validate(each) for each in document["coverage"]["skipped"]),
    )
    done = {each.key for each in (*newest.findings, *gone)}
    kept = []
    for each in raises:
        left = tuple(finding for finding in each.findings if finding.key not in done)
        kept.append(each.model_copy(update={"findings": left}) if _same(each, server, document) else each)
    return [each for each in (*kept, newest) if each.findings]


def _same(each: Raise, server: str, document: Mapping[str, Any]) -> bool:
    return (each.server, each.mall) == (server, document["mall"])
