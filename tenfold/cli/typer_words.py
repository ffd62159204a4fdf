"""What typer says of a command line, in the terminal's language: usage, headings of the help, mistakes.

Typer takes the words of its help from gettext and has none of them in Chinese; the usage line, the help option and the mistakes are plain
English in its code. So the words are put in its place here, and what is not known stays as typer says it.
"""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer.core
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from facts.message import Message, msg
from tenfold.validation_words import refused_because
from tenfold.words import _, say

# What typer asks gettext for; the words stand here so that the catalogue has them.
_ASKED_FOR = (
    msg("Arguments"),
    msg("Options"),
    msg("Commands"),
    msg("required"),
    msg("default: {default}", default=""),
    msg("Missing command."),
)
# Also asked for; a mistake that is told by `complaint` like the others, and the catalogue takes no place of this form.
_NO_COMMAND = "No such command {name!r}."
# Places are numbered groups of the pattern, in their order.
_MISTAKES: tuple[tuple[str, Message], ...] = (
    (r"Invalid value for (?P<place>.*?): (?P<reason>.*)", msg("{place}: {reason}", place="", reason="")),
    (r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<near>.*)\))?", msg("No such option: {name}", name="")),
    (r"No such command (?P<name>'.*?')\..*", msg("No such command {name}", name="")),
    (r"Option (?P<name>'.*?') requires an argument\.", msg("Option {name} needs a value", name="")),
    (r"Option (?P<name>'.*?') does not take a value\.", msg("Option {name} takes no value", name="")),
    (r"Got unexpected extra argument\(s\) \((?P<names>.*)\)", msg("Too many arguments: {names}", names="")),
    (r"Missing argument (?P<name>.*?)\.", msg("Missing argument {name}", name="")),
    (r"Missing option (?P<name>.*?)\.", msg("Missing option {name}", name="")),
)  # fmt: skip
_HELP: dict[str, Message] = {
    "help": msg("Show this message and exit."),
    "install_completion": msg("Install completion for the current shell."),
    "show_completion": msg("Show completion for the current shell, to copy it or customize the installation."),
}
_NEAR = (
    re.compile(r"\(Possible options: (?P<near>.*)\)"),
    re.compile(r"Did you mean (?P<near>.*)\?"),
)


def speak() -> None:
    """Puts our words in typer's place; where they are missing from the catalogue, English stays as it is."""
    # What gettext would have answered it.
    setattr(typer.core, "_", _help_word)  # noqa: B010  (a plain assignment would be to a name that typer does not export)
    for kind in (TyperCommand, TyperGroup):
        setattr(kind, "format_usage", _format_usage)  # noqa: B010  (mypy forbids the assignment, and there is no other door)
        setattr(kind, "get_help_option", _with_words(kind.get_help_option))  # noqa: B010  (the same)


def complaint(error: TyperException) -> tuple[str, str]:
    """A mistake on the command line as (what happened, what to do).

    Args:
        error: Typer's own.
    """
    text = error.format_message()
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else _command(sys.argv)
    near = next((found["near"] for pattern in _NEAR if (found := pattern.search(text))), "")
    remedies = [_("Did you mean {name}?").format(name=near)] if near else []
    remedies.append(_("All options: {command}").format(command=f"{command} -h"))
    return _mistake(text), "\n".join(remedies)


def _command(words: Sequence[str]) -> str:
    """The command that was called, for a mistake of which typer does not tell where it was made."""
    named = [each for each in words[1:2] if each.isalpha()]
    return " ".join(["tenfold", *named])


def _mistake(text: str) -> str:
    for pattern, sentence in _MISTAKES:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found is not None:
            values = {name: found[name] or "" for name in sentence.values}
            if "reason" in values:
                values["reason"] = refused_because(values["reason"])
            return say(sentence.template).format_map(values)
    return text.rstrip(".")


def _help_word(text: str) -> str:
    return text if text == _NO_COMMAND else say(text)


def _format_usage(command: TyperCommand, ctx: typer.Context, formatter: Any) -> None:
    """As typer's own, with the words of the line in our language."""
    pieces = " ".join(command.collect_usage_pieces(ctx))
    shown = pieces.replace("[OPTIONS]", _("[OPTIONS]")).replace("COMMAND [ARGS]...", _("COMMAND [ARGS]..."))
    formatter.write_usage(ctx.command_path, shown, prefix=_("Usage: "))


def _with_words(made: Callable[..., Any]) -> Callable[..., Any]:
    """Typer makes the help option, and the two of its completion, with words of its own."""

    def get_help_option(command: TyperCommand, ctx: typer.Context) -> Any:
        option = made(command, ctx)
        for each in (option, *command.params):
            if isinstance(each, TyperOption) and each.name in _HELP:
                each.help = say(_HELP[each.name])
        return option

    return get_help_option
