"""The options that every command shares, and what they make of the terminal."""

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pages.translation import Language
from tenfold.settings import Settings, find_file, load
from tenfold.words import _, terminal_language

Config = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", help=_("Configuration file; default tenfold.toml, then $TENFOLD_CONFIG."), show_default=False
    ),
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


class Terminal:
    """Where results go (stdout) and where progress and remarks go (stderr).

    Attributes:
        out: For people and, with `--json`, for machines.
        err: For progress, hints and logs.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        """Sets up both consoles and the log level."""
        self.quiet = quiet
        self.out = Console(highlight=False, soft_wrap=False)
        self.err = Console(stderr=True, highlight=False)
        logging.basicConfig(
            level=logging.DEBUG if verbose else logging.ERROR, format="%(asctime)s %(name)s: %(message)s", force=True
        )
        for chatty in ("httpx", "httpcore"):
            logging.getLogger(chatty).setLevel(logging.WARNING)

    def remark(self, text: str) -> None:
        """A line for people, on stderr, unless they asked for quiet."""
        if not self.quiet:
            self.err.print(text, markup=False)

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
