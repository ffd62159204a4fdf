"""The run folder: everything that an audit leaves behind, each file written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from facts.findings import Report
from facts.message import msg
from facts.rounds import Round
from facts.system_errors import why
from pages.apply_sql import apply_sql, rollback_sql
from pages.findings_json import findings_json
from pages.html.report import report_html
from pages.markdown import markdown
from pages.translation import Language

LATEST = "latest"


class RunFolderError(Exception):
    """The folder or a file in it could not be written; `said` tells a person which and why."""

    def __init__(self, path: Path, error: OSError) -> None:
        """Keeps the sentence."""
        self.said = msg("{subject}: {reason}", subject=str(path), reason=why(error))
        super().__init__(str(self.said))


def write_run(report: Report, folder: Path, language: Language) -> None:
    """Writes `findings.json`, `report.md`, `report.html` and, where there are statements, `apply.sql` and `rollback.sql`.

    Raises:
        RunFolderError: Something could not be written.
    """
    _write(report, folder, language, pages="report")


def write_findings(report: Report, folder: Path, language: Language, rounds: Sequence[Round]) -> None:
    """The same for a rehearsal, whose own report is the folder's: pages named `findings`, and the rounds in `findings.json`.

    Raises:
        RunFolderError: Something could not be written.
    """
    _write(report, folder, language, pages="findings", rounds=rounds)


def _write(report: Report, folder: Path, language: Language, *, pages: str, rounds: Sequence[Round] = ()) -> None:
    # Made one after the other, so that a page that cannot be made costs none of those before it.
    files: dict[str, Callable[[], str]] = {
        "findings.json": lambda: _document(report, language, rounds),
        "apply.sql": lambda: apply_sql(report.findings),
        "rollback.sql": lambda: rollback_sql(report.findings),
        f"{pages}.md": lambda: markdown(report, language),
        f"{pages}.html": lambda: report_html(report, language),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(folder, error) from None
    for name, make in files.items():
        text = make()
        if text:
            write_file(folder / name, text)
        else:
            # A folder that is used again must not keep the scripts of another report.
            _remove(folder / name)


def _document(report: Report, language: Language, rounds: Sequence[Round]) -> str:
    document = findings_json(report, language, rounds)
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"


def write_file(path: Path, text: str) -> None:
    """Writes one file through a temporary one.

    Raises:
        RunFolderError: It could not be written; the old file, if any, is still there.
    """
    partial = ""
    try:
        descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    except OSError as error:
        if partial:
            Path(partial).unlink(missing_ok=True)
        raise RunFolderError(path, error) from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RunFolderError(path, error) from None


def link_latest(folder: Path) -> None:
    """Points `latest` beside the folder to it; where links cannot be made, there is simply none."""
    link = folder.parent / LATEST
    partial = folder.parent / f".{LATEST}.{os.getpid()}"
    try:
        partial.symlink_to(folder.name)
        partial.replace(link)
    except OSError:
        partial.unlink(missing_ok=True)
