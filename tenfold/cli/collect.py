"""`tenfold collect`: reads the mall and writes a snapshot."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.options import Addresses, Config, Quiet, Terminal, Verbose, example, read_settings
from tenfold.exits import ExitCode, foremost
from tenfold.settings.model import LONGEST_WINDOW
from tenfold.words import _

_EXAMPLE = "tenfold collect -o mall.tfz --window 300"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "collect",
        epilog=example(_EXAMPLE),
        help=_("Read the mall, twice and a window apart where rates matter, and write a snapshot."),
    )(collect)


def collect(
    addresses: Addresses = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=_("The file to write."), show_default=False)
    ] = None,
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
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit code 3 when a target could not be reached; the snapshot then holds the others."""
    from tenfold.collecting import collect as read_mall
    from tenfold.collecting import complain_about_unreachable, targets_of
    from tenfold.interrupts import end_as_interrupted
    from tenfold.snapshots import write_snapshot

    end_as_interrupted()
    terminal = Terminal(quiet=quiet, verbose=verbose)
    settings = targets_of(read_settings(config), addresses or ())
    collected = read_mall(
        settings,
        window=settings.audit.window if window is None else window,
        keep_values=keep_values,
        terminal=terminal,
    )
    path = output or Path(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tfz")
    write_snapshot(collected.snapshot, path)
    terminal.remark(_("Wrote {path}. What is inside: tenfold snapshot show {path}").format(path=path))
    complain_about_unreachable(collected.snapshot, terminal)
    return foremost(
        ExitCode.INTERRUPTED if collected.interrupted else ExitCode.DONE,
        ExitCode.UNREACHABLE if any(target.unreachable for target in collected.snapshot.targets) else ExitCode.DONE,
    )
