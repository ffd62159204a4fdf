"""The `tenfold` program: registers the commands and turns every ending into its exit code."""

import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.exceptions import Abort, TyperException

from tenfold import __version__
from tenfold.cli import audit, check, collect, compare, demo, explain, init, snapshot
from tenfold.exits import CommandError, ExitCode
from tenfold.words import _

app = typer.Typer(
    name="tenfold",
    help=_("Finds what will take an online mall down at ten times its traffic, and proves the fix."),
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


for module in (init, check, collect, snapshot, audit, explain, compare, demo):
    module.register(app)


def main() -> None:
    """Runs the command line; a user's mistake ends in a message and an exit code, never in a traceback."""
    try:
        code: Any = app(standalone_mode=False)
    except CommandError as error:
        _complain(error.message, error.remedy)
        code = error.code
    except TyperException as error:
        # What typer raises for a wrong command line; each knows how to show itself, with the usage above it.
        if hasattr(error, "show"):
            error.show()
        else:
            _complain(str(error), "")
        code = ExitCode.USAGE
    except (Abort, KeyboardInterrupt):
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`tenfold audit | head`); there is nobody left to tell.
        sys.stderr.close()
        code = ExitCode.DONE
    if code == ExitCode.INTERRUPTED:
        _complain(_("Interrupted."), "")
    sys.exit(int(code or 0))


def _complain(message: str, remedy: str) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(f"tenfold: {message}", style="bold red", markup=False)
    if remedy:
        console.print(remedy, markup=False)
