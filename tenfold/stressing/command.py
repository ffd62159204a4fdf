"""What `tenfold stress` does: permission, rounds, report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from facts.findings import Report
from facts.rounds import RoundKind, RoundVerdict
from loadtest.knee import Search
from loadtest.objective import Slo, SloError
from loadtest.plan import Arrivals, Plan, Segment
from loadtest.slo import parse, parse_table
from pages.rounds.rehearsal import Rehearsal
from pages.rounds.round_json import stress_document
from tenfold import __version__
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError, ExitCode, foremost
from tenfold.reporting import default_folder
from tenfold.settings import Settings
from tenfold.settings.rehearsal import LoadtestSection
from tenfold.settings.ticket_rules import host_of
from tenfold.stressing import protocol as rounds
from tenfold.stressing.advising import Round, advised
from tenfold.stressing.business import business_of
from tenfold.stressing.clearing import OWN_SCENARIO, permission
from tenfold.stressing.manifest import manifest
from tenfold.stressing.options import Options
from tenfold.stressing.plans import draft_of, journeys, plan_of, read_only
from tenfold.stressing.reporting import exit_code, report_rounds
from tenfold.stressing.schedules import Schedule, highest_rate, replayed, shaped
from tenfold.stressing.single import Rehearsed, knee, one_rate
from tenfold.stressing.stage import Stage
from tenfold.stressing.traffic import OwnTraffic, everyday_peak, own_traffic
from tenfold.ticketing.raising import raise_rounds
from tenfold.ticketing.rehearsing import Expected, rehearsal_window
from tenfold.words import _, say

DEFAULT_RATE = 10.0
# The highest rate that a search tries where neither the command line nor a ceiling names one.
HIGHEST_RATE = 20_000.0
FIRST_RATE = 10.0
# A search makes a dozen or two of steps; the window of time and the ceiling must hold for all of them.
LONGEST_SEARCH_SECONDS = 1800.0
DEFAULT_SLOS = ("p99<1s", "errors<1%")


def stress_url(options: Options, settings: Settings, terminal: Terminal) -> int:
    """One round, or the search for the knee, against one URL or with a user's own scenario."""
    url = options.url or target_of(settings)
    slos = _slos(options.slos)
    rate = options.rate or (HIGHEST_RATE if options.find_knee else DEFAULT_RATE)
    if options.find_knee and settings.loadtest.ceiling and not options.rate:
        rate = settings.loadtest.ceiling
    seconds = LONGEST_SEARCH_SECONDS if options.find_knee else options.duration
    cleared = permission(
        settings, url=url, kind=RoundKind.SINGLE.value, per_second=rate, seconds=seconds, named=bool(options.url),
        writes=options.locustfile is not None, allow_writes=options.allow_writes, terminal=terminal,
        own_scenario=options.locustfile is not None,
    )  # fmt: skip
    draft = draft_of(options, settings, cleared.url)
    plan = replace(plan_of(draft, cleared), segments=(Segment(seconds=options.duration, per_second=rate),))
    if options.locustfile is not None:
        plan = replace(plan, locustfile=str(options.locustfile), users=options.users, spawn_rate=float(options.users))
    pinned = manifest(plan, settings, cores=options.cores)
    stage = Stage(options, settings, cleared, slos, terminal)
    _call_workers(plan, terminal)
    with rehearsal_window(options.windows, _expected(options, settings, seconds), terminal):
        if options.find_knee:
            search = Search(low=min(FIRST_RATE, rate), high=rate)
            done = knee(plan, slos, search, stage.send, pinned, told=stage.announce)
        else:
            done = one_rate(plan, slos, stage.send, pinned, settings.loadtest.payment)
    if options.locustfile is not None and not cleared.writes:
        done = replace(done, round=replace(done.round, not_examined=(*done.round.not_examined, OWN_SCENARIO)))
    return _finish([done], url, None, options, terminal)


def stress_mall(options: Options, settings: Settings, terminal: Terminal) -> int:
    """The rounds of the configured mall."""
    section = settings.loadtest
    url = target_of(settings)
    slos = parse_table(settings.slo) if settings.slo and not options.slos else _slos(options.slos or DEFAULT_SLOS)
    own = own_traffic(settings)
    peak = everyday_peak(settings, own)
    multiplier = options.multiplier or settings.promotion.multiplier
    needed = peak * multiplier
    wanted = _wanted(options.round_name)
    draft = draft_of(options, settings, url, own.required()[1] if _walks(options, settings) else None)
    schedule = _schedule(options, settings, own, peak, multiplier)
    every = _rates(draft, schedule, section, needed)
    highest = max(needed * (rounds.SEARCH_BEYOND if "capacity" in wanted else 1.0), peak)
    seconds = sum(every[name].seconds for name in wanted)
    cleared = permission(
        settings, url=url, kind=options.round_name, per_second=max(every[name].highest for name in wanted),
        seconds=seconds, named=False,
        writes=any(each.writes for each in journeys(draft)), allow_writes=options.allow_writes, terminal=terminal,
    )  # fmt: skip
    plan = read_only(plan_of(draft, cleared), allowed=cleared.writes)
    pinned = manifest(plan, settings, cores=options.cores)
    protocol = rounds.Protocol(
        plan=plan, schedule=schedule, slos=slos, everyday_peak=peak, multiplier=multiplier, ceiling=min(cleared.ceiling, highest),
        baseline=section.baseline, step=section.step, hold=section.hold, confirm=section.confirm, payment=section.payment,
        business=business_of(settings), own=own,
    )  # fmt: skip
    done: list[Rehearsed] = []
    report: Report | None = None
    stage = Stage(options, settings, cleared, slos, terminal)
    _call_workers(plan, terminal)
    # Over before a NO-GO is told: that ticket is meant.
    with rehearsal_window(options.windows, _expected(options, settings, seconds), terminal):
        for name in wanted:
            if done and (done[-1].interrupted or done[-1].for_people):
                break
            stage.title = name
            run = _round_of(name, protocol, pinned, stage, _baseline_of(done))
            if not options.findings:
                done.append(run(stage.send))
                continue
            asked = _always if name == wanted[-1] else _failed
            one = advised(run, stage.send, settings, needed, terminal, judged=asked)
            done.append(one.done)
            report = one.report or report
    return _finish(done, settings.mall.name, multiplier, options, terminal, report)


def target_of(settings: Settings) -> str:
    """Where the configured mall's load goes.

    Raises:
        CommandError: The configuration names no site.
    """
    url = settings.loadtest.target or next((each.url for each in settings.http), "")
    if url:
        return url
    raise CommandError(
        _("The configuration names no site to load."),
        _('Add target = "https://…" under [loadtest], or a section [[http]].'),
    )


def _expected(options: Options, settings: Settings, seconds: float) -> Expected:
    """The alerts of the configured mall, where it is that which is loaded; elsewhere, such as are marked."""
    sites = {host_of(each) for each in (settings.loadtest.target, *(each.url for each in settings.http)) if each}
    ours = not options.url or host_of(options.url) in sites
    return Expected(
        match={"mall": settings.mall.name} if ours else {},
        reason=f"tenfold stress --url {host_of(options.url)}"
        if options.url
        else f"tenfold stress, {options.round_name}",
        seconds=seconds,
        zone=settings.mall.timezone,
    )


def _round_of(
    name: str, protocol: rounds.Protocol, pinned: dict[str, str], stage: Stage, everyday: Rehearsed | None
) -> Round:
    if name == "baseline":
        return lambda send: rounds.baseline(protocol, send, pinned)
    if name == "capacity":
        return lambda send: rounds.capacity(protocol, send, pinned, stage.announce, everyday)
    return lambda send: rounds.confirm(protocol, send, pinned, everyday)


def _call_workers(plan: Plan, terminal: Terminal) -> None:
    if plan.workers:
        terminal.complain(
            _("Waiting for {count} load generators from other machines; start each with: {command}").format(
                count=plan.workers, command=f"tenfold worker {plan.bind_host}:{plan.bind_port}"
            )
        )


def _always(_one: Rehearsed) -> bool:
    return True


def _failed(one: Rehearsed) -> bool:
    return one.round.verdict is RoundVerdict.NO_GO


def _finish(
    done: Sequence[Rehearsed],
    mall: str,
    multiplier: float | None,
    options: Options,
    terminal: Terminal,
    report: Report | None = None,
) -> int:
    rehearsal = Rehearsal(
        mall=mall,
        multiplier=multiplier,
        tool_version=__version__,
        rounds=tuple(each.round for each in done),
        watches=tuple(each.watch for each in done),
        findings=report,
    )
    folder = options.output or default_folder("stress")
    interrupted = ExitCode.INTERRUPTED if any(each.interrupted for each in done) else ExitCode.DONE
    try:
        report_rounds(
            rehearsal, folder, lang=options.language, as_json=options.as_json, link=options.output is None, terminal=terminal
        )  # fmt: skip
    except CommandError as error:
        error.code = foremost(interrupted, error.code)
        raise
    return foremost(interrupted, _raised(rehearsal, options, terminal), exit_code(rehearsal))


def _raised(rehearsal: Rehearsal, options: Options, terminal: Terminal) -> ExitCode:
    """Tells the ticket service; the report is written already, so a service that does not answer costs nothing but its tickets."""
    if options.service is None:
        return ExitCode.DONE
    found = stress_document(rehearsal.rounds, options.language)["rounds"]
    try:
        raise_rounds(found, rehearsal.mall, options.service, terminal)
    except CommandError as error:
        terminal.complain(f"{error.message} {error.remedy}".rstrip())
        return error.code
    return ExitCode.DONE


def _slos(texts: Sequence[str]) -> tuple[Slo, ...]:
    try:
        return tuple(parse(text) for text in texts)
    except SloError as error:
        raise CommandError(say(error.what), error.instead) from None


@dataclass(frozen=True, slots=True)
class _Length:
    """How high a round can reach, in journeys a second, and how long it can take."""

    highest: float
    seconds: float


def _rates(draft: Plan, schedule: Schedule, section: LoadtestSection, needed: float) -> dict[str, _Length]:
    """Of each round, before anything is sent; the search alone can stay below a ceiling and still say something."""
    everyday, promotion = schedule.everyday(draft, section.baseline), schedule.promotion(draft, section.confirm)
    searched = min(needed * rounds.SEARCH_BEYOND, section.ceiling or float("inf"))
    return {
        "baseline": _Length(highest_rate(everyday), everyday.seconds),
        "capacity": _Length(searched, LONGEST_SEARCH_SECONDS),
        "confirm": _Length(highest_rate(promotion), promotion.seconds),
    }


def _walks(options: Options, settings: Settings) -> bool:
    return (options.traffic or settings.loadtest.traffic) == "log"


def _schedule(options: Options, settings: Settings, own: OwnTraffic, peak: float, multiplier: float) -> Schedule:
    if options.arrivals != Arrivals.REPLAY:
        return shaped(options.shape or settings.loadtest.shape, peak, multiplier)
    if options.shape is not None:
        raise CommandError(
            _("Arrivals are either replayed from the access log or drawn in a shape."),
            _("Leave out --shape or --arrivals replay."),
        )
    return replayed(own.required()[0], multiplier)


def _baseline_of(done: Sequence[Rehearsed]) -> Rehearsed | None:
    return next((each for each in done if each.round.kind is RoundKind.BASELINE), None)


def _wanted(name: str) -> tuple[str, ...]:
    return ("baseline", "capacity", "confirm") if name == "all" else (name,)
