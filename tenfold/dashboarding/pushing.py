"""`tenfold dashboards push`: every board into a folder of Grafana, one after the other, whatever happens to the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
from rich.text import Text

from facts.message import Message, msg
from pages.plain import harmless
from tenfold import __version__
from tenfold.cli.options import Terminal, print_json
from tenfold.dashboarding.grafana import GENERAL, Folder, Grafana, GrafanaError
from tenfold.dashboarding.sources import Source
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _, say

# Grafana's own bookkeeping: a board is the same whatever stands there.
_OWN = ("id", "version", "iteration", "gnetId")


class Fate(StrEnum):
    """What became of a board."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """One board.

    Attributes:
        said: Why it was refused.
        changed: What differs from what stood there, by the names of Grafana's fields and the titles of panels.
    """

    source: Source
    fate: Fate
    said: Message | None = None
    remedy: Message | None = None
    changed: tuple[str, ...] = ()


def push(
    sources: Sequence[Source], grafana: Grafana, folder_title: str, *, overwrite: bool, dry_run: bool
) -> Iterator[Pushed]:
    """Stores all boards that differ from what is stored; each is told as soon as its fate is known.

    Args:
        sources: The boards.
        grafana: Where to.
        folder_title: Made where it is missing; empty is the general folder.
        overwrite: What stands there may be replaced.
        dry_run: Nothing is written; what would be is said.

    Raises:
        CommandError: The folder can be neither found nor made, so that no board can be stored.
    """
    try:
        folder = _folder(grafana, folder_title, dry_run=dry_run)
    except GrafanaError as error:
        raise CommandError(
            _("Folder {title}: {reason}.").format(title=repr(folder_title), reason=say(error.said)),
            say(error.remedy) if error.remedy else "",
            ExitCode.UNREACHABLE,
        ) from None
    lost = False
    for source in sources:
        if lost:
            yield Pushed(source=source, fate=Fate.REFUSED, said=msg("not tried any more"))
            continue
        try:
            yield _one(source, grafana, folder, overwrite=overwrite, dry_run=dry_run)
        except GrafanaError as error:
            lost = error.lost
            yield Pushed(source=source, fate=Fate.REFUSED, said=error.said, remedy=error.remedy)


def _folder(grafana: Grafana, title: str, *, dry_run: bool) -> Folder | None:
    """The folder; None where it would only be made."""
    if not title:
        return GENERAL
    found = grafana.folder(title)
    if found is not None or dry_run:
        return found
    try:
        return grafana.create_folder(title)
    except GrafanaError as error:
        # Somebody else has made it in this moment.
        made = grafana.folder(title) if error.status in {409, 412} else None
        if made is None:
            raise
        return made


def _one(source: Source, grafana: Grafana, folder: Folder | None, *, overwrite: bool, dry_run: bool) -> Pushed:
    if not source.board.uid:
        raise GrafanaError(msg("it has no uid, so that it cannot be found again"), msg("give it one in its JSON"))
    stored = grafana.board(source.board.uid)
    changed = () if stored is None else changes(source.document, stored[0])
    moved = stored is not None and (folder is None or stored[1] != folder.uid)
    if stored is not None and not changed and not moved:
        return Pushed(source=source, fate=Fate.UNCHANGED)
    told = (*changed, *(("folder",) if moved else ()))
    fate = Fate.CREATED if stored is None else Fate.UPDATED
    if dry_run or folder is None:
        if stored is not None and not overwrite:
            raise GrafanaError(
                msg("another one stands there, and differs in {names}", names=", ".join(told)),
                msg("look at what stands there, then push with --overwrite"),
            )
        return Pushed(source=source, fate=fate, changed=told)
    # Grafana's own number of a board in another Grafana would be taken for one of its own here.
    document = {name: value for name, value in source.document.items() if name not in {"id", "version"}}
    try:
        grafana.save(document, folder, overwrite=overwrite, message=f"tenfold {__version__}")
    except GrafanaError as error:
        if error.status == httpx.codes.PRECONDITION_FAILED and told:
            said = msg("{reason}; it differs in {names}", reason=error.said, names=", ".join(told))
            raise GrafanaError(said, error.remedy, status=error.status, kind=error.kind) from None
        raise
    return Pushed(source=source, fate=fate, changed=told)


def changes(ours: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a stored board differs from ours: fields by name, panels by title."""
    names = [each for each in dict.fromkeys((*ours, *stored)) if each not in _OWN]
    found = [each for each in names if each != "panels" and ours.get(each) != stored.get(each)]
    if ours.get("panels") != stored.get("panels"):
        found += _changed_panels(_panels(ours), _panels(stored)) or ["panels"]
    return tuple(found)


def _panels(board: Mapping[str, Any]) -> dict[str, Any]:
    panels = board.get("panels")
    found = [each for each in panels if isinstance(each, dict)] if isinstance(panels, list) else []
    return {str(each.get("id") or place): each for place, each in enumerate(found)}


def _changed_panels(ours: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    numbers = dict.fromkeys((*ours, *stored))
    differing = [each for each in numbers if ours.get(each) != stored.get(each)]
    return [str((ours.get(each) or stored[each]).get("title") or f"#{each}") for each in differing]


def show(done: Iterable[Pushed], *, dry_run: bool, as_json: bool, terminal: Terminal) -> ExitCode:
    """Prints what becomes of each board, also of those before a Ctrl-C."""
    told: list[Pushed] = []
    try:
        for each in done:
            told.append(each)
            if not as_json:
                _print(each, terminal, dry_run=dry_run)
    finally:
        if as_json and told:
            print_json({"dry_run": dry_run, "boards": [_document(each) for each in told]}, terminal.out)
    return ExitCode.UNREACHABLE if any(each.fate is Fate.REFUSED for each in told) else ExitCode.DONE


def _print(pushed: Pushed, terminal: Terminal, *, dry_run: bool) -> None:
    words = {
        Fate.CREATED: _("would be created") if dry_run else _("created"),
        Fate.UPDATED: _("would be updated") if dry_run else _("updated"),
        Fate.UNCHANGED: _("unchanged"),
        Fate.REFUSED: _("would be refused") if dry_run else _("refused"),
    }
    refused = pushed.fate is Fate.REFUSED
    line = Text("✗ " if refused else "✓ ", style="bold red" if refused else "green")
    line.append(harmless(pushed.source.board.title), style="bold")
    detail = say(pushed.said) if pushed.said else ", ".join(pushed.changed)
    line.append(f"  {words[pushed.fate]}{': ' if detail else ''}{harmless(detail)}")
    terminal.out.print(line, soft_wrap=True)
    if pushed.remedy:
        terminal.out.print(Text(f"    → {harmless(say(pushed.remedy))}", style="dim"), soft_wrap=True)


def _document(pushed: Pushed) -> dict[str, Any]:
    """What a machine reads: sentences in English, whatever the terminal speaks."""
    return {
        "name": pushed.source.name,
        "uid": pushed.source.board.uid,
        "title": pushed.source.board.title,
        "result": str(pushed.fate),
        "changed": list(pushed.changed),
        "reason": str(pushed.said or ""),
        "remedy": str(pushed.remedy or ""),
    }
