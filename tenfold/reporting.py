"""Shows a report and leaves the run folder behind."""

import json
from datetime import UTC, datetime
from pathlib import Path

from facts.findings import Report
from facts.snapshot import Snapshot
from pages.findings_json import findings_json
from pages.run_folder import RunFolderError, link_latest, write_run
from pages.terminal import print_report
from pages.translation import Language
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError
from tenfold.snapshots import write_snapshot
from tenfold.words import _

RUNS = Path("tenfold-runs")
SNAPSHOT = "snapshot.tfz"


def default_folder(command: str) -> Path:
    """A new run folder's name: the time in UTC and the command."""
    return RUNS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{command}"


def report_run(
    report: Report, snapshot: Snapshot, *, output: Path | None, lang: Language, as_json: bool, terminal: Terminal
) -> Path:
    """Prints the report and writes the run folder; the report is printed first, so that a full disk does not lose it.

    Raises:
        CommandError: The folder could not be written.
    """
    folder = output or default_folder("audit")
    if as_json:
        terminal.out.file.write(json.dumps(findings_json(report, lang), ensure_ascii=False, sort_keys=True) + "\n")
    else:
        print_report(report, terminal.out, lang)
    try:
        write_run(report, folder, lang)
    except RunFolderError as error:
        raise CommandError(
            _("The report could not be written: {reason}.").format(reason=error), _("Name another folder with -o.")
        ) from None
    write_snapshot(snapshot, folder / SNAPSHOT)
    if output is None:
        link_latest(folder)
    terminal.remark(_("Report: {path}").format(path=(folder / "report.html").absolute()))
    return folder
