"""Words that stand in the place of values."""

from dashboards.board import Word
from facts.message import msg

UP_OR_DOWN = (Word("0", msg("down"), "red"), Word("1", msg("up"), "green"))
