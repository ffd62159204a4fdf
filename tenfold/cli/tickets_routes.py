"""`tenfold tickets routes`: what would become of the mall's own alert rules, without sending anything."""

from pathlib import Path
from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Quiet, Terminal, Verbose, example, print_json, read_settings
from tenfold.exits import ExitCode
from tenfold.extras import demand
from tenfold.words import _


def register(group: typer.Typer) -> None:
    """Adds the command to the group."""
    group.command(
        "routes",
        epilog=example("tenfold tickets routes /etc/prometheus/rules/*.yml"),
        help=_("Say what [[route]] makes of the alerts in Prometheus' rule files; nothing is sent."),
    )(routes)


def routes(
    files: Annotated[
        list[Path], typer.Argument(metavar="RULES.yml…", help=_("Rule files of Prometheus."), show_default=False)
    ],
    only_unmapped: Annotated[
        bool, typer.Option("--unmapped", help=_("Only alerts that neither a route nor a known severity maps."))
    ] = False,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 every alert is mapped, 1 some are not, 2 a mistake or a file that is none."""
    demand("serve")
    from tenfold.settings import Settings
    from tenfold.ticketing.rule_files import dry_run, print_routes

    terminal = Terminal(quiet=quiet, verbose=verbose)
    found = dry_run(files, read_settings(config) or Settings())
    unmapped = [each for each in found if not each["mapped"]]
    shown = unmapped if only_unmapped else found
    if as_json:
        print_json({"alerts": shown, "unmapped": len(unmapped)}, terminal.out)
    else:
        print_routes(shown, len(found), len(unmapped), terminal.out)
    return ExitCode.FINDINGS if unmapped else ExitCode.DONE
