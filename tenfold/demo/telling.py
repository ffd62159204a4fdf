"""Tells the demo's story on the terminal."""

from dataclasses import replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from mall.practice import Size
from pages.plain import harmless
from pages.run_folder import link_latest, write_run
from pages.terminal import print_report
from pages.translation import Language
from tenfold.cli.options import Terminal
from tenfold.demo.opening import hold_open, opening
from tenfold.demo.story import TOGETHER, Act, FaultOutcome, act, apply, outcomes, settings_for
from tenfold.exits import ExitCode
from tenfold.proving import prove_on_copy
from tenfold.reporting import SNAPSHOT, default_folder
from tenfold.snapshots import write_snapshot
from tenfold.words import _

_STYLES = {"gone": "green", "better": "yellow", "still there": "dim", "": "dim"}


def tell(
    folder: Path,
    *,
    size: Size,
    scramble: int | None,
    seconds: float,
    keep: bool,
    terminal: Terminal,
    language: Language,
) -> list[FaultOutcome]:
    """The whole story; returns what became of each fault.

    Args:
        folder: Where the mall lives.
        size: Of the mall.
        scramble: The seed of its renaming, if any.
        seconds: Of shopping for each audit.
        keep: Leave the mall open until Ctrl-C.
        terminal: Where to tell it.
        language: Of the reports.
    """
    with opening(folder, size=size, scramble=scramble, terminal=terminal) as mall:
        for name in TOGETHER:
            mall.turn(name, on=True)
        terminal.remark(
            _("The shop is open at {url} with {count} faults planted.").format(url=mall.shop_url, count=len(TOGETHER))
        )
        terminal.remark(
            _("An index counts as unused after {seconds} s of evidence here; a real audit asks for 30 days.").format(
                seconds=20
            )
        )
        runs = default_folder("demo")
        settings = settings_for(mall, window=seconds)
        first = act(mall, settings, terminal, seed=1)
        terminal.remark(_("Trying the proposed indexes on the practice mall, which stands in for a staging copy …"))
        proven = prove_on_copy(first.report, first.snapshot, mall.dsn, terminal, audited=True)
        if proven.failure is not None:
            if proven.failure.code is ExitCode.INTERRUPTED:
                raise proven.failure
            terminal.remark(str(proven.failure))
        first = replace(first, report=proven.report)
        _leave(first, runs, language)
        link_latest(runs)
        print_report(first.report, terminal.out, language)
        terminal.remark(_("Report: {path}").format(path=(runs / "report.html").absolute()))
        terminal.remark(_("Applying the report's own statements to the practice mall, and shopping again …"))
        for failure in apply(mall, first.report):
            terminal.remark(_("Could not be applied: {reason}").format(reason=failure))
        second = act(mall, settings, terminal, seed=2)
        _leave(second, runs / "after", language)
        found = outcomes(mall, list(TOGETHER), first.report, second.report)
        _print_outcomes(found, terminal)
        terminal.out.print(Text(_("Before: {path}").format(path=runs / "report.html")))
        terminal.out.print(Text(_("After:  {path}").format(path=runs / "after" / "report.html")))
        if keep:
            hold_open(mall, terminal)
        return found


def _leave(one: Act, folder: Path, language: Language) -> None:
    write_run(one.report, folder, language)
    write_snapshot(one.snapshot, folder / SNAPSHOT)


def _print_outcomes(found: list[FaultOutcome], terminal: Terminal) -> None:
    words = {"gone": _("gone"), "better": _("better"), "still there": _("still there"), "": "–"}
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
        title=_("Planted faults, before and after"),
        title_justify="left",
    )
    for title, whole in (
        (_("Fault"), True), (_("Code"), True), (_("Subject"), False), (_("First audit"), True), (_("Second audit"), False),
    ):  # fmt: skip
        table.add_column(title, overflow="fold", no_wrap=whole)
    for each in found:
        after = Text(words[each.after], style=_STYLES[each.after])
        if each.after == "gone" and each.reason:
            after.append(f" ({each.reason})", style="dim")
        table.add_row(
            each.fault.name,
            each.fault.code,
            harmless(each.subject),
            _("found") if each.found else Text(_("missed"), style="bold red"),
            after,
        )
    terminal.out.print()
    terminal.out.print(table)
    terminal.out.print()
