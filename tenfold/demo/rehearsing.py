"""`tenfold demo --rehearse`: ten times the traffic as delivered, the advice, and ten times the traffic again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

import mall as practice
from facts.rounds import RoundKind
from mall import Mall
from mall.practice import Size
from pages.rounds.rehearsal import Rehearsal
from pages.rounds.round_file import read_rounds
from pages.translation import Language
from tenfold.cli.options import Terminal
from tenfold.demo.opening import hold_open, opening
from tenfold.demo.pinning import Cores, apart, pin
from tenfold.demo.promises import Promise, Rounds, promises
from tenfold.demo.story import Act, act, apply, settings_for
from tenfold.exits import ExitCode
from tenfold.reporting import default_folder
from tenfold.settings import Settings
from tenfold.settings.rehearsal import LoadtestSection, TargetEntry
from tenfold.stressing.command import stress_mall
from tenfold.stressing.options import Options
from tenfold.stressing.protocol import SEARCH_BEYOND
from tenfold.words import _, say

# What a mall is delivered with when nobody has looked: each of them is mended by an index, the cache or the pool.
DELIVERED = ("missing-order-index", "slow-search", "function-on-column", "uncached-product", "small-pool")
MULTIPLIER = 10.0
SLO: dict[str, object] = {"default": ["p99<1s", "errors<1%"]}
KINDS = (RoundKind.BASELINE, RoundKind.CAPACITY, RoundKind.CONFIRM)
WARM_SECONDS = 5.0
_WARM_SEED = 99
_DECLARED = Path(practice.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long each part lasts, in seconds; the defaults are enough for a verdict on a quiet machine.

    Attributes:
        rounds: `all`, or the one round that is run before and after, for the story in short.
    """

    baseline: float = 40.0
    step: float = 10.0
    hold: float = 20.0
    confirm: float = 60.0
    audit: float = 40.0
    rounds: str = "all"


def tell_rehearsal(
    folder: Path, *, size: Size, keep: bool, terminal: Terminal, language: Language, lengths: Lengths | None = None
) -> Sequence[Promise] | None:
    """The story of the rehearsal; returns what became of its promises, None when Ctrl-C ended it.

    Args:
        folder: Where the mall lives.
        size: Of the mall.
        keep: Leave the mall open until Ctrl-C.
        terminal: Where to tell it.
        language: Of the reports.
        lengths: Of the rounds, where the usual ones are too long.
    """
    with opening(folder, size=size, scramble=None, terminal=terminal) as mall:
        told = rehearse(mall, default_folder("demo"), lengths or Lengths(), terminal, language)
        if keep and told is not None:
            hold_open(mall, terminal)
        return told


def rehearsal_settings(mall: Mall, lengths: Lengths, cores: Cores) -> Settings:
    """The configuration with which an engineer would rehearse the practice mall, with nothing of what protects a mall left out."""
    return settings_for(mall, multiplier=MULTIPLIER, window=lengths.audit).model_copy(
        update={
            "slo": SLO,
            "loadtest": LoadtestSection(
                target=mall.shop_url,
                targets=(TargetEntry(host="127.0.0.1"),),
                key=mall.secret,
                ceiling=mall.everyday_peak * MULTIPLIER * SEARCH_BEYOND,
                journeys=("loadtest.journeys.practice_mall",),
                everyday_peak=mall.everyday_peak,
                baseline=lengths.baseline,
                step=lengths.step,
                hold=lengths.hold,
                confirm=lengths.confirm,
                payment=("GET /pay/{}",),
                database=mall.dsn,
                canary=_DECLARED / "canary.toml",
                invariants=_DECLARED / "invariants.toml",
                manifest={"size": mall.size, "cores": ",".join(map(str, cores.mall)) or "any"},
            ),
        }
    )


def rehearse(
    mall: Mall, runs: Path, lengths: Lengths, terminal: Terminal, language: Language
) -> Sequence[Promise] | None:
    """The rehearsal's whole story on an open mall; None when Ctrl-C ended it.

    Args:
        mall: Open and healthy; it is left as the story leaves it.
        runs: The run folder.
        lengths: Of the rounds.
        terminal: Where to tell it.
        language: Of the reports.
    """
    cores = apart()
    pin(mall, cores.mall)
    if cores.mall:
        terminal.remark(
            _("The mall is kept to core {mall} and the load generator to core {generator}.").format(
                mall=cores.mall[0], generator=cores.generator[0]
            )
        )
    else:
        terminal.remark(_("The mall and the load generator share this machine's cores: the rounds may be invalid."))
    settings = rehearsal_settings(mall, lengths, cores)
    for name in DELIVERED:
        mall.turn(name, on=True)
    _title(terminal, _("1. As delivered"))
    before = _rounds(mall, settings, runs / "before", cores, terminal, language, lengths.rounds)
    if before is None:
        return None
    _title(terminal, _("2. The audit's advice"))
    audited = act(mall, settings, terminal, seed=1)
    _advise(mall, audited, runs / "audit", terminal, language)
    _title(terminal, _("3. After the advice"))
    after = _rounds(mall, settings, runs / "after", cores, terminal, language, lengths.rounds)
    if after is None:
        return None
    compared = _compare(before, after, runs, language)
    told = promises(before, after)
    print_promises(told, terminal)
    terminal.remark(_("Report: {path}").format(path=compared.absolute()))
    return told


def _rounds(
    mall: Mall, settings: Settings, folder: Path, cores: Cores, terminal: Terminal, language: Language, wanted: str
) -> Rounds | None:
    """The three rounds of `tenfold stress` itself; None when they were interrupted."""
    mall.shop(WARM_SECONDS, seed=_WARM_SEED)
    code = stress_mall(
        Options(round_name=wanted, cores=cores.generator, output=folder, language=language), settings, terminal
    )
    if code == ExitCode.INTERRUPTED:
        return None
    # A round that was run alone has the run folder to itself.
    files = [folder / "round.json", *(folder / kind.value / "round.json" for kind in KINDS)]
    return {one.kind: one for path in files if path.is_file() for one in read_rounds(path.read_text(encoding="utf-8"))}


def _advise(mall: Mall, audited: Act, folder: Path, terminal: Terminal, language: Language) -> None:
    """Leaves the audit's report and does what it says: its own statements, the cache and the pool."""
    from pages.run_folder import write_run

    write_run(audited.report, folder, language)
    terminal.remark(_("Report: {path}").format(path=(folder / "report.html").absolute()))
    for finding in audited.report.findings:
        for statement in finding.remedy.sql:
            terminal.out.print(Text(f"  {finding.code}  {statement}", style="dim"))
    for failure in apply(mall, audited.report):
        terminal.remark(_("Could not be applied: {reason}").format(reason=failure))
    for name in ("fix-cache", "fix-pool"):
        mall.turn(name, on=True)
    terminal.remark(_("Applied, with a cache before search and product pages and a pool of the advised size."))


def _compare(before: Rounds, after: Rounds, runs: Path, language: Language) -> Path:
    """The page of the rounds after the advice, beside those before."""
    from pages.rounds.html import rounds_html
    from tenfold import __version__

    page = runs / "report.html"
    rehearsal = Rehearsal(
        mall="practice mall",
        multiplier=MULTIPLIER,
        tool_version=__version__,
        rounds=tuple(after.values()),
        before=tuple(before.values()),
    )
    page.write_text(rounds_html(rehearsal, language), encoding="utf-8")
    return page


def print_promises(told: Sequence[Promise], terminal: Terminal) -> None:
    """The table at the end of the story."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold",
        title=_("What was promised, and what was measured"), title_justify="left",
    )  # fmt: skip
    for title, whole in ((_("Promise"), False), (_("Before"), True), (_("After"), False), ("", True)):
        table.add_column(title, overflow="fold", no_wrap=whole)
    for each in told:
        mark = Text("✓", style="green") if each.held else Text("✗", style="bold red")
        table.add_row(say(each.what), each.before or "–", each.after or "–", mark)
    terminal.out.print()
    terminal.out.print(table)
    terminal.out.print()


def _title(terminal: Terminal, text: str) -> None:
    terminal.out.print()
    terminal.out.print(Text(text, style="bold"))
