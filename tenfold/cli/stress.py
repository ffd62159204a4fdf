"""`tenfold stress`: rehearse the promotion's traffic and say go or no-go."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tenfold.cli.misplaced import refuse_misplaced, written
from tenfold.cli.options import Config, Json, Lang, Quiet, Terminal, Verbose, example, read_settings, report_language
from tenfold.cli.ticket_options import Server
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.settings import Settings
from tenfold.words import _

_EXAMPLE = "tenfold stress --url http://127.0.0.1:8000/ --rate 200 --duration 30 --slo 'p99<500ms'"

RoundName = Literal["baseline", "capacity", "confirm", "all"]


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "stress",
        epilog=example(_EXAMPLE),
        help=_("Rehearse the promotion's traffic with open-loop arrivals: go, no-go, or not a valid measurement."),
    )(stress)


def stress(
    given: typer.Context,
    url: Annotated[
        str, typer.Option("--url", help=_("Load this URL alone instead of the configured mall."), show_default=False)
    ] = "",
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            min=0.001,
            help=_("With --url: arrivals a second; with --find-knee, at most."),
            show_default=False,
        ),
    ] = None,
    duration: Annotated[
        float, typer.Option("--duration", min=1, max=86_400, help=_("With --url: seconds of arrivals."))
    ] = 30.0,
    arrivals: Annotated[
        Literal["constant", "poisson", "replay"],
        typer.Option(
            "--arrivals",
            help=_("Evenly spaced, at random as independent shoppers come, or as the access log has them."),
        ),
    ] = "poisson",
    find_knee: Annotated[
        bool, typer.Option("--find-knee", help=_("Search the highest rate at which the objectives hold."))
    ] = False,
    slo: Annotated[
        list[str] | None,
        typer.Option(
            "--slo", help=_("An objective, such as 'p99<500ms' or 'errors<1%'; may be repeated."), show_default=False
        ),
    ] = None,
    round_name: Annotated[
        RoundName, typer.Option("--round", help=_("Which of the three rounds of the configured mall to run."))
    ] = "all",
    multiplier: Annotated[
        float | None,
        typer.Option(
            "--multiplier", min=0.1, max=1000, help=_("How many times the everyday peak."), show_default=False
        ),
    ] = None,
    traffic: Annotated[
        Literal["journeys", "log"] | None,
        typer.Option(
            "--traffic",
            help=_("What shoppers of the configured mall do: the journeys, or walks through the access log's traffic."),
            show_default=False,
        ),
    ] = None,
    shape: Annotated[
        Literal["step", "plateau", "countdown", "flash-sale"] | None,
        typer.Option(
            "--shape",
            help=_("How arrivals come to the multiplier: at once, in a rise, to a countdown, for one product."),
            show_default=False,
        ),
    ] = None,
    locustfile: Annotated[
        Path | None,
        typer.Option(
            "-f",
            "--locustfile",
            help=_("Run your own Locust scenario, in its closed loop; nothing holds it to reading."),
            show_default=False,
        ),
    ] = None,
    users: Annotated[int, typer.Option("--users", min=1, help=_("With -f: how many users."))] = 10,
    max_concurrency: Annotated[
        int | None,
        typer.Option(
            "--max-concurrency", min=1, help=_("Shoppers under way at once; further ones wait."), show_default=False
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            "--processes", min=1, max=256, help=_("Load generator processes on this machine."), show_default=False
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            min=0,
            max=1000,
            help=_("Load generators that come from other machines, each started there with: tenfold worker HOST:PORT."),
            show_default=False,
        ),
    ] = 0,
    bind: Annotated[
        str,
        typer.Option(
            "--bind", metavar="HOST:PORT", help=_("With --workers: where they come to; an address of this machine.")
        ),
    ] = "127.0.0.1:5557",
    cores: Annotated[
        str,
        typer.Option("--cores", help=_("CPU cores to keep the generator to, such as 1 or 2,3."), show_default=False),
    ] = "",
    seed: Annotated[
        int | None, typer.Option("--seed", help=_("Of arrivals and of every shopper's choices."), show_default=False)
    ] = None,
    allow_writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes", help=_("Let journeys buy although nothing proves that test orders are kept apart.")
        ),
    ] = False,
    findings: Annotated[
        bool,
        typer.Option("--findings/--no-findings", help=_("Let the advisors judge the round's own window.")),
    ] = True,
    web_port: Annotated[
        int | None,
        typer.Option(
            "--web-port",
            min=1,
            max=65_535,
            help=_("Serve Locust's own page on this port."),
            show_default=False,
        ),
    ] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            min=1,
            max=65_535,
            help=_("Serve the running round to Prometheus on this port."),
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help=_("The run folder; default tenfold-runs/<UTC time>-stress."), show_default=False
        ),
    ] = None,
    raising: Annotated[
        bool,
        typer.Option(
            "--raise",
            help=_("Open a ticket at the ticket service for each round that ends with NO-GO; needs $TENFOLD_TOKEN."),
        ),
    ] = False,
    window: Annotated[
        bool,
        typer.Option(
            "--window/--no-window",
            help=_(
                "With a $TENFOLD_TOKEN and a ticket room: begin a rehearsal window there, so that what is provoked opens no tickets."
            ),
        ),
    ] = True,
    server: Server = None,
    lang: Lang = None,
    as_json: Json = False,
    config: Config = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Exit codes: 0 go, 1 no-go, 2 a mistake or a refusal, 3 the target gave no answer, 4 not a valid measurement, 130 interrupted."""
    demand("loadtest")
    from tenfold.interrupts import end_as_interrupted
    from tenfold.stressing.command import stress_mall, stress_url
    from tenfold.stressing.options import Options
    from tenfold.ticketing.raising import service_for_raising
    from tenfold.ticketing.rehearsing import service_for_window

    end_as_interrupted()
    if find_knee and not url and not locustfile:
        raise CommandError(
            _("--find-knee needs a --url; the configured mall's knee is its capacity round."),
            _("Write: {command}").format(command="tenfold stress --round capacity"),
        )
    if find_knee and not slo and not locustfile:
        raise CommandError(
            _("A knee needs an objective to hold."), _("Add one: {option}").format(option="--slo 'p99<500ms'")
        )
    if arrivals == "replay" and (url or locustfile):
        raise CommandError(
            _("Only the rounds of the configured mall can replay its access log."),
            _("Write: {command}").format(command="tenfold stress --arrivals replay"),
        )
    if not workers and written(given, "bind"):
        raise CommandError(
            _("--bind is where load generators of other machines come to, and none is expected."),
            _("Add --workers with their number, or leave --bind out."),
        )
    refuse_misplaced(given, url=bool(url), scenario=locustfile is not None, search=find_knee)
    settings = read_settings(config)
    terminal = Terminal(quiet=quiet, verbose=verbose)
    options = Options(
        url=url, rate=rate, duration=duration, arrivals=arrivals, find_knee=find_knee, slos=tuple(slo or ()), round_name=round_name,
        multiplier=multiplier, traffic=traffic, shape=shape,
        locustfile=locustfile, users=users, max_concurrency=max_concurrency, processes=processes,
        workers=workers, bind=bind, cores=_cores(cores), seed=seed,
        allow_writes=allow_writes, findings=findings, web_port=web_port, metrics_port=metrics_port,
        output=output, as_json=as_json,
        language=report_language(lang, settings), service=service_for_raising(settings, server) if raising else None,
        windows=service_for_window(settings, server, terminal) if window else None,
    )  # fmt: skip
    if url or locustfile:
        return stress_url(options, settings or Settings(), terminal)
    if settings is None:
        raise CommandError(
            _("There is nothing to rehearse: no --url was given and there is no tenfold.toml."),
            _("Example: {command}").format(command=_EXAMPLE),
        )
    return stress_mall(options, settings, terminal)


def _cores(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(",") if each.strip())
    except ValueError:
        raise CommandError(
            _("{text} names no CPU cores.").format(text=repr(text)), _("Write for example --cores 1 or --cores 2,3.")
        ) from None
