"""How a command ends, for people and for scripts.

Where several apply, the order is 130, 2, 4, 3, 1: what the user must know first.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FINDINGS = 1  # findings at or above --fail-on, or a verdict of no-go
    USAGE = 2  # the user's mistake: usage, configuration, a file that is not what it should be
    UNREACHABLE = 3  # a target could not be reached or refused us; the report is partial
    INVALID = 4  # the result itself is invalid
    INTERRUPTED = 130


_PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.INVALID,
    ExitCode.UNREACHABLE,
    ExitCode.FINDINGS,
    ExitCode.DONE,
)


def foremost(*codes: ExitCode) -> ExitCode:
    """The exit code to use where several apply."""
    return next((code for code in _PRECEDENCE if code in codes), ExitCode.DONE)


class CommandError(Exception):
    """Ends a command with a message that says what happened and what to do; never shown as a traceback.

    Attributes:
        message: What happened, in one sentence.
        remedy: The command or change that mends it; may be empty.
        code: The exit code.
    """

    def __init__(self, message: str, remedy: str = "", code: ExitCode = ExitCode.USAGE) -> None:
        """Keeps the three parts."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code
