"""Reads the numbers and offending rows of business invariants.

Source: the SELECTs that the mall's configuration declares (`facts.invariants`), each one wrapped, in a READ ONLY transaction of its own.
Needed role and versions: any role that may SELECT from the tables that the statements name; any supported version.
Consumed by: the verdict of a rehearsal round; the canary before it.
Cost: each statement once before and once after a round, at most 15 s each and 60 s together; 101 rows of 300 characters.
Caveats: the statements are the mall's, and so is what they cost. Rows are shown in reports: let them select numbers of rows, not people.
"""

import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import psycopg2

from collectors.postgres_connection import NoAnswerError, Session, connect
from collectors.postgres_errors import understand
from collectors.runner import CollectorError
from facts.invariants import (
    MOST_OFFENDERS,
    Check,
    Invariant,
    InvariantError,
    Measured,
    parse_invariants,
    refuse_statement,
)
from facts.message import msg, verbatim
from facts.sqlcommenter import Kind, pieces
from facts.system_errors import why

ALL_TOGETHER_SECONDS = 60.0
# On the server, before it sends them: a row can be a gigabyte.
OFFENDERS = "SELECT left(row_to_json(offenders)::text, 300) FROM (\n{statement}\n) AS offenders LIMIT {limit}"
# More than one row or column is the server's error.
NUMBER = "SELECT (\n{statement}\n)::numeric"
_UNKNOWN_TABLE = "42P01"


def declared(path: Path) -> tuple[Invariant, ...]:
    """The invariants that a TOML file declares.

    Raises:
        InvariantError: The file is not there, is no TOML, or declares something that cannot be used.
    """
    try:
        return parse_invariants(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvariantError(msg("{path} is no TOML: {reason}", path=str(path), reason=str(error))) from None
    except OSError as error:
        raise InvariantError(msg("{path} cannot be read: {reason}", path=str(path), reason=why(error))) from None
    except InvariantError as error:
        raise InvariantError(msg("{path}: {reason}", path=str(path), reason=error.said)) from None


def measure(dsn: str, invariants: Sequence[Invariant], *, since: datetime) -> tuple[Measured, ...]:
    """What each statement gives now; one that fails costs no other.

    Args:
        dsn: The mall's database, as a role that may read what the statements name.
        invariants: As declared.
        since: When the round began, aware; for `:since`.
    """
    ends = time.monotonic() + ALL_TOGETHER_SECONDS
    return tuple(_each(dsn, invariants, lambda session, each: _measure_one(session, each, since), ends))


def numbers(dsn: str, statements: Mapping[str, str], *, since: datetime) -> dict[str, float]:
    """The number that each statement gives now; one that could not be read is left out.

    Args:
        dsn: As for `measure`.
        statements: By name; each one SELECT that gives one number, as a canary declares them.
        since: For `:since`.

    Raises:
        InvariantError: A statement is no single SELECT that only reads.
    """
    for name, statement in statements.items():
        refusal = refuse_statement(statement)
        if refusal is not None:
            raise InvariantError(msg("the statement of '{name}' {refusal}", name=name, refusal=refusal))
    wanted = [Invariant(name=name, check=Check.CONSERVED, statement=text) for name, text in statements.items()]
    found = measure(dsn, wanted, since=since)
    return {each.name: float(each.number) for each in found if each.number is not None}


def _each(
    dsn: str, invariants: Sequence[Invariant], read: Callable[[Session, Invariant], Measured], ends: float
) -> list[Measured]:
    try:
        session = connect(dsn)
    except (psycopg2.Error, NoAnswerError) as error:
        failure = _understood(error).detail
        return [Measured(name=each.name, failure=failure) for each in invariants]
    found = []
    with closing(session):
        for each in invariants:
            if time.monotonic() > ends:
                late = msg(
                    "the statements before it took all of the {seconds} s", seconds=f"{ALL_TOGETHER_SECONDS:.0f}"
                )
                found.append(Measured(name=each.name, failure=late))
                continue
            try:
                found.append(read(session, each))
            except (psycopg2.Error, NoAnswerError) as error:
                found.append(Measured(name=each.name, failure=_understood(error).detail))
    return found


def _measure_one(session: Session, invariant: Invariant, since: datetime) -> Measured:
    statement, uses = bound(invariant.statement)
    wrapping = OFFENDERS if invariant.check is Check.OFFENDERS else NUMBER
    whole = wrapping.format(statement=statement, limit=MOST_OFFENDERS + 1)
    rows = session.rows(whole, [since] * uses)
    if invariant.check is Check.OFFENDERS:
        texts = tuple(str(row[0]) for row in rows)
        return Measured(name=invariant.name, offenders=texts[:MOST_OFFENDERS], more=len(texts) > MOST_OFFENDERS)
    try:
        number = Decimal(rows[0][0]) if rows[0][0] is not None else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        return Measured(name=invariant.name, failure=msg("its statement gave no number"))
    return Measured(name=invariant.name, number=number)


def bound(statement: str) -> tuple[str, int]:
    """The statement for the driver: `:since` becomes a parameter, `%` is doubled; and how often it uses the parameter."""
    text: list[str] = []
    uses = 0
    for kind, piece in pieces(statement):
        # `x::since` would be a cast.
        if kind is Kind.WORD and piece == "since" and text[-1:] == [":"] and text[-2:-1] != [":"]:
            text[-1] = "%s"
            uses += 1
        else:
            text.append(piece.replace("%", "%%"))
    return "".join(text), uses


def _understood(error: Exception) -> CollectorError:
    if isinstance(error, psycopg2.Error) and error.pgcode == _UNKNOWN_TABLE:
        first_line = str(error).strip().splitlines()[0]
        return CollectorError(msg("{error} (write its schema too: public.orders)", error=first_line))
    return understand(error) or CollectorError(verbatim(type(error).__name__))
