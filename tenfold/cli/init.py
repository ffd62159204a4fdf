"""`tenfold init`: a commented configuration file, and the SQL that creates the role for it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from facts.system_errors import why
from pages.translation import Language, translator
from tenfold.cli.options import Quiet, Terminal, Verbose, example, report_language
from tenfold.exits import CommandError
from tenfold.settings.addresses import check_addresses
from tenfold.settings.template import Answers, configuration_text
from tenfold.words import _, say

_EXAMPLE = "tenfold init --postgres postgresql://tenfold@db.example/mall --redis redis://cache.example:6379"


def register(app: typer.Typer) -> None:
    """Adds the command to the program."""
    app.command(
        "init",
        epilog=example(_EXAMPLE),
        help=_("Write a commented tenfold.toml and print the SQL that creates the least-privileged role."),
    )(init)


def init(
    postgres: Annotated[
        list[str] | None, typer.Option("--postgres", help=_("A PostgreSQL DSN; may be repeated."))
    ] = None,
    redis: Annotated[list[str] | None, typer.Option("--redis", help=_("A Redis URL; may be repeated."))] = None,
    http: Annotated[list[str] | None, typer.Option("--http", help=_("The shop's URL; may be repeated."))] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help=_("The file to write."))] = Path("tenfold.toml"),
    stdout: Annotated[bool, typer.Option("--stdout", help=_("Print the file instead of writing it."))] = False,
    lang: Annotated[
        Language | None,
        typer.Option("--lang", help=_("Language of the file's comments; default: the terminal's."), show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=_("Overwrite an existing file."))] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Asks for the addresses that were not given, when there is somebody to ask."""
    from collectors.role_sql import role_sql

    terminal = Terminal(quiet=quiet, verbose=verbose)
    if not stdout and output.exists() and not force:
        raise CommandError(
            _("{path} exists already.").format(path=output), _("Overwrite it with --force, or name another with -o.")
        )
    asked = not (postgres or redis or http or stdout)
    if asked and not sys.stdin.isatty():
        raise CommandError(
            _("There is nobody to ask for the addresses."), _("Example: {command}").format(command=_EXAMPLE)
        )
    answers = Answers(
        postgres=tuple(
            postgres or ([_ask(_("PostgreSQL DSN"), "postgresql://tenfold@localhost/mall")] if asked else [])
        ),
        redis=tuple(redis or ([_ask(_("Redis URL (empty: none)"), "")] if asked else [])),
        http=tuple(http or ([_ask(_("The shop's URL (empty: none)"), "")] if asked else [])),
    )
    check_addresses((*answers.postgres, *answers.redis, *answers.http))
    text = configuration_text(answers, translator(report_language(lang, None)))
    if stdout:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            _("{path} cannot be written: {reason}.").format(path=output, reason=say(why(error)))
        ) from None
    terminal.remark(_("Wrote {path}. As a superuser of each database, run this once:").format(path=output))
    typer.echo(role_sql())
    terminal.remark(_("Then: tenfold check"))


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default))
