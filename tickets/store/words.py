"""A text as the words that a search compares: Latin ones as they are, Chinese ones as pairs of characters.

Chinese has no spaces, and neither SQLite nor PostgreSQL takes it apart, so this is done before the store sees it: every two neighbouring
characters are a word (bigrams, as Lucene's CJKAnalyzer makes them), and the last character of a run is one too, so that a single
character finds whatever it stands in. Both stores are given the same words and find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LETTERS_AT_MOST = 40
WORDS_AT_MOST = 2_000
ASKED_AT_MOST = 16
_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(f"[{_HAN}]")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked for.

    Attributes:
        word: Without any sign that a store's query language knows.
        beginning: A word that begins so is meant as well.
    """

    word: str
    beginning: bool = False


def words(texts: Iterable[str], most: int = WORDS_AT_MOST) -> list[str]:
    """The different words of some texts, in the order in which they first come.

    Args:
        texts: Plain texts.
        most: Words at most; what comes later cannot be found.
    """
    found: dict[str, None] = {}
    for text in texts:
        for run in _runs(text):
            for word in _pairs(run) if _IS_HAN.match(run) else (run,):
                found[word] = None
                if len(found) >= most:
                    return list(found)
    return list(found)


def terms(text: str) -> list[Term]:
    """What somebody asks for: all of it has to be there; a Latin word may go on, as it does while it is being typed."""
    asked: dict[Term, None] = {}
    for run in _runs(text):
        if not _IS_HAN.match(run) or len(run) == 1:
            asked[Term(run, beginning=True)] = None
        else:
            asked.update((Term(pair), None) for pair in _pairs(run)[:-1])
    return list(asked)[:ASKED_AT_MOST]


def _runs(text: str) -> Iterator[str]:
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        yield run if _IS_HAN.match(run) else run[:LETTERS_AT_MOST]


def _pairs(run: str) -> list[str]:
    return [*(run[at : at + 2] for at in range(len(run) - 1)), run[-1]]
