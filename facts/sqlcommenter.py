"""Comments of SQL statements: sqlcommenter's tags are kept, everything else is dropped.

Source of the tag format: the sqlcommenter specification (key='url-encoded value', separated by commas, in one comment).
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from urllib.parse import unquote

# PostgreSQL's lexer takes every character beyond ASCII for a letter.
_START = r"A-Za-z_\x80-\U0010ffff"
_PIECE = re.compile(
    rf"""(?P<line>--[^\n\r]*) | (?P<block>/\*)
      | (?P<identifier>(?:[Uu]&)?"(?:[^"]|"")*(?:"|\Z))
      | (?P<escaped>[Ee]'(?:[^'\\]|''|\\.)*(?:'|\\?\Z))
      | (?P<string>(?:[BbXxNn]|[Uu]&)?'(?:[^']|'')*(?:'|\Z))
      | (?P<dollar>\$(?P<tag>(?:[{_START}][{_START}0-9]*)?)\$.*?(?:\$(?P=tag)\$|\Z))
      | (?P<word>[{_START}][{_START}0-9$]*) | (?P<parameter>\$[0-9]+)
      | (?P<number>0[xXoObB][0-9a-fA-F_]+ | (?:[0-9][0-9_]*(?:\.[0-9][0-9_]*|\.(?!\.))?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
      | (?P<other>\s+|.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTE = re.compile(r"['\"]|\$(?![0-9])")
_COMMENT_MARK = re.compile(r"/\*|\*/")
_TAG = re.compile(r"([A-Za-z0-9_\-%]+)\s*=\s*'((?:[^'\\]|\\.)*)'")
# Where a statement comes from; identifiers of single requests (traceparent, tracestate) say nothing about a family.
KEPT_TAGS = frozenset({"action", "application", "controller", "db_driver", "framework", "job", "route"})


class Kind(Enum):
    """What a piece of a statement's text is."""

    COMMENT = auto()
    IDENTIFIER = auto()  # in double quotes
    STRING = auto()  # '…', B'…', X'…', N'…', U&'…'
    ESCAPED = auto()  # E'…'
    DOLLAR = auto()  # $tag$…$tag$
    WORD = auto()  # a keyword or a bare identifier
    PARAMETER = auto()  # $1
    NUMBER = auto()
    OTHER = auto()  # white space, or one character of an operator


_KINDS = {
    "line": Kind.COMMENT, "block": Kind.COMMENT, "identifier": Kind.IDENTIFIER, "escaped": Kind.ESCAPED, "string": Kind.STRING,
    "dollar": Kind.DOLLAR, "word": Kind.WORD, "parameter": Kind.PARAMETER, "number": Kind.NUMBER, "other": Kind.OTHER,
}  # fmt: skip


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """The text cut as PostgreSQL's lexer cuts it; joined, the pieces are the text again.

    What is never closed goes on to the end: servers cut texts, and a value must not be taken for a word because of it.
    """
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:  # the last alternative takes any character
            return
        name = match.lastgroup or "other"
        end = _end_of_comment(text, match.end()) if name == "block" else match.end()
        yield _KINDS[name], text[position:end]
        position = end


def _end_of_comment(text: str, position: int) -> int:
    """Where the comment ends whose beginning was just passed; comments nest."""
    depth = 1
    for mark in _COMMENT_MARK.finditer(text, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def split_comments(text: str) -> tuple[str, dict[str, str]]:
    """The statement without its comments, white space folded, and its tags.

    PostgreSQL 18 writes `IN ($1 /*, ... */)` for a list of any length; the mark goes with the comments.
    """
    if "--" not in text and "/*" not in text:
        return fold_space(text), {}
    tags: dict[str, str] = {}
    bare: list[str] = []
    for kind, piece in pieces(text):
        if kind is not Kind.COMMENT:
            bare.append(piece)
            continue
        bare.append(" ")
        for key, value in _TAG.findall(piece):
            name = unquote(key)
            if name in KEPT_TAGS:
                tags[name] = unquote(value.replace("\\'", "'"))
    return fold_space("".join(bare)), tags


def fold_space(text: str) -> str:
    """The statement on one line, with runs of white space outside of quotes folded to one blank."""
    if _QUOTE.search(text) is None:
        return re.sub(r"\s+", " ", text).strip()
    return "".join(" " if kind is Kind.OTHER and piece.isspace() else piece for kind, piece in pieces(text)).strip()
