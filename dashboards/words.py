"""Words that stand in the place of values."""

from collections.abc import Mapping

from dashboards.board import Word
from facts.message import Message, msg

UP_OR_DOWN = (Word("0", msg("down"), "red"), Word("1", msg("up"), "green"))
BLOCKED_OR_FREE = (Word("0", msg("free"), "green"), Word("1", msg("blocked"), "red"))
SEVERITIES = (
    Word("critical", msg("critical"), "red"),
    Word("high", msg("high"), "orange"),
    Word("medium", msg("medium"), "yellow"),
    Word("low", msg("low"), "blue"),
)
# Of labels whose values stand for a state, in the order that gives each its number (see `dashboards.queries.ranked`).
States = Mapping[str, tuple[Message, str]]
VERDICTS: States = {
    "fits": (msg("fits"), "green"),
    "at risk": (msg("at risk"), "orange"),
    "falls over": (msg("falls over"), "red"),
    "not enough evidence": (msg("not enough evidence"), "purple"),
}
ENDINGS: States = {
    "GO": (msg("GO"), "green"),
    "NO-GO": (msg("NO-GO"), "red"),
    "INVALID": (msg("INVALID"), "purple"),
}


def words_of(states: States) -> tuple[Word, ...]:
    """The word and colour of each number."""
    return tuple(Word(str(number), text, color) for number, (text, color) in enumerate(states.values()))
