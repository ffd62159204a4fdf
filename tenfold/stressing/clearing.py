"""Asks for permission before a round: turns settings and options into a clearance, and its refusals into an ending."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import typer

from facts.message import msg
from loadtest.safety.canary_declaration import Canary
from loadtest.safety.clearance import Cleared, Policy, Request, clear
from loadtest.safety.marking import run_name
from loadtest.safety.refusals import DeclarationError, Refusal
from loadtest.safety.targets import allowed
from loadtest.safety.windows import parse_window
from tenfold import __version__
from tenfold.cli.options import Terminal
from tenfold.exits import CommandError, ExitCode
from tenfold.settings import Settings
from tenfold.stressing.business import canary_of
from tenfold.words import _, say

OWN_SCENARIO = msg(
    "Nothing holds the scenario of -f to reading: what it buys is bought, and nothing proves that such orders land in shadow storage."
)
# Refusals that are the mall's state and not the user's mistake.
_UNREACHABLE = frozenset({"target-down", "target-broken", "unresolved"})


def policy_of(settings: Settings, canary: Canary | None) -> Policy:
    """What the configuration allows.

    Raises:
        CommandError: An entry of `[loadtest]` cannot be understood.
    """
    section = settings.loadtest
    try:
        return Policy(
            allowed=tuple(allowed(each.host, each.addresses) for each in section.targets),
            key=section.key or None,
            ceiling=section.ceiling,
            windows=tuple(parse_window(each) for each in section.windows),
            timezone=ZoneInfo(settings.mall.timezone),
            canary=canary,
        )
    except DeclarationError as error:
        raise CommandError(_("[loadtest] cannot be used: {reason}.").format(reason=say(error.said))) from None


def permission(
    settings: Settings,
    *,
    url: str,
    kind: str,
    per_second: float,
    seconds: float,
    named: bool,
    writes: bool,
    allow_writes: bool,
    terminal: Terminal,
    own_scenario: bool = False,
) -> Cleared:
    """The clearance for one run.

    Args:
        settings: Whose `[loadtest]` says what is allowed.
        url: Where the load is to go.
        kind: Of the round, for its name.
        per_second: The highest rate it can reach, in journeys a second.
        seconds: How long it can take.
        named: The URL stands on the command line.
        writes: Its journeys change something.
        allow_writes: They may do so without proof of shadow storage.
        terminal: For what was not proven, and for the question.
        own_scenario: What is sent is the user's own locustfile, which nothing here can hold to reading.

    Raises:
        CommandError: Something stands against it; every reason is named with what to do.
    """
    now = datetime.now(UTC)
    declared = canary_of(settings) if writes and not allow_writes else None
    cleared = clear(
        Request(
            url=url,
            per_second=per_second,
            seconds=seconds,
            run=run_name(kind, now=now, nonce=secrets.token_hex(3)),
            version=__version__,
            named_on_command_line=named,
            writes=writes,
            allow_writes=allow_writes,
            ask=_asker(),
        ),
        policy_of(settings, declared[0] if declared else None),
        now=now,
        count=declared[1] if declared else None,
    )
    if isinstance(cleared, Cleared):
        for note in cleared.notes:
            happened = OWN_SCENARIO if own_scenario and note.rule == "writes" else note.happened
            terminal.remark(f"{say(happened)} {say(note.remedy)}")
        return cleared
    raise refused(cleared)


def refused(refusals: tuple[Refusal, ...]) -> CommandError:
    """The ending of a command that was refused."""
    code = ExitCode.UNREACHABLE if all(each.rule in _UNREACHABLE for each in refusals) else ExitCode.USAGE
    return CommandError(
        "\n".join(say(each.happened) for each in refusals), "\n".join(say(each.remedy) for each in refusals), code
    )


def _asker() -> Callable[[str], str] | None:
    """Asks a person, where there is one."""
    if not sys.stdin.isatty():
        return None

    def ask(wanted: str) -> str:
        answer: str = typer.prompt(_("Type {text} to confirm").format(text=repr(wanted)), err=True)
        return answer

    return ask
