"""Shows rounds and leaves the run folder behind."""

from collections.abc import Sequence
from pathlib import Path

from facts.rounds import RoundVerdict
from facts.system_errors import why
from pages.rounds.html import rounds_html
from pages.rounds.junit import junit
from pages.rounds.markdown import rounds_markdown
from pages.rounds.rehearsal import Rehearsal, overall_verdict
from pages.rounds.round_json import document_text, round_document, stress_document
from pages.rounds.terminal import print_rounds
from pages.run_folder import RunFolderError, link_latest, write_file, write_findings
from pages.translation import Language
from tenfold.cli.options import Terminal, abandon_stdout, print_json
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _, say

_CODES = {
    RoundVerdict.GO: ExitCode.DONE,
    RoundVerdict.NO_GO: ExitCode.FINDINGS,
    RoundVerdict.INVALID: ExitCode.INVALID,
}


def exit_code(rehearsal: Rehearsal) -> ExitCode:
    """What the rounds' verdict means to a script."""
    return _CODES[overall_verdict(rehearsal.rounds)]


def report_rounds(
    rehearsal: Rehearsal, folder: Path, *, lang: Language, as_json: bool, link: bool, terminal: Terminal
) -> None:
    """Prints the rounds first, so that a full disk does not lose them, and writes the run folder.

    Args:
        rehearsal: What was run.
        folder: The run folder.
        lang: Of every sentence.
        as_json: Print one JSON document instead of the summary.
        link: Point `latest` to the folder.
        terminal: Where to print.

    Raises:
        CommandError: The folder could not be written.
    """
    try:
        if as_json:
            print_json(stress_document(rehearsal.rounds, lang), terminal.out)
        else:
            print_rounds(rehearsal, terminal.out, lang)
    except BrokenPipeError:
        abandon_stdout()
    try:
        _write(rehearsal, folder, lang)
    except (RunFolderError, OSError) as error:
        reason = say(error.said if isinstance(error, RunFolderError) else why(error))
        raise CommandError(
            _("The report could not be written: {reason}.").format(reason=reason), _("Name another folder with -o.")
        ) from None
    if link:
        link_latest(folder)
    terminal.remark(_("Report: {path}").format(path=(folder / "report.html").absolute()))


def _write(rehearsal: Rehearsal, folder: Path, lang: Language) -> None:
    """The records before the pages: a page that cannot be made costs none of them."""
    for place, one in zip(_places(rehearsal, folder), rehearsal.rounds, strict=True):
        place.mkdir(parents=True, exist_ok=True)
        write_file(place / "round.json", document_text(round_document(one, lang)))
    if rehearsal.findings is not None:
        write_findings(rehearsal.findings, folder, lang, rehearsal.rounds)
    write_file(folder / "junit.xml", junit(rehearsal.rounds, lang))
    write_file(folder / "report.md", rounds_markdown(rehearsal, lang))
    write_file(folder / "report.html", rounds_html(rehearsal, lang))


def _places(rehearsal: Rehearsal, folder: Path) -> Sequence[Path]:
    """One folder for each round, or the run folder itself when there is one round."""
    if len(rehearsal.rounds) == 1:
        return (folder,)
    return [folder / each.kind.value for each in rehearsal.rounds]
