"""`tenfold demo`: the whole story on the practice mall, and its faults."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tenfold.cli.options import Lang, Quiet, Terminal, Verbose, example, report_language
from tenfold.exits import CommandError, ExitCode
from tenfold.extras import demand
from tenfold.words import _

FOLDER = Path("tenfold-mall")
_EXAMPLE = "tenfold demo --size small"
_FAULTS_EXAMPLE = "tenfold demo faults on missing-order-index"
REHEARSAL_MINUTES = 9
_NEEDS = {"small": (400, 4), "medium": (2_500, 8), "large": (12_000, 25)}

Size = Literal["small", "medium", "large"]


def register(app: typer.Typer) -> None:
    """Adds the group of commands to the program."""
    group = typer.Typer(
        invoke_without_command=True,
        rich_markup_mode=None,
        help=_("Audit a practice mall with planted faults, apply the advice, audit again."),
    )
    group.callback(epilog=example(_EXAMPLE))(demo)
    group.command(
        "faults",
        epilog=example(_FAULTS_EXAMPLE),
        help=_("List the practice mall's faults, or switch one on or off while `tenfold demo --keep` runs."),
    )(faults)
    app.add_typer(group, name="demo")


def demo(
    context: typer.Context,
    size: Annotated[
        Size | None,
        typer.Option(
            "--size",
            help=_("How large the mall is: 150 thousand, 1 million or 5 million orders; the rehearsal's is medium."),
            show_default="small",
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help=_("Leave the mall open afterwards, until Ctrl-C."))] = False,
    scramble: Annotated[
        int | None,
        typer.Option(
            "--scramble", help=_("Rename every table and column at random from this seed."), show_default=False
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=5, max=600, help=_("How long shoppers shop for each audit."))
    ] = 50.0,
    rehearsal: Annotated[
        bool,
        typer.Option(
            "--rehearse", help=_("Rehearse ten times the traffic instead: as delivered, and again after the advice.")
        ),
    ] = False,
    folder: Annotated[Path, typer.Option("--folder", help=_("Where the mall's data lives."))] = FOLDER,
    lang: Lang = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Runs on loopback only and ends its own servers, also on Ctrl-C."""
    if context.invoked_subcommand is not None:
        return ExitCode.DONE
    demand_for_rehearsal(context, rehearsal=rehearsal)
    try:
        from tenfold.demo.telling import tell
    except ImportError as error:
        raise CommandError(
            _("The practice mall is not installed: {module} is missing.").format(module=error.name),
            "pip install 'tenfold[demo]'",
        ) from None
    terminal = Terminal(quiet=quiet, verbose=verbose)
    chosen: Size = size or ("medium" if rehearsal else "small")
    megabytes, minutes = _NEEDS[chosen]
    minutes += REHEARSAL_MINUTES if rehearsal else 0
    terminal.remark(
        _(
            "This takes about {minutes} minutes and {megabytes} MB of disk below {folder}; nothing leaves this machine."
        ).format(minutes=minutes, megabytes=megabytes, folder=folder)
    )
    language = report_language(lang, None)
    if rehearsal:
        from tenfold.demo.rehearsing import tell_rehearsal

        told = tell_rehearsal(folder, size=chosen, keep=keep, terminal=terminal, language=language)
        if told is None:
            return ExitCode.INTERRUPTED
        return ExitCode.DONE if all(each.held for each in told) else ExitCode.FINDINGS
    tell(
        folder,
        size=chosen,
        scramble=scramble,
        seconds=seconds,
        keep=keep,
        terminal=terminal,
        language=language,
    )
    return ExitCode.DONE


def demand_for_rehearsal(context: typer.Context, *, rehearsal: bool) -> None:
    """Refuses what the rehearsal would ignore, and asks for its libraries.

    Raises:
        CommandError: An option has no effect, or the extra is not installed.
    """
    if not rehearsal:
        return
    for name, option in (("scramble", "--scramble"), ("seconds", "--seconds")):
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            raise CommandError(
                _("{option} has no effect in the demo's rehearsal.").format(option=option), _("Leave it out.")
            )
    demand("loadtest")


def faults(
    action: Annotated[str, typer.Argument(help=_("`on` or `off`; without it, the faults are listed."))] = "list",
    name: Annotated[str, typer.Argument(help=_("The fault's name."))] = "",
    folder: Annotated[Path, typer.Option("--folder", help=_("Where the mall's data lives."))] = FOLDER,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Switching needs a mall that `tenfold demo --keep` holds open in another terminal."""
    from tenfold.demo.switching import list_faults, switch

    terminal = Terminal(quiet=quiet, verbose=verbose)
    if action == "list":
        list_faults(terminal, folder)
    elif action in {"on", "off"}:
        switch(folder, name, on=action == "on")
        terminal.remark(_("{name} is {state}.").format(name=name, state=action))
    else:
        raise CommandError(
            _("There is no action {name}.").format(name=repr(action)),
            _("Example: {command}").format(command=_FAULTS_EXAMPLE),
        )
    return ExitCode.DONE
