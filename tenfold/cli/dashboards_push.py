"""`tenfold dashboards push`: the dashboards into a Grafana, over its HTTP API."""

import os
import sys
from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.exits import CommandError
from tenfold.words import _

TOKEN = "GRAFANA_TOKEN"  # noqa: S105  (a variable's name)
FOLDER = "Tenfold"


def register(app: typer.Typer) -> None:
    """Adds the command to the group."""
    app.command(
        "push",
        epilog=example("GRAFANA_TOKEN=… tenfold dashboards push --grafana https://grafana.example --dry-run"),
        help=_("Upload the dashboards to Grafana; what is there unchanged stays untouched."),
    )(push)


def push(
    grafana: Annotated[str, typer.Option(metavar="URL", help=_("Grafana's address."), show_default=False)],
    folder: Annotated[
        str, typer.Option(metavar="NAME", help=_("The folder, made where it is missing; empty is the general one."))
    ] = FOLDER,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=_("Replace dashboards that differ from ours."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Write nothing; say what would change."))] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help=_("Read the token from stdin instead of $GRAFANA_TOKEN."))
    ] = False,
    board: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE.json",
            help=_("Only this dashboard, or one from a file; may be repeated."),
            show_default=False,
        ),
    ] = None,
    docs: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help=_("Where your people read Tenfold's documentation; links lead there."),
            show_default=False,
        ),
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help=_("Seconds for one request."))] = 20.0,
    lang: Lang = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 all are there, 2 a mistake, 3 Grafana was not reached or refused some; the others are there."""
    from tenfold.dashboarding.grafana import Grafana
    from tenfold.dashboarding.pushing import push as store
    from tenfold.dashboarding.pushing import show
    from tenfold.dashboarding.sources import chosen_boards

    sources = chosen_boards(
        board or (), report_language(lang, read_settings(config)), _address("--docs", docs) if docs else ""
    )
    terminal = Terminal(quiet=quiet, verbose=verbose)
    with Grafana(_address("--grafana", grafana), _token(from_stdin=token_stdin), timeout) as server:
        done = store(sources, server, folder, overwrite=overwrite, dry_run=dry_run)
        return show(done, dry_run=dry_run, as_json=as_json, terminal=terminal)


def _address(option: str, url: str) -> str:
    from tenfold.settings.schemes import known_web

    try:
        return known_web(url)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None


def _token(*, from_stdin: bool) -> str:
    """The token; it never stands on the command line, where everybody on the machine could read it."""
    token = (sys.stdin.readline() if from_stdin else os.environ.get(TOKEN, "")).strip()
    if not token:
        raise CommandError(
            _("There is no token for Grafana."),
            _("Make one for a service account with the role Editor; give it in GRAFANA_TOKEN or with --token-stdin."),
        )
    if not token.isascii() or not token.isprintable():
        raise CommandError(_("The token has characters that no token of Grafana has."))
    return token
