"""The `tenfold` program: registers the commands and turns every ending into its exit code."""

import logging
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.exceptions import Abort, TyperException

from facts.system_errors import why
from pages.plain import harmless
from tenfold import __version__
from tenfold.cli import (
    audit,
    check,
    collect,
    compare,
    dashboards,
    demo,
    explain,
    init,
    mark,
    serve,
    snapshot,
    stress,
    tickets,
    tokens,
    users,
    verify,
    worker,
)
from tenfold.cli.options import abandon_stdout, example
from tenfold.cli.typer_words import complaint, speak
from tenfold.exits import CommandError, ExitCode
from tenfold.extras import EXTRAS, missing_part
from tenfold.words import _, say

app = typer.Typer(
    name="tenfold",
    help=_("Finds what will take an online mall down at ten times its traffic, and proves the fix."),
    epilog=example("tenfold audit postgresql://tenfold@db.example/mall"),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  (click calls it so)
    if wanted:
        typer.echo(f"tenfold {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help=_("Show the version and end."), callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before the command."""


speak()
COMMANDS = (
    init, check, collect, snapshot, audit, explain, verify, stress, worker, compare, serve, mark, dashboards, tickets, users, tokens, demo,
)  # fmt: skip
for module in COMMANDS:
    module.register(app)


def main() -> None:
    """Runs the command line; whatever goes wrong ends in a message and an exit code, never in a traceback."""
    code = _run()
    if code == ExitCode.INTERRUPTED:
        _complain(_("Interrupted."), "")
    sys.exit(int(code))


def _run() -> int:
    try:
        code: Any = app(prog_name="tenfold", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(code or 0)
    except CommandError as error:
        _complain(error.message, error.remedy)
        return error.code
    except TyperException as error:
        # What typer raises for a wrong command line; one kind has no mistake in it but the help itself.
        if type(error).__name__ == "NoArgsIsHelpError" and hasattr(error, "show"):
            error.show()
        else:
            _complain(*complaint(error))
        return ExitCode.USAGE
    except (Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`tenfold explain | head`); there is nobody left to tell.
        abandon_stdout()
        return ExitCode.DONE
    except SystemExit as end:
        # What typer makes of the same; its code would say that there are findings.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        abandon_stdout()
        return ExitCode.DONE
    except OSError as error:
        abandon_stdout()
        _complain(_("The system refused: {reason}.").format(reason=_system(error)), "")
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001  (the last line of defence against a traceback)
        return _unexpected(error)


def _system(error: OSError) -> str:
    """Why the system refused, and what was asked of it."""
    named = [str(each) for each in (error.filename, error.filename2) if each is not None]
    return ": ".join([*named, say(why(error))])


def _unexpected(error: Exception) -> ExitCode:
    if isinstance(error, ModuleNotFoundError):
        extra = next((name for name, modules in EXTRAS.items() if error.name in modules), None)
        if extra is not None:
            missing = missing_part(str(error.name), extra)
            _complain(missing.message, missing.remedy)
            return missing.code
    logging.getLogger(__name__).debug("unexpected", exc_info=error)
    _complain(
        _("This is a mistake in Tenfold: {error}.").format(error=f"{type(error).__name__}: {error}"),
        _("Please report it, with what the same command says with --verbose."),
    )
    return ExitCode.INVALID


def _complain(message: str, remedy: str) -> None:
    console = Console(stderr=True, highlight=False)
    # Never broken into lines: the remedy is a command to be copied.
    console.print(harmless(f"tenfold: {message}"), style="bold red", markup=False, soft_wrap=True)
    if remedy:
        console.print(harmless(remedy), markup=False, soft_wrap=True)
