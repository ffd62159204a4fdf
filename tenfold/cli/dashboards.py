"""`tenfold dashboards`: the mall's boards, rules and alerts as files; the boards as one page, and into a Grafana."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from tenfold.cli import dashboards_preview, dashboards_push
from tenfold.cli.options import Config, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.words import _

_EXAMPLE = "tenfold dashboards write deploy"


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        help=_("Grafana boards of the mall."), epilog=example(_EXAMPLE), no_args_is_help=True, rich_markup_mode=None
    )
    group.command(
        "write",
        epilog=example(_EXAMPLE),
        help=_("Write boards for Grafana, rules for Prometheus and an example for Alertmanager into a folder."),
    )(write)
    dashboards_preview.register(group)
    dashboards_push.register(group)
    app.add_typer(group, name="dashboards")


def write(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=_("Made when it is not there yet."), show_default=False)
    ],
    prometheus: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=_("Prometheus, as Grafana's server reaches it; default http://127.0.0.1:9090."),
            show_default=False,
        ),
    ] = None,
    docs: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help=_("Where your people read Tenfold's documentation; links lead there."),
            show_default=False,
        ),
    ] = None,
    lang: Lang = None,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Connects to nothing and deletes nothing."""
    demand("dashboards")
    from dashboards.boards import DOCS
    from dashboards.provisioning import PROMETHEUS
    from tenfold import writing_dashboards
    from tenfold.settings.serving import ServeSection

    for option, url in (("--prometheus", prometheus), ("--docs", docs)):
        _demand_address(option, url)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    settings = read_settings(config)
    language = report_language(lang, settings)
    files = writing_dashboards.everything(
        language,
        docs=(docs or DOCS).rstrip("/"),
        prometheus=prometheus or PROMETHEUS,
        tenfold=_reached((settings.serve if settings else ServeSection()).listen),
        objectives=settings.objectives if settings else writing_dashboards.NONE_GIVEN,
    )
    for path in writing_dashboards.write(folder, files):
        terminal.out.print(str(path), markup=False, soft_wrap=True)
    if docs is None:
        terminal.remark(
            _(
                "Links to rules and runbooks lead nowhere yet; give --docs URL to lead them to your copy of the documentation."
            )
        )


def _reached(listen: str) -> str:
    """Where somebody on the same machine finds a service that listens there."""
    host, _colon, port = listen.rpartition(":")
    return f"127.0.0.1:{port}" if host in {"0.0.0.0", "[::]"} else listen  # noqa: S104  (looked for, not listened on)


def _demand_address(option: str, url: str | None) -> None:
    """Passes when there is none, or a whole one.

    Raises:
        CommandError: It would stand in a file and lead nowhere.
    """
    if url is None:
        return
    try:
        parts = urlsplit(url)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        whole = False
    if not whole:
        raise CommandError(
            _("{url} is no address for {option}.").format(url=repr(url), option=option),
            _("Write one such as http://prometheus.example:9090."),
        )
