"""Comments of SQL statements: sqlcommenter's tags are kept, everything else is dropped.

Source of the tag format: the sqlcommenter specification (key='url-encoded value', separated by commas, in one comment).
"""

import re
from urllib.parse import unquote

_PIECES = re.compile(
    r"""(?P<keep>'(?:[^'\\]|''|\\.)*' | "(?:[^"]|"")*" | (?P<quote>\$[A-Za-z_]*\$).*?(?P=quote))
      | (?P<block>/\*.*?\*/) | (?P<line>--[^\n]*)""",
    re.VERBOSE | re.DOTALL,
)
_TAG = re.compile(r"([A-Za-z0-9_\-%]+)\s*=\s*'((?:[^'\\]|\\.)*)'")
# Where a statement comes from; identifiers of single requests (traceparent, tracestate) say nothing about a family.
KEPT_TAGS = frozenset({"action", "application", "controller", "db_driver", "framework", "job", "route"})


def split_comments(text: str) -> tuple[str, dict[str, str]]:
    """The statement without its comments, white space folded, and its tags.

    PostgreSQL 18 writes `IN ($1 /*, ... */)` for a list of any length; the mark goes with the comments.
    """
    tags: dict[str, str] = {}

    def piece(match: re.Match[str]) -> str:
        if match.group("keep"):
            return match.group("keep")
        for key, value in _TAG.findall(match.group("block") or match.group("line") or ""):
            name = unquote(key)
            if name in KEPT_TAGS:
                tags[name] = unquote(value.replace("\\'", "'"))
        return " "

    bare = _PIECES.sub(piece, text)
    return fold_space(bare), tags


def fold_space(text: str) -> str:
    """The statement on one line, with runs of white space outside of quotes folded to one blank."""
    pieces = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", text)
    return "".join(part if index % 2 else re.sub(r"\s+", " ", part) for index, part in enumerate(pieces)).strip()
