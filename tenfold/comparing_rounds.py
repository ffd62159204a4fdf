"""Shows whether one rehearsal differs from another by more than their noise."""

import shlex
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from facts.message import msg
from facts.rounds import Round, RoundKind, RoundVerdict
from facts.system_errors import why
from pages.rounds.round_file import RoundFileError, read_rounds
from pages.rounds.words import KINDS
from pages.translation import Language, translator
from tenfold.cli.options import print_json
from tenfold.exits import CommandError
from tenfold.extras import demand
from tenfold.words import _, say

FILE = "round.json"
FINDINGS = "findings.json"
# Of a run with all three rounds, the one that was held at the multiplier.
_COMPARED = (RoundKind.CONFIRM, RoundKind.CAPACITY, RoundKind.BASELINE)


def is_rehearsal(path: Path) -> bool:
    """Whether there is a round at this path: its file, its folder, or a run's folder."""
    return bool(_files(path))


def refuse_mixed(before: Path, after: Path) -> None:
    """Refuses a pair of which one is a rehearsal and the other is not.

    Raises:
        CommandError: Says what the other one is.
    """
    if is_rehearsal(before) == is_rehearsal(after):
        return
    rehearsal, other = (before, after) if is_rehearsal(before) else (after, before)
    if other.name == FINDINGS or (other / FINDINGS).is_file():
        raise CommandError(
            _("{rehearsal} is a rehearsal and {audit} is an audit; they have nothing to compare.").format(
                rehearsal=rehearsal, audit=other
            ),
            _("Name two rehearsals (tenfold stress) or two audits (tenfold audit)."),
        )
    if other.is_file():
        raise CommandError(
            _("{path} is no {name}.").format(path=other, name=FILE), _("Name the run folder, or the round.json in it.")
        )
    raise CommandError(
        _("There is no rehearsal at {path}.").format(path=other),
        _("Make one with: {command}").format(command=f"tenfold stress -o {shlex.quote(str(other))}"),
    )


def show_rounds(before: Path, after: Path, console: Console, language: Language, *, as_json: bool) -> None:
    """Compares the rounds of the same kind of two runs.

    Raises:
        CommandError: A file is damaged, or the runs have no kind of round in common; what to do is said.
    """
    demand("loadtest")
    from loadtest.comparison import compare
    from pages.rounds.comparison import print_comparison

    earlier, later = _rounds(before), _rounds(after)
    kind = next((each for each in (*_COMPARED, RoundKind.SINGLE) if each in earlier and each in later), None)
    if kind is None:
        raise CommandError(
            _("The two runs have no kind of round in common: {before} and {after}.").format(
                before=_kinds(earlier, language), after=_kinds(later, language)
            ),
            _(
                "Compare rounds of one kind: repeat the earlier run with the command that made it, and another folder after -o."
            ),
        )
    comparison = compare([earlier[kind].recording], [later[kind].recording])
    if RoundVerdict.INVALID in {earlier[kind].verdict, later[kind].verdict}:
        caution = msg(
            "a round is INVALID: it measured something else than the mall, and a difference may be the generator's"
        )
        comparison = replace(comparison, cautions=(caution, *comparison.cautions))
    if as_json:
        document = asdict(comparison)
        document["cautions"] = [translator(language)(each) for each in comparison.cautions]
        print_json({"round": kind.value, **document}, console)
        return
    print_comparison(comparison, console, language)


def _kinds(found: Iterable[RoundKind], language: Language) -> str:
    return ", ".join(translator(language)(KINDS[each]) for each in found)


def _rounds(path: Path) -> dict[RoundKind, Round]:
    found: dict[RoundKind, Round] = {}
    for file in _files(path):
        try:
            found |= {each.kind: each for each in read_rounds(file.read_text(encoding="utf-8"))}
        except (OSError, UnicodeDecodeError) as error:
            reason = say(why(error)) if isinstance(error, OSError) else _("it is no UTF-8 text")
            raise CommandError(
                _("{path} cannot be read: {reason}.").format(path=file, reason=reason),
                _("Make one with: {command}").format(command="tenfold stress"),
            ) from None
        except RoundFileError as error:
            raise CommandError(
                _("{path} cannot be used: {reason}.").format(path=file, reason=say(error.reason)),
                _("Make one with: {command}").format(command="tenfold stress"),
            ) from None
    return found


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.name == FILE else []
    return sorted([*path.glob(FILE), *path.glob(f"*/{FILE}")])
