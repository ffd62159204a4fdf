"""The options that every command shares, and what they make of the terminal."""

import contextlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pages.plain import harmless
from pages.translation import Language
from tenfold.settings import Settings, find_file, load
from tenfold.words import _, terminal_language

Config = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", help=_("Configuration file; default tenfold.toml, then $TENFOLD_CONFIG."), show_default=False
    ),
]
Addresses = Annotated[
    list[str] | None,
    typer.Argument(help=_("Addresses to read instead of the configuration's."), show_default=False),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help=_("No progress, no hints: only the result."))]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help=_("Say on stderr what is being done."))]
Lang = Annotated[
    Literal["zh", "en"] | None,
    typer.Option(
        "--lang",
        help=_("Language of the report; default: the configuration's, then the terminal's."),
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON document on stdout and nothing else there."))]


def example(command: str) -> str:
    r"""The last line of a command's help; `\b` keeps click from breaking it, so that it can be copied."""
    return "\b\n" + _("Example: {command}").format(command=command)


class Output(Console):
    """Stdout. A reader that goes away (`tenfold audit | head`) is an exception like any other, not rich's own end with code 1."""

    def on_broken_pipe(self) -> NoReturn:
        """Rich calls this inside of its own `except`, and would end the program."""
        raise BrokenPipeError


class Terminal:
    """Where results go (stdout) and where progress and remarks go (stderr).

    Attributes:
        out: For people and, with `--json`, for machines.
        err: For progress, hints and logs.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        """Sets up both consoles and the log level."""
        self.quiet = quiet
        self.out = Output(highlight=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)
        logging.basicConfig(
            level=logging.DEBUG if verbose else logging.ERROR, format="%(asctime)s %(name)s: %(message)s", force=True
        )
        for chatty in ("httpx", "httpcore", "urllib3"):
            logging.getLogger(chatty).setLevel(logging.WARNING)

    def remark(self, text: str) -> None:
        """A line for people, on stderr, unless they asked for quiet."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """A line for people, on stderr, that they must see; never broken, so that a command in it can be copied."""
        self.err.print(harmless(text), markup=False, soft_wrap=True)

    def progress(self) -> Progress:
        """A progress display on stderr that leaves nothing behind; silent with `--quiet` or without a terminal."""
        return Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=self.quiet or not self.err.is_terminal,
        )


def print_json(document: Any, console: Console) -> None:
    """One JSON document on one line."""
    console.file.write(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n")
    console.file.flush()


def abandon_stdout() -> None:
    """Lets the interpreter's last flush succeed, whatever has become of stdout."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_settings(config: Path | None) -> Settings | None:
    """The settings of the configuration file; None when there is no file.

    Raises:
        CommandError: The file is named and missing, or it has a mistake.
    """
    path = find_file(config)
    return load(path) if path else None


def report_language(chosen: Literal["zh", "en"] | None, settings: Settings | None) -> Language:
    """The language of a report: as asked, else as configured, else the terminal's."""
    return chosen or (settings.mall.lang if settings else None) or terminal_language()
