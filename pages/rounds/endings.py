"""Why a round ended, in words; the record holds a fixed word."""

from facts.message import Message, msg, verbatim

FINISHED = "finished"
ENDINGS: dict[str, Message] = {
    FINISHED: msg("it ran to its end"),
    "stopped: kill switch": msg("the kill switch was used"),
    "stopped: dead man": msg("the program that leads it vanished"),
    "stopped: interrupted": msg("it was interrupted (Ctrl-C)"),
    "stopped: time window closed": msg("the time window closed"),
    "stopped: error-rate": msg("too many requests failed"),
    "stopped: slo-collapse": msg("answers took many times what the objective allows"),
    "stopped: no-answers": msg("the mall answered nothing any more"),
    "stopped: real-users": msg("real shoppers suffered from it"),
}


def ending(word: str) -> Message:
    """Why a round ended.

    Args:
        word: `Recording.ended`; one that is not known yet stands for itself.
    """
    return ENDINGS.get(word) or verbatim(word)
