"""Asks about many relations at once, and one by one where somebody holds a lock on one of them.

`pg_get_indexdef`, `pg_relation_size` and their like open the relation and wait for its lock; one locked table would lose
the whole answer. So the batch is tried first, and on a lock timeout it is halved until only the locked ones are lost.
"""

from collections.abc import Sequence
from typing import Any

import psycopg2

from collectors.postgres_connection import Session


def rows_by_relation(session: Session, statement: str, oids: Sequence[int]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """The rows of `statement`, whose one parameter is an array of oids, and the oids that were locked.

    Args:
        session: The open session.
        statement: A SELECT with one `%s`, given to `= ANY (%s)`.
        oids: Which relations to ask about.
    """
    if not oids:
        return [], []
    try:
        return session.rows(statement, [list(oids)]), []
    except psycopg2.errors.LockNotAvailable:
        if len(oids) == 1:
            return [], list(oids)
    middle = len(oids) // 2
    left, left_locked = rows_by_relation(session, statement, oids[:middle])
    right, right_locked = rows_by_relation(session, statement, oids[middle:])
    return left + right, left_locked + right_locked
