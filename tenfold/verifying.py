"""Reads the mall again some days after an audit, and says what became of its findings."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisors.outcomes import calibrate
from advisors.verifying import Later, verify
from facts.claims import Claim
from facts.findings import Area, QueryEvidence
from facts.proofs import Calibration, Outcome, Proof
from facts.snapshot import Snapshot
from pages.comparison import compare
from pages.findings_json import findings_json
from pages.proofs import SCHEMA_VERSION, proofs_of, verification_document
from pages.run_folder import RunFolderError, write_file, write_run
from pages.translation import Language
from tenfold.auditing import judge_snapshot
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.interrupts import Interrupts
from tenfold.reporting import SNAPSHOT
from tenfold.settings import Settings
from tenfold.snapshots import read_snapshot
from tenfold.words import _, say

FILE = "verified.json"


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a run's findings.

    Attributes:
        proofs: One for each finding.
        calibration: Over all verified runs beside this one.
        document: The same as `verified.json` keeps it.
    """

    proofs: tuple[Proof, ...]
    calibration: Calibration
    document: dict[str, Any]

    @property
    def refuted(self) -> bool:
        """Whether something was applied and did not keep its promise."""
        return any(each.outcome is Outcome.REFUTED for each in self.proofs)


def verify_run(
    run: Path,
    document: dict[str, Any],
    claims: Sequence[Claim],
    snapshot: Snapshot,
    folder: Path,
    settings: Settings,
    *,
    language: Language,
    terminal: Terminal,
    interrupts: Interrupts,
) -> Verification:
    """Judges what was read now as the run was judged, and holds its findings against it.

    Args:
        run: The earlier run's folder.
        document: Its `findings.json`.
        claims: Of it.
        snapshot: What was read now.
        folder: Where the later audit's report goes.
        settings: Policy; the multiplier is the run's.
        language: Of every sentence.
        terminal: For progress and complaints.
        interrupts: Has noted whether somebody pressed Ctrl-C.
    """
    multiplier = float(document["promotion"]["multiplier"])
    promotion = settings.promotion.model_copy(update={"multiplier": multiplier})
    settings = settings.model_copy(update={"promotion": promotion})
    areas = frozenset(Area(name) for name in document.get("areas", ()) if name in list(Area)) or None
    report = judge_snapshot(snapshot, settings, areas=areas, terminal=terminal, interrupts=interrupts)
    try:
        write_run(report, folder, language)
    except RunFolderError as error:
        terminal.complain(_("The report could not be written: {reason}.").format(reason=say(error.said)))
    changes = compare(document, findings_json(report, language))
    later = {(each.code, each.target, each.subject): Later(each.what, each.reason) for each in changes}
    proofs = verify(claims, later, _earlier(run, terminal), snapshot)
    calibration = calibrate([*proofs, *_others(run)])
    kept = verification_document(proofs, calibration, snapshot.taken_at, snapshot.window_seconds, language)
    _keep(run, kept, terminal)
    return Verification(proofs, calibration, kept)


def claims_of(document: dict[str, Any], run: Path) -> tuple[Claim, ...]:
    """The findings of a `findings.json`, as far as they can be measured.

    Raises:
        CommandError: It is damaged.
    """
    try:
        usable = float(document["promotion"]["multiplier"]) > 0
        compare(document, document)
        claims = tuple(_claims(document))
    except (KeyError, TypeError, AttributeError, ValueError):
        usable = False
    if not usable:
        raise CommandError(
            _("{path} is not a findings.json of Tenfold.").format(path=run), _("Make one with: tenfold audit")
        )
    return claims


def _claims(document: dict[str, Any]) -> Iterator[Claim]:
    for finding in document["findings"]:
        remedy = finding["remedy"]
        yield Claim(
            code=finding["code"],
            target=finding["target"],
            subject=finding["subject"],
            sql=tuple(remedy["sql"]),
            queries=tuple(_query(each) for each in finding["evidence"]["queries"]),
            size_bytes=None if remedy["size_bytes"] is None else int(remedy["size_bytes"]),
        )


def _query(document: dict[str, Any]) -> QueryEvidence:
    return QueryEvidence(
        id=str(document["id"]),
        text=str(document["text"]),
        calls=int(document["calls"]),
        total_seconds=float(document["total_seconds"]),
        mean_seconds=float(document["mean_seconds"]),
        cost_before=None if document["cost_before"] is None else float(document["cost_before"]),
        cost_after=None if document["cost_after"] is None else float(document["cost_after"]),
        time_kept_ratio=None if document.get("time_kept_ratio") is None else float(document["time_kept_ratio"]),
    )


def _earlier(run: Path, terminal: Terminal) -> Snapshot | None:
    """What the run read; without it some findings cannot be verified, the others can."""
    try:
        return read_snapshot(run / SNAPSHOT)
    except CommandError as error:
        terminal.complain(f"{error.message} {error.remedy}".rstrip())
        return None


def _others(run: Path) -> Iterable[Proof]:
    """The last verification of every other run beside this one; a damaged file counts for nothing."""
    for path in sorted(run.parent.glob(f"*/{FILE}")):
        if path.parent.is_symlink() or path.parent == run:
            continue
        kept = _kept(path)
        if kept:
            try:
                yield from proofs_of(kept[-1])
            except (KeyError, ValueError, TypeError):
                continue


def _kept(path: Path) -> list[dict[str, Any]]:
    """The verifications in the file, the oldest first."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    verifications = found.get("verifications") if isinstance(found, dict) else None
    return verifications if isinstance(verifications, list) else []


def _keep(run: Path, kept: dict[str, Any], terminal: Terminal) -> None:
    """Adds the verification to those of the run."""
    path = run / FILE
    if path.exists() and not _kept(path):
        aside = path.with_suffix(".damaged.json")
        with contextlib.suppress(OSError):
            path.replace(aside)
        terminal.complain(_("{path} is damaged; it is kept as {aside}.").format(path=path, aside=aside.name))
    document = {"schema_version": SCHEMA_VERSION, "verifications": [*_kept(path), kept]}
    try:
        write_file(path, json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    except RunFolderError as error:
        terminal.complain(_("The report could not be written: {reason}.").format(reason=say(error.said)))
