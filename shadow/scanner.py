"""How many statements a text holds, read as PostgreSQL's own lexer reads it.

A definition that goes on after its end would run something else as well. What the role of the shadow may do is the wall; this is the
door in front of it.
"""

import re

_PIECE = re.compile(
    r"""
    (?P<space>[ \t\n\r\f\v]+|--[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escape>[eE]'(?:[^'\\]|''|\\.)*+')
  | (?P<text>'(?:[^']|'')*+'|"(?:[^"]|"")*+")
  | (?P<open>[eE]?'|")
  | (?P<dollar>\$(?:[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*)?\$)
  | (?P<word>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*)
  | (?P<end>;)
  | (?P<number>\$?\d\w*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def statements_in(text: str) -> int:
    """The number of statements; 0 where a quotation, a comment or a function's body is left open, or a zero character ends the text."""
    if "\0" in text:
        return 0
    count, depth, position = 0, 0, 0
    first, previous, escaped = "", "", False
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            return 0
        kind, piece, position = match.lastgroup, match.group(), match.end()
        if kind in {"comment", "dollar"}:
            position = _after_comment(text, position) if kind == "comment" else _after_dollar(text, position, piece)
        # The server goes on with the escapes of E'…' in a quotation that follows it, which nobody writes.
        if kind == "open" or position < 0 or (escaped and kind in {"text", "escape"}):
            return 0
        if kind in {"space", "comment"}:
            continue
        escaped = kind == "escape"
        if kind == "end" and depth == 0:
            first = ""
            continue
        if not first:
            first, count = piece.lower(), count + 1
        word = piece.lower() if kind == "word" else ""
        if depth:
            depth += {"case": 1, "end": -1}.get(word, 0)
        elif (first, previous, word) == ("create", "begin", "atomic"):
            depth = 1  # of a function's body, which holds statements of its own
        previous = word
    return count if depth == 0 else 0


def _after_comment(text: str, position: int) -> int:
    """The position after a comment, which may hold others; -1 when it is left open."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return -1


def _after_dollar(text: str, position: int, tag: str) -> int:
    found = text.find(tag, position)
    return found + len(tag) if found >= 0 else -1
