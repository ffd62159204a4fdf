"""`tenfold audit`: collect, judge, report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from facts.findings import Area, Report, Severity
from pages.translation import Language
from tenfold.cli.options import Config, Json, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.exits import CommandError, ExitCode, foremost
from tenfold.extras import demand
from tenfold.settings import Settings
from tenfold.settings.model import LONGEST_WINDOW
from tenfold.words import _, say

if TYPE_CHECKING:
    from facts.listed import Listed
    from facts.snapshot import Snapshot
    from tenfold.proving import Proven
    from tenfold.ticketing.client import Service

_EXAMPLE = "tenfold audit postgresql://tenfold@db.example/mall redis://cache.example:6379"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "audit",
        epilog=example(_EXAMPLE),
        help=_("Read the mall, judge it at the multiplier and write the report."),
    )(audit)


def audit(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(help=_("Addresses to audit instead of the configuration's."), show_default=False),
    ] = None,
    from_file: Annotated[
        Path | None, typer.Option("--from", help=_("Judge this snapshot; connect to nothing."), show_default=False)
    ] = None,
    only: Annotated[
        str,
        typer.Option(
            "--only",
            help=_("Areas to judge, separated by commas: {areas}.").format(areas=", ".join(Area)),
            show_default=False,
        ),
    ] = "",
    workload: Annotated[
        Path | None,
        typer.Option(
            "--workload",
            help=_(
                "A file of SQL statements to judge beside those that the servers counted, each with its calls a second at the everyday "
                "peak in a comment: -- weight: 12; or a PostgreSQL server's log (.csv, .json, .log)."
            ),
            show_default=False,
        ),
    ] = None,
    multiplier: Annotated[
        float | None,
        typer.Option(
            "--multiplier", min=0.1, max=1000, help=_("How many times the everyday peak."), show_default=False
        ),
    ] = None,
    index_budget: Annotated[
        str,
        typer.Option(
            "--index-budget", help=_("What all proposed indexes may take together, such as 2GB."), show_default=False
        ),
    ] = "",
    window: Annotated[
        float | None,
        typer.Option(
            "--window",
            min=0,
            max=LONGEST_WINDOW,
            help=_("Seconds between the two readings; 0: counters since their last reset."),
            show_default=False,
        ),
    ] = None,
    keep_values: Annotated[
        bool, typer.Option("--keep-values", help=_("Do not replace personal and free-text values by pseudonyms."))
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help=_("The run folder; default tenfold-runs/<UTC time>-audit."), show_default=False
        ),
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on", help=_("End with exit code 1 when a finding is at least this severe."), show_default=False
        ),
    ] = None,
    copy: Annotated[
        str,
        typer.Option(
            "--prove",
            metavar="DSN",
            help=_(
                "A staging copy of the database: build the proposed indexes there, replay their statements with and without them, "
                "and drop them again."
            ),
            show_default=False,
        ),
    ] = "",
    raising: Annotated[
        bool,
        typer.Option(
            "--raise",
            help=_(
                "Open tickets at the ticket service for findings that are critical or high, or at or above --fail-on, "
                "and tell it which of before are gone; needs $TENFOLD_TOKEN."
            ),
        ),
    ] = False,
    lang: Lang = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 done, 1 findings at or above --fail-on, 2 a mistake, 3 a target was not reached, 130 interrupted."""
    demand("audit")
    from tenfold.auditing import judge_snapshot
    from tenfold.collecting import Collected, collect, complain_about_unreachable, targets_of
    from tenfold.interrupts import Interrupts, end_as_interrupted
    from tenfold.reporting import SNAPSHOT, keep_snapshot, report_run
    from tenfold.snapshots import read_snapshot
    from tenfold.ticketing.raising import service_for_raising

    end_as_interrupted()
    terminal = Terminal(quiet=quiet, verbose=verbose)
    areas = _areas(only)
    configured = _adjusted(read_settings(config), multiplier, index_budget)
    told = service_for_raising(configured) if raising else None
    listed = _listed(workload)
    if from_file is not None:
        if addresses:
            raise CommandError(_("Give either addresses or --from, not both."))
        settings = configured or Settings()
        collected = Collected(read_snapshot(from_file), interrupted=False)
    else:
        settings = targets_of(configured, addresses or ())
        settings = _adjusted(settings, multiplier, index_budget) or settings
        seconds = settings.audit.window if window is None else window
        collected = collect(settings, window=seconds, keep_values=keep_values, terminal=terminal)
    snapshot = collected.snapshot
    interrupts = Interrupts()
    with interrupts.noted():
        # Kept before anything else is done with it: what was read from the mall is the part that cannot be had again.
        folder = keep_snapshot(snapshot, output, terminal)
        try:
            report = judge_snapshot(
                snapshot, settings, areas=areas, terminal=terminal, interrupts=interrupts, listed=listed
            )
        except KeyboardInterrupt:
            terminal.complain(
                _("Not judged yet; what was read is kept: tenfold audit --from {path}").format(path=folder / SNAPSHOT)
            )
            raise
    proven = _proven(report, snapshot, copy, terminal)
    report = proven.report
    language = report_language(lang, settings)
    interrupted = ExitCode.INTERRUPTED if collected.interrupted or interrupts.pressed else ExitCode.DONE
    try:
        report_run(report, folder, lang=language, as_json=as_json, link=output is None, terminal=terminal)
    except CommandError as error:
        error.code = foremost(interrupted, error.code)
        raise
    if as_json:
        # On a terminal the report itself has said so.
        complain_about_unreachable(snapshot, terminal)
    if proven.failure is not None:
        terminal.complain(f"{proven.failure.message} {proven.failure.remedy}".rstrip())
    return foremost(
        interrupted,
        proven.failure.code if proven.failure is not None else ExitCode.DONE,
        _raised(report, language, fail_on, told, terminal, complete=not collected.interrupted)
        if told
        else ExitCode.DONE,
        ExitCode.UNREACHABLE if any(target.unreachable for target in snapshot.targets) else ExitCode.DONE,
        ExitCode.FINDINGS
        if fail_on and any(finding.severity.rank <= fail_on.rank for finding in report.findings)
        else ExitCode.DONE,
    )


def _proven(report: Report, snapshot: "Snapshot", copy: str, terminal: Terminal) -> "Proven":
    """The report with what the copy showed; the report is worth having without it, so that a copy that refuses costs nothing else."""
    from tenfold.proving import Proven, prove_on_copy

    if not copy:
        return Proven(report)
    try:
        return prove_on_copy(report, snapshot, copy, terminal)
    except Exception as error:  # noqa: BLE001  (a mistake of ours here must not cost the report)
        what = _("This is a mistake in Tenfold: {error}.").format(error=f"{type(error).__name__}: {error}")
        return Proven(report, CommandError(what, code=ExitCode.INVALID))


def _raised(
    report: Report,
    language: Language,
    fail_on: Severity | None,
    service: "Service",
    terminal: Terminal,
    *,
    complete: bool,
) -> ExitCode:
    """Tells the ticket service; the report is written already, so a service that does not answer costs nothing but its tickets."""
    from pages.findings_json import findings_json
    from tenfold.ticketing.raising import raise_findings

    try:
        raise_findings(findings_json(report, language), fail_on, service, terminal, complete=complete)
    except CommandError as error:
        terminal.complain(f"{error.message} {error.remedy}".rstrip())
        return error.code
    return ExitCode.DONE


def _listed(path: Path | None) -> "tuple[Listed, ...]":
    """Read before the mall is, so that a mistake in the file costs nobody a window's wait."""
    from collectors import server_log, workload_file
    from collectors.workload_file import WorkloadFileError

    if path is None:
        return ()
    source = server_log if path.suffix in server_log.SUFFIXES else workload_file
    try:
        found: tuple[Listed, ...] = source.read(path)
        return found
    except WorkloadFileError as error:
        raise CommandError(_("{reason}.").format(reason=say(error.message)), say(error.remedy)) from None


def _areas(only: str) -> frozenset[Area] | None:
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in names if name not in list(Area)]
    if unknown:
        raise CommandError(
            _("There is no area {name}.").format(name=repr(unknown[0])),
            _("Areas are: {areas}.").format(areas=", ".join(Area)),
        )
    return frozenset(Area(name) for name in names) or None


def _adjusted(settings: Settings | None, multiplier: float | None, index_budget: str) -> Settings | None:
    """The settings with what the command line says instead; None stays None unless it says something."""
    if multiplier is None and not index_budget:
        return settings
    from tenfold.settings.units import parse_size

    changed = settings or Settings()
    if multiplier is not None:
        promotion = changed.promotion.model_copy(update={"multiplier": multiplier})
        changed = changed.model_copy(update={"promotion": promotion})
    if index_budget:
        try:
            budget = parse_size(index_budget)
        except ValueError as error:
            raise CommandError(f"--index-budget: {error}") from None
        changed = changed.model_copy(update={"audit": changed.audit.model_copy(update={"index_budget": budget})})
    return changed
