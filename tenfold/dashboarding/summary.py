"""What a preview found, on the terminal and for machines."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from facts.board_answers import BoardEvaluation, PanelOutcome, State
from facts.message import Message
from pages.plain import harmless
from tenfold.cli.options import Terminal
from tenfold.dashboarding.sources import Source
from tenfold.words import _, say

# The page has it whole.
_EXPRESSION_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Previewed:
    """What came of it.

    Attributes:
        boards: Each with its answers.
        foreign: Boards of ours for exporters that this mall does not have.
        lost: Why the server was not to be had; None where it was.
        remedy: What to do about that.
        interrupted: It was ended with Ctrl-C; the boards so far are here.
    """

    boards: tuple[tuple[Source, BoardEvaluation], ...]
    foreign: tuple[Source, ...]
    lost: Message | None
    remedy: Message | None
    interrupted: bool = False

    @property
    def evaluations(self) -> tuple[BoardEvaluation, ...]:
        """The answers alone."""
        return tuple(each for _source, each in self.boards)


def print_summary(previewed: Previewed, terminal: Terminal) -> None:
    """A line for each board, and below it one for each panel that is not alive."""
    evaluations = previewed.evaluations
    for source, one in previewed.boards:
        mark, style = ("✗", "bold red") if one.failed else ("!", "yellow") if one.empty else ("✓", "green")
        line = Text(f"{mark} ", style=style)
        line.append(harmless(one.board.title), style="bold")
        line.append(
            "  "
            + _("{name}: {alive} alive, {empty} empty, {failed} failed").format(
                name=harmless(source.name), alive=len(one.alive), empty=len(one.empty), failed=len(one.failed)
            )
        )
        terminal.out.print(line, soft_wrap=True)
        for panel in one.panels:
            if panel.dead:
                _print_dead(panel, terminal)
        for variable in one.variables:
            if variable.state.dead:
                reason = say(variable.reason) if variable.reason else _("Prometheus has no value for it")
                _below(terminal, f"${variable.variable.name}", reason, variable.expression)
        for annotation in one.annotations:
            # Nothing deployed yet is no fault; a query that Prometheus refuses is.
            if annotation.state is State.ERROR and annotation.reason:
                _below(terminal, annotation.annotation.name, say(annotation.reason), annotation.expression)
    for source in previewed.foreign:
        terminal.out.print(
            Text(
                _("– {title}  {name}: left out, this Prometheus has none of its metrics").format(
                    title=harmless(source.board.title), name=harmless(source.name)
                ),
                style="dim",
            ),
            soft_wrap=True,
        )
    terminal.out.print(
        _("Panels: {alive} alive, {empty} empty, {failed} failed.").format(
            alive=sum(len(each.alive) for each in evaluations),
            empty=sum(len(each.empty) for each in evaluations),
            failed=sum(len(each.failed) for each in evaluations),
        ),
        soft_wrap=True,
    )


def _print_dead(panel: PanelOutcome, terminal: Terminal) -> None:
    words = {
        State.EMPTY: _("empty"),
        State.ALL_NAN: _("nothing but NaN"),
        State.ERROR: _("failed"),
        State.UNKNOWN_METRIC: _("unknown metric"),
    }
    worst = next((each for each in panel.asked if each.state is panel.state), panel.asked[0])
    reason = ", ".join(worst.unknown_metrics) if worst.unknown_metrics else say(worst.reason) if worst.reason else ""
    said = f"{words.get(panel.state, str(panel.state))}{': ' if reason else ''}{reason}"
    _below(terminal, panel.title or f"#{panel.panel.id}", said, worst.expression)


def _below(terminal: Terminal, name: str, said: str, expression: str) -> None:
    terminal.out.print(Text(f"    {harmless(name)}: {harmless(said)}"), soft_wrap=True)
    if expression:
        line = harmless(" ".join(expression.split()))
        short = line if len(line) <= _EXPRESSION_LENGTH else f"{line[:_EXPRESSION_LENGTH]}…"
        terminal.out.print(Text(f"      {short}", style="dim"), soft_wrap=True)


def document_of(previewed: Previewed, path: Path) -> dict[str, Any]:
    """What a machine reads: sentences in English, whatever the terminal speaks."""
    return {
        "page": str(path.absolute()),
        "lost": str(previewed.lost or ""),
        "left_out": [each.name for each in previewed.foreign],
        "boards": [
            {
                "name": source.name,
                "uid": one.board.uid,
                "title": one.board.title,
                "alive": len(one.alive),
                "empty": len(one.empty),
                "failed": len(one.failed),
                "panels": [_panel(each) for each in one.panels if each.panel.kind != "row"],
                "variables": [
                    {
                        "name": each.variable.name,
                        "state": str(each.state),
                        "chosen": list(each.chosen),
                        "expression": each.expression,
                        "reason": str(each.reason or ""),
                    }
                    for each in one.variables
                ],
                "annotations": [
                    {
                        "name": each.annotation.name,
                        "state": str(each.state),
                        "marks": len(each.marks),
                        "expression": each.expression,
                        "reason": str(each.reason or ""),
                        "unknown_metrics": list(each.unknown_metrics),
                    }
                    for each in one.annotations
                ],
            }
            for source, one in previewed.boards
        ],
    }


def _panel(outcome: PanelOutcome) -> dict[str, Any]:
    return {
        "id": outcome.panel.id,
        "title": outcome.title,
        "type": outcome.panel.kind,
        "state": str(outcome.state),
        "targets": [
            {
                "ref": each.target.ref,
                "state": str(each.state),
                "expression": each.expression,
                "series": len(each.lines),
                "reason": str(each.reason or ""),
                "unknown_metrics": list(each.unknown_metrics),
            }
            for each in outcome.targets
        ],
    }
