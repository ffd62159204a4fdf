"""`tenfold verify`: reads the mall again and says which findings of an audit are proven."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.options import (
    Addresses,
    Config,
    Json,
    Lang,
    Quiet,
    Terminal,
    Verbose,
    example,
    print_json,
    read_settings,
    report_language,
)
from tenfold.exits import ExitCode, foremost
from tenfold.extras import demand
from tenfold.settings.model import LONGEST_WINDOW, AuditSection
from tenfold.words import _

_EXAMPLE = "tenfold verify tenfold-runs/20261110T020000Z-audit --window 600"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "verify",
        epilog=example(_EXAMPLE),
        help=_("Read the mall again and say which findings of an audit are proven, refuted or not yet applied."),
    )(verify)


def verify(
    run: Annotated[Path, typer.Argument(help=_("The audit's run folder."), show_default=False)],
    addresses: Addresses = None,
    window: Annotated[
        float | None,
        typer.Option(
            "--window",
            min=1,
            max=LONGEST_WINDOW,
            help=_("Seconds over which statements are counted now; the longer, the more can be told."),
            show_default=False,
        ),
    ] = None,
    lang: Lang = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 done, 1 something is refuted, 2 a mistake, 3 a target was not reached, 130 interrupted."""
    demand("audit")
    from pages.proofs import print_verification
    from tenfold.collecting import collect, complain_about_unreachable, targets_of
    from tenfold.interrupts import Interrupts
    from tenfold.reporting import default_folder, keep_snapshot
    from tenfold.runs import read_run
    from tenfold.verifying import FILE, claims_of, verify_run

    terminal = Terminal(quiet=quiet, verbose=verbose)
    document = read_run(run, _("Make one with: tenfold audit"))
    claims = claims_of(document, run)
    folder = (run if run.is_dir() else run.parent).resolve()
    settings = targets_of(read_settings(config), addresses or ())
    language = report_language(lang, settings)
    # Without a window the counters would be those from before the remedy too.
    seconds = window or settings.audit.window or AuditSection().window
    collected = collect(settings, window=seconds, keep_values=False, terminal=terminal)
    interrupts = Interrupts()
    with interrupts.noted():
        later = keep_snapshot(collected.snapshot, default_folder("verify"), terminal)
        verification = verify_run(
            folder,
            document,
            claims,
            collected.snapshot,
            later,
            settings,
            language=language,
            terminal=terminal,
            interrupts=interrupts,
        )
    if as_json:
        print_json(verification.document, terminal.out)
    else:
        print_verification(
            verification.proofs,
            verification.calibration,
            collected.snapshot.window_seconds,
            terminal.out,
            language,
        )
    complain_about_unreachable(collected.snapshot, terminal)
    terminal.remark(
        _("Kept in {path}; the report on the mall as it is now: {report}").format(
            path=folder / FILE, report=(later / "report.html").absolute()
        )
    )
    return foremost(
        ExitCode.INTERRUPTED if collected.interrupted or interrupts.pressed else ExitCode.DONE,
        ExitCode.UNREACHABLE if any(target.unreachable for target in collected.snapshot.targets) else ExitCode.DONE,
        ExitCode.FINDINGS if verification.refuted else ExitCode.DONE,
    )
