"""Shows a report and leaves the run folder behind."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

from facts.findings import Report
from facts.snapshot import Snapshot
from facts.system_errors import why
from pages.findings_json import findings_json
from pages.run_folder import RunFolderError, link_latest, write_run
from pages.terminal import print_report
from pages.translation import Language
from tenfold.cli.options import Terminal, abandon_stdout, print_json
from tenfold.exits import CommandError
from tenfold.snapshots import write_snapshot
from tenfold.words import _, say

RUNS = Path("tenfold-runs")
SNAPSHOT = "snapshot.tfz"


def default_folder(command: str) -> Path:
    """A new run folder, named after the time in UTC and the command; two runs of one second get two folders."""
    stem = RUNS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{command}"
    folder = stem
    for number in itertools.count(2):
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            folder = stem.with_name(f"{stem.name}-{number}")
        except OSError:
            break  # whoever writes into it says so
        else:
            break
    return folder


def keep_snapshot(snapshot: Snapshot, output: Path | None, terminal: Terminal) -> Path:
    """Writes the snapshot into the run folder; a folder that cannot be written is told, and the audit goes on.

    Args:
        snapshot: What was read.
        output: The run folder; None for a new one below `tenfold-runs`.
        terminal: Where to complain.
    """
    folder = output or default_folder("audit")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_snapshot(snapshot, folder / SNAPSHOT)
    except CommandError as error:
        terminal.complain(f"{error.message}: {error.remedy}")
    except OSError as error:
        terminal.complain(_("{path} cannot be written: {reason}.").format(path=folder, reason=say(why(error))))
    return folder


def report_run(report: Report, folder: Path, *, lang: Language, as_json: bool, link: bool, terminal: Terminal) -> None:
    """Prints the report and writes the run folder; the report is printed first, so that a full disk does not lose it.

    Args:
        report: What was found.
        folder: The run folder.
        lang: Of every sentence.
        as_json: Print `findings.json` instead of the report.
        link: Point `latest` to the folder.
        terminal: Where to print.

    Raises:
        CommandError: The folder could not be written.
        OSError: Stdout could not be written; the folder was.
    """
    unprinted: OSError | None = None
    try:
        if as_json:
            print_json(findings_json(report, lang), terminal.out)
        else:
            print_report(report, terminal.out, lang)
    except OSError as error:
        # Neither does a pipe that was closed (`| head`) nor a full disk under stdout cost the run folder.
        unprinted = None if isinstance(error, BrokenPipeError) else error
        abandon_stdout()
    try:
        write_run(report, folder, lang)
    except RunFolderError as error:
        raise CommandError(
            _("The report could not be written: {reason}.").format(reason=say(error.said)),
            _("Name another folder with -o."),
        ) from None
    if link:
        link_latest(folder)
    terminal.remark(_("Report: {path}").format(path=(folder / "report.html").absolute()))
    if unprinted is not None:
        raise unprinted
