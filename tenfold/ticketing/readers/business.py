"""Payments by channel, orders that are affected, and rules of the business that are broken.

Source: statements that the mall declares (see `Queries`), each one SELECT, read only; `:since` is the beginning of what is asked for.
Needed role and versions: SELECT on what they name.
Consumed by: the evidence of a ticket (`payments`, `integrity`); `tickets.cause.payments`.
Cost: what the statements cost, each ended after 15 s; 2,000 intervals, 200 orders and 101 rows a rule at most.
Caveats: the statements are the mall's; let them select numbers of orders, not people.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import invariants
from collectors.postgres_connection import Session, connect
from collectors.postgres_errors import understand
from collectors.runner import CollectorError
from facts.invariants import Check, Invariant, refuse_statement
from facts.message import msg

INTERVALS_AT_MOST = 2_000
ORDERS_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """What a mall declares of its business.

    Attributes:
        payments: Columns `channel`, `at` (the start of an interval), `paid`, `failed`, `pending` (numbers).
        orders: Orders affected: `order`, and where they are known `channel`, `amount` (in the smallest unit of money), `state`, `at`.
        invariants: Rules; those whose rows are offenders are looked at.
    """

    payments: str = ""
    orders: str = ""
    invariants: tuple[Invariant, ...] = ()


def read_payments(dsn: str, queries: Queries, since: datetime) -> dict[str, Any]:
    """Payments by channel and interval, and the orders that are affected.

    Args:
        dsn: The mall's database.
        queries: As declared.
        since: For `:since`.

    Raises:
        CollectorError: A statement cannot be used, or the database does not answer.
    """
    try:
        session = connect(dsn)
    except Exception as error:
        raise _understood(error) from error
    with closing(session):
        found: dict[str, Any] = {"failed": {}}
        for name, statement, most in (
            ("intervals", queries.payments, INTERVALS_AT_MOST),
            ("orders", queries.orders, ORDERS_AT_MOST),
        ):
            if not statement:
                continue
            try:
                rows = _rows(session, statement, since, most + 1)
            except Exception as error:  # noqa: BLE001  (the other statement is still worth its answer)
                found["failed"][name] = _understood(error).detail
                continue
            found[name], found[f"more_{name}"] = rows[:most], len(rows) > most
        return found if found["failed"] else {name: each for name, each in found.items() if name != "failed"}


def read_integrity(dsn: str, declared: Sequence[Invariant], since: datetime) -> dict[str, Any]:
    """Which rules are broken, with the first rows that break them."""
    asked = [each for each in declared if each.check is Check.OFFENDERS]
    found, failed = [], {}
    for each in invariants.measure(dsn, asked, since=since):
        if each.offenders is None:
            failed[each.name] = each.failure or ""
            continue
        found.append(
            {"name": each.name, "held": not each.offenders, "rows": len(each.offenders), "more": each.more,
             "offenders": list(each.offenders[:20])}
        )  # fmt: skip
    return {"invariants": found, "failed": failed} if failed else {"invariants": found}


def _rows(session: Session, statement: str, since: datetime, most: int) -> list[dict[str, Any]]:
    statement = statement.strip().rstrip(";").rstrip()
    refusal = refuse_statement(statement)
    if refusal is not None:
        raise CollectorError(msg("the statement {refusal}", refusal=refusal))
    text, uses = invariants.bound(statement)
    wrapped = f"SELECT row_to_json(declared) FROM (\n{text}\n) AS declared LIMIT {most}"  # noqa: S608  (one SELECT, read only)
    return [row[0] for row in session.rows(wrapped, [since] * uses) if isinstance(row[0], dict)]


def _understood(error: Exception) -> CollectorError:
    if isinstance(error, CollectorError):
        return error
    known = understand(error)
    if known is None:
        raise error
    return known
