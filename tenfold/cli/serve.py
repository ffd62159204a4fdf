"""`tenfold serve`: watch the mall, for Prometheus."""

from typing import Annotated

import typer

from tenfold.cli.options import Config, Json, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.settings import Settings
from tenfold.words import _


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "serve",
        epilog=example("tenfold serve --listen 127.0.0.1:9470"),
        help=_("Watch the configured mall and answer Prometheus in time, whatever happens to the mall."),
    )(serve)


def serve(
    listen: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help=_("Where to answer; default 127.0.0.1:9470."), show_default=False),
    ] = None,
    print_sql: Annotated[
        bool,
        typer.Option(
            "--print-sql", help=_("Connect to nothing; print every statement and command that watching would send.")
        ),
    ] = False,
    as_json: Json = False,
    lang: Lang = None,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Runs until it is ended with Ctrl-C or SIGTERM."""
    settings = read_settings(config)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    if print_sql:
        from tenfold.serving.sent import show_sent

        show_sent(settings or Settings(), terminal.out, as_json=as_json)
        return
    demand("serve")
    from tenfold.serving.command import serve as run

    if settings is None:
        raise CommandError(_("There is no configuration file here."), _("Write one with: tenfold init"))
    language = report_language(lang, settings)
    run(settings, listen or settings.serve.listen, language, terminal)
