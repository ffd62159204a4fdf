"""`tenfold dashboards preview`: the dashboards as one page, without Grafana."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from tenfold.cli.options import Config, Json, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.settings import Settings
from tenfold.words import _

PAGE = "dashboards.html"


def register(app: typer.Typer) -> None:
    """Adds the command to the group."""
    app.command(
        "preview",
        epilog=example("tenfold dashboards preview --prometheus http://127.0.0.1:9090"),
        help=_("Ask a Prometheus everything that the dashboards ask, show the answers as one page, say what is dead."),
    )(preview)


def preview(
    prometheus: Annotated[
        str,
        typer.Option(
            metavar="URL", help=_("The Prometheus to ask; default: url under [prometheus]."), show_default=False
        ),
    ] = "",
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE.html", help=_("The page."), show_default=True),
    ] = Path(PAGE),
    time_range: Annotated[
        str,
        typer.Option(
            "--range",
            metavar="DURATION",
            help=_("How far back, such as 30m, 1h or 7d; default: what each dashboard is saved with."),
            show_default=False,
        ),
    ] = "",
    mall: Annotated[
        list[str] | None,
        typer.Option(help=_("Only this mall; may be repeated. Default: all of them."), show_default=False),
    ] = None,
    variable: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help=_("A value for another variable of a dashboard; may be repeated."),
            show_default=False,
        ),
    ] = None,
    board: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|FILE.json",
            help=_("Only this dashboard, or one from a file; may be repeated."),
            show_default=False,
        ),
    ] = None,
    scrape_interval: Annotated[
        str, typer.Option(metavar="DURATION", help=_("As it is set in Grafana's data source."))
    ] = "15s",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help=_("Seconds for one query."))] = 10.0,
    fail_on_dead: Annotated[
        bool, typer.Option("--fail-on-dead", help=_("End with exit code 1 when a panel is empty or failed."))
    ] = False,
    lang: Lang = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 done, 1 a dead panel with --fail-on-dead, 2 a mistake, 3 Prometheus was not reached."""
    demand("dashboards")
    from tenfold.dashboarding.previewing import Asked, report
    from tenfold.dashboarding.previewing import preview as ask
    from tenfold.dashboarding.sources import chosen_boards

    settings = read_settings(config)
    language = report_language(lang, settings)
    asked = Asked(
        url=_address(prometheus, settings),
        span=_duration("--range", time_range) if time_range else None,
        chosen=_chosen(mall or (), variable or ()),
        scrape=_duration("--scrape-interval", scrape_interval),
        seconds=timeout,
    )
    if output.is_dir():
        raise CommandError(_("{path} is a folder.").format(path=output), _("Name a file with -o."))
    sources = chosen_boards(board or (), language)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    return report(
        ask(sources, asked, terminal, keep_foreign=bool(board)),
        asked,
        output,
        language=language,
        zone=_zone(settings),
        as_json=as_json,
        fail_on_dead=fail_on_dead,
        terminal=terminal,
    )


def _address(url: str, settings: Settings | None) -> str:
    from tenfold.settings.schemes import known_web

    chosen = url or (settings.prometheus.url if settings and settings.prometheus else "")
    if not chosen:
        raise CommandError(
            _("Which Prometheus is to be asked?"),
            _("Name it with --prometheus http://127.0.0.1:9090, or as url under [prometheus]."),
        )
    try:
        return known_web(chosen)
    except ValueError as error:
        raise CommandError(f"--prometheus: {error}") from None


def _duration(option: str, text: str) -> float:
    from tenfold.settings.units import parse_duration

    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None
    if seconds <= 0:
        raise CommandError(_("{option} has to be longer than nothing.").format(option=option))
    return seconds


def _chosen(malls: Sequence[str], variables: Sequence[str]) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {"mall": tuple(malls)} if malls else {}
    for each in variables:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise CommandError(
                _("--variable {text} names no value.").format(text=repr(each)),
                _("Write it as --variable NAME=VALUE."),
            )
        chosen[name] = (*chosen.get(name, ()), value)
    return chosen


def _zone(settings: Settings | None) -> tzinfo:
    return ZoneInfo(settings.mall.timezone) if settings else UTC
