"""Options of `tenfold stress` that would do nothing in the kind of run that was asked for: refused, never silently ignored."""

from collections.abc import Mapping
from dataclasses import dataclass

import typer

from facts.message import Message, msg
from tenfold.exits import CommandError
from tenfold.words import _, say

_OF_THE_ROUNDS = msg("Leave {option} out, or run the rounds of the configured mall without --url and -f.", option="")
_OF_A_SCENARIO = msg(
    "Leave {option} out: the scenario of -f paces itself, by --users and its own waiting times.", option=""
)
_IN_THE_CONFIGURATION = msg(
    "Name one URL with --url, or set the rounds under [loadtest]: everyday_peak, baseline, step, hold, confirm."
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of run.

    Attributes:
        words: Its name in the sentence.
        without: Options that mean nothing in it, with what to do instead.
    """

    words: Message
    without: Mapping[str, Message]


_SCENARIO = _Kind(
    msg("with a scenario of your own (-f)"),
    {
        "--round": _OF_THE_ROUNDS,
        "--multiplier": _OF_THE_ROUNDS,
        "--traffic": _OF_THE_ROUNDS,
        "--shape": _OF_THE_ROUNDS,
        "--rate": _OF_A_SCENARIO,
        "--arrivals": _OF_A_SCENARIO,
        "--max-concurrency": _OF_A_SCENARIO,
        "--find-knee": msg(
            "Leave {option} out: a knee is searched with arrivals of ours, against a --url without -f.", option=""
        ),
    },
)
_SEARCH = _Kind(
    msg("in a search for the knee"),
    {
        "--round": _OF_THE_ROUNDS,
        "--multiplier": _OF_THE_ROUNDS,
        "--traffic": _OF_THE_ROUNDS,
        "--shape": _OF_THE_ROUNDS,
        "--users": msg("Leave {option} out: users are those of a scenario (-f).", option=""),
        "--duration": msg("Leave {option} out: a search chooses the length of its steps itself.", option=""),
    },
)
_URL = _Kind(
    msg("with a single --url"),
    {
        "--round": _OF_THE_ROUNDS,
        "--multiplier": _OF_THE_ROUNDS,
        "--traffic": _OF_THE_ROUNDS,
        "--shape": _OF_THE_ROUNDS,
        "--users": msg("Leave {option} out, or give --rate: a URL is asked by arrivals and not by users.", option=""),
    },
)
_ROUNDS = _Kind(
    msg("in the rounds of the configured mall"),
    {
        "--rate": _IN_THE_CONFIGURATION,
        "--duration": _IN_THE_CONFIGURATION,
        "--users": msg("Leave {option} out: users are those of a scenario (-f).", option=""),
    },
)


def refuse_misplaced(given: typer.Context, *, url: bool, scenario: bool, search: bool) -> None:
    """Refuses what was written on the command line and could not have any effect.

    Args:
        given: The command line.
        url: Whether `--url` is in it.
        scenario: Whether `-f` is.
        search: Whether `--find-knee` is.

    Raises:
        CommandError: Names the first such option, and what to do instead.
    """
    kind = _SCENARIO if scenario else _SEARCH if search else _URL if url else _ROUNDS
    for parameter in given.command.params:
        if not written(given, parameter.name or ""):
            continue
        option = next((each for each in parameter.opts if each in kind.without), None)
        if option is not None:
            raise CommandError(
                _("{option} has no effect {kind}.").format(option=option, kind=say(kind.words)),
                say(kind.without[option].template).format(option=option),
            )


def written(given: typer.Context, name: str) -> bool:
    """Whether a parameter stands on the command line."""
    source = given.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
