"""A user's own list of statements: what the mall will run and its counters do not show yet.

Source: A file of SQL, statements separated by `;`. A comment `-- weight: 12` before or in a statement says that it is called twelve times
    a second at the everyday peak; without one it is called once. Other comments are left out, sqlcommenter's tags are kept.
Consumed by: every rule about statements, and IDX001.
Cost: None for the mall; the file stays where it is.
Caveats: Literals are replaced by parameters, as the server does it, so that nobody's name or number gets into a report; short numbers,
    dates and times stay.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from collectors.masking.literals import masked_piece
from facts.listed import Listed
from facts.message import Message, msg
from facts.sqlcommenter import Kind, pieces, split_comments
from facts.system_errors import why

LARGEST_BYTES = 16 << 20
LARGEST_WEIGHT = 1e6
_WEIGHT = re.compile(r"--\s*weight\s*:\s*(?P<weight>\S*)", re.IGNORECASE)
JUDGED = re.compile(r"[\s(]*(?:select|with|values|insert|update|delete|merge)\b", re.IGNORECASE)
_PARAMETER_DIGITS = 6  # with its sign; PostgreSQL knows 65,535 of them


class WorkloadFileError(Exception):
    """The file cannot be used.

    Attributes:
        message: Why, in one sentence.
        remedy: What to do.
    """

    def __init__(self, message: Message, remedy: Message) -> None:
        """Keeps both."""
        super().__init__(str(message))
        self.message = message
        self.remedy = remedy


def read(path: Path) -> tuple[Listed, ...]:
    """The statements of the file.

    Raises:
        WorkloadFileError: It cannot be read, holds no statement, or a weight is no positive number.
    """
    name = str(path)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise WorkloadFileError(
                msg("{path} is larger than 16 MiB", path=name), msg("Take the statements that matter.")
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WorkloadFileError(
            msg("{path} cannot be read: {reason}", path=name, reason=why(error)), msg("Name a file of SQL statements.")
        ) from None
    except UnicodeDecodeError:
        raise WorkloadFileError(
            msg("{path} is not written in UTF-8", path=name), msg("Save it as UTF-8 text.")
        ) from None
    found = tuple(listed(text, path.name))
    if not found:
        raise WorkloadFileError(
            msg("{path} holds no statement", path=name), msg("Write SQL statements into it, separated by semicolons.")
        )
    return found


def listed(text: str, name: str) -> Iterator[Listed]:
    """The statements of a file's text.

    Args:
        text: Of the whole file.
        name: Of the file, for its statements' tags.

    Raises:
        WorkloadFileError: A weight is no positive number, or a statement is nothing that could be judged.
    """
    pending, ended, ended_line = _Pending(), _Pending(), 0
    line = 1
    for kind, piece in pieces(text):
        if kind is Kind.OTHER and piece == ";":
            yield from ended.taken(name)
            pending, ended, ended_line = _Pending(), pending, line
        elif kind is Kind.COMMENT:
            # A weight that stands behind the semicolon is that of the statement before it.
            (ended if line == ended_line and not pending.line else pending).weigh(piece, line, name)
            pending.parts.append((kind, piece))
        else:
            if not piece.isspace():
                pending.line = pending.line or line
            pending.parts.append((kind, piece))
        line += piece.count("\n")
    yield from ended.taken(name)
    yield from pending.taken(name)


@dataclass(slots=True)
class _Pending:
    """A statement that is being read; `line` is where it begins, 0 while it has no word."""

    parts: list[tuple[Kind, str]] = field(default_factory=list)
    per_second: float = 1.0
    line: int = 0

    def weigh(self, comment: str, line: int, name: str) -> None:
        found = _WEIGHT.match(comment)
        if found is None:
            return
        try:
            weight = float(found["weight"])
        except ValueError:
            weight = math.nan
        if not 0 < weight <= LARGEST_WEIGHT:
            raise WorkloadFileError(
                msg("{path}, line {line}: {weight} is no weight", path=name, line=line, weight=repr(found["weight"])),
                msg("Write the calls a second at the everyday peak, such as -- weight: 12"),
            )
        self.per_second = weight

    def taken(self, name: str) -> Iterator[Listed]:
        if not self.line:
            return
        whole = "".join(piece for _, piece in self.parts)
        if not JUDGED.match("".join(piece for kind, piece in self.parts if kind is not Kind.COMMENT)):
            raise WorkloadFileError(
                msg("{path}, line {line}: this is no query and no change of rows", path=name, line=self.line),
                msg("Leave out what is none, such as commands of psql, BEGIN and EXPLAIN."),
            )
        _, tags = split_comments(whole)
        used = (piece for kind, piece in self.parts if kind is Kind.PARAMETER and len(piece) <= _PARAMETER_DIGITS)
        number = max((int(piece[1:]) for piece in used), default=0)
        words = []
        for kind, piece in self.parts:
            masked = masked_piece(kind, piece)
            if kind is not Kind.COMMENT and masked != piece:
                number += 1
                masked = f"${number}"
            words.append(masked)
        text = " ".join("".join(words).split())
        yield Listed(text=text, tags={**tags, "file": f"{name}:{self.line}"}, per_second=self.per_second)
