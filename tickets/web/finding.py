"""Lists of tickets by filters and by words: what pages and API show of both."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from tickets.afterwards.search import matching
from tickets.store import listing
from tickets.store.listing import Wanted

# More matches than this nobody reads; the words want to be chosen better.
MATCHES_AT_MOST = 1000


def tickets_page(connection: Connection, wanted: Wanted, *, number: int, size: int) -> tuple[Sequence[Row[Any]], int]:
    """One page of the tickets that are wanted, and how many there are in all; of those with words, at most 1000.

    Args:
        connection: To read from.
        wanted: Which.
        number: Of the page, from 1.
        size: Tickets a page.
    """
    found = None
    if wanted.text:
        found = matching(connection, wanted.text, MATCHES_AT_MOST, *listing.conditions(wanted))
    return listing.page(connection, wanted, number=number, size=size, found=found)
