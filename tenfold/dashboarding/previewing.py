"""`tenfold dashboards preview`: asks everything, writes the page, and says what is alive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import httpx
from rich.progress import Progress

from facts.board_answers import BoardEvaluation
from pages.boards.page import boards_page
from pages.plain import harmless
from pages.run_folder import RunFolderError, write_file
from pages.translation import Language
from tenfold.cli.options import Terminal, print_json
from tenfold.dashboarding.evaluation import evaluate
from tenfold.dashboarding.intervals import SCRAPE_SECONDS
from tenfold.dashboarding.prometheus import SECONDS, Prometheus
from tenfold.dashboarding.sources import Source
from tenfold.dashboarding.summary import Previewed, document_of, print_summary
from tenfold.exits import CommandError, ExitCode, foremost
from tenfold.words import _, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line says.

    Attributes:
        span: Seconds shown; None takes each board's own range.
        chosen: Values of variables by name.
        seconds: The longest time for one query.
    """

    url: str
    span: float | None = None
    chosen: Mapping[str, Sequence[str]]
    scrape: float = SCRAPE_SECONDS
    seconds: float = SECONDS


def preview(sources: Sequence[Source], asked: Asked, terminal: Terminal, *, keep_foreign: bool) -> Previewed:
    """Asks every board, one query after the other, and shows how far it is.

    Args:
        sources: The boards.
        asked: What the command line says.
        terminal: For the progress.
        keep_foreign: A board of which this Prometheus has no metric at all is shown all the same.

    Raises:
        CommandError: A value that was asked for is not on offer.
        KeyboardInterrupt: Ctrl-C before the first board was done.
    """
    found: list[tuple[Source, BoardEvaluation]] = []
    interrupted = False
    with Prometheus(asked.url, asked.seconds) as prometheus, terminal.progress() as progress:
        try:
            for source in sources:
                found.append((source, _asked(source, prometheus, asked, progress)))  # noqa: PERF401  (kept one by one)
        except KeyboardInterrupt:
            if not found:
                raise
            interrupted = True
    if prometheus.lost is None and not interrupted:
        _refuse_absent([evaluation for _source, evaluation in found], asked.chosen)
    # Where all are foreign, that itself is what has to be seen.
    known = [each for each in found if keep_foreign or not each[1].foreign] or found
    foreign = tuple(source for source, evaluation in found if (source, evaluation) not in known)
    return Previewed(tuple(known), foreign, prometheus.lost, prometheus.remedy, interrupted)


def _asked(source: Source, prometheus: Prometheus, asked: Asked, progress: Progress) -> BoardEvaluation:
    task = progress.add_task(harmless(source.board.title), total=len(source.board.panels))

    def note(title: str) -> None:
        progress.update(task, advance=1, description=harmless(f"{source.board.title}: {title}")[:70])

    try:
        return evaluate(
            source.board,
            prometheus,
            span=asked.span,
            chosen=asked.chosen,
            scrape_seconds=asked.scrape,
            noted=note,
        )
    finally:
        progress.remove_task(task)


def report(
    previewed: Previewed,
    asked: Asked,
    path: Path,
    *,
    language: Language,
    zone: tzinfo,
    as_json: bool,
    fail_on_dead: bool,
    terminal: Terminal,
) -> ExitCode:
    """Prints the summary and writes the page.

    Raises:
        CommandError: The page could not be written, or nothing at all was answered.
    """
    evaluations = previewed.evaluations
    if previewed.lost is not None and not any(each.alive for each in evaluations):
        raise CommandError(
            _("Prometheus at {address}: {reason}.").format(
                address=shown_address(asked.url), reason=say(previewed.lost)
            ),
            say(previewed.remedy) if previewed.remedy else "",
            ExitCode.UNREACHABLE,
        )
    # What was found out first, so that a full disk does not lose it.
    if as_json:
        print_json(document_of(previewed, path), terminal.out)
    else:
        print_summary(previewed, terminal)
    page = boards_page(evaluations, shown_address(asked.url), language, zone=zone)
    try:
        write_file(path, page)
    except RunFolderError as error:
        raise CommandError(
            _("The page could not be written: {reason}.").format(reason=say(error.said)),
            _("Name another file with -o."),
        ) from None
    if previewed.lost is not None:
        terminal.complain(
            _("Prometheus was lost on the way: {reason}. The page is not whole.").format(reason=say(previewed.lost))
        )
    terminal.remark(_("Page: {path}").format(path=path.absolute()))
    return foremost(
        ExitCode.INTERRUPTED if previewed.interrupted else ExitCode.DONE,
        ExitCode.UNREACHABLE if previewed.lost is not None else ExitCode.DONE,
        ExitCode.FINDINGS if fail_on_dead and any(each.dead for each in evaluations) else ExitCode.DONE,
    )


def shown_address(url: str) -> str:
    """The address without what must not be seen."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "?"
    port = f":{parsed.port}" if parsed.port else ""
    return f"{parsed.scheme}://{parsed.host}{port}{parsed.path.rstrip('/')}"


def _refuse_absent(evaluations: Sequence[BoardEvaluation], chosen: Mapping[str, Sequence[str]]) -> None:
    """Refuses a value that no board has on offer: every panel would be empty, and nobody would see why."""
    for name, values in chosen.items():
        variables = [each for one in evaluations for each in one.variables if each.variable.name == name]
        if not variables:
            raise CommandError(_("No dashboard here has a variable {name}.").format(name=name))
        for value in values:
            if all(value in each.absent for each in variables):
                offered = sorted({option for each in variables for option in each.options})
                raise CommandError(
                    _("{name} has no value {value} in this Prometheus.").format(name=name, value=repr(value)),
                    _("There are: {names}.").format(names=", ".join(offered[:20]) or "–"),
                )
