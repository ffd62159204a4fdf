"""Judges a snapshot: opens the shadow planners, runs the rules."""

from collections.abc import Sequence
from dataclasses import replace

from advisors.judging import judge, peak_factor
from advisors.listed_statements import priced, with_listed
from advisors.rule import Searched
from facts.findings import Area, Report
from facts.listed import Listed
from facts.snapshot import Snapshot
from facts.unread import without_unread_tables
from tenfold import __version__
from tenfold.cli.options import Terminal
from tenfold.interrupts import Interrupts
from tenfold.settings import Settings
from tenfold.words import _


def judge_snapshot(
    snapshot: Snapshot,
    settings: Settings,
    *,
    areas: frozenset[Area] | None,
    terminal: Terminal,
    interrupts: Interrupts | None = None,
    listed: Sequence[Listed] = (),
) -> Report:
    """The report on a snapshot, live or from a file.

    Args:
        snapshot: The facts.
        settings: Promotion and policy.
        areas: What to judge; None for everything.
        terminal: For the progress display.
        interrupts: Has noted whether somebody pressed Ctrl-C, which ends the search for indexes with the best ones so far.
        listed: Statements of the user's, judged beside those that the servers counted.
    """
    from shadow import open_shadows

    with terminal.progress() as progress:
        task = progress.add_task(_("Rebuilding the schema in the shadow planner"), total=None)
        # A table that was locked while its indexes were read must not look like one without indexes.
        read = [without_unread_tables(facts) for facts in snapshot.postgres]
        factor = peak_factor(snapshot)
        whole = replace(snapshot, postgres=with_listed(read, listed, factor))
        if listed and not any(facts.schema for facts in read):
            terminal.complain(_("The statements of the file were not judged: the schema of no database was read."))

        said: list[str] = []

        def searching(searched: Searched) -> bool:
            progress.update(task, description=_searching(searched))
            if interrupts is None or not interrupts.pressed:
                return True
            if not said:
                said.append(_("Interrupted: the best indexes so far are taken. Ctrl-C again gives up."))
                terminal.complain(said[0])
            return False

        with open_shadows(whole.postgres) as shadows:
            databases = [
                priced(facts, shadows.planners.get((facts.target, facts.database)), listed, factor)
                for facts in whole.postgres
            ]
            return judge(
                replace(whole, postgres=tuple(databases)),
                promotion=settings.promotion_facts(),
                policy=settings.policy(),
                planners=shadows.planners,
                planner_failures=shadows.failures,
                tool_version=__version__,
                only=areas,
                progress=lambda code: progress.update(task, description=_("Judging: {code}").format(code=code)),
                searching=searching,
            )


def _searching(searched: Searched) -> str:
    if searched.kept_ratio is None:
        return _("Searching indexes: statement {number} of {total}").format(
            number=searched.planned + 1, total=searched.statements
        )
    return _("Searching indexes: the best set so far leaves {share} of the time").format(
        share=f"{searched.kept_ratio:.0%}"
    )
