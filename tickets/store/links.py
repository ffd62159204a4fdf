"""Claim links that were used."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from tickets.store.tables import AUDIT, USED_LINKS


def used_by(connection: Connection, link: str) -> str | None:
    """Who has used it; None while nobody has."""
    query = select(USED_LINKS.c.account).where(USED_LINKS.c.link == link)
    return connection.execute(query).scalar_one_or_none()


def use(connection: Connection, link: str, at: datetime, account: str, ticket: int, address: str) -> None:
    """Uses it up, and says so in the log of who did what.

    Raises:
        IntegrityError: Somebody has used it since (`Store.writing` begins anew then).
    """
    connection.execute(insert(USED_LINKS).values(link=link, at=at, account=account, ticket=ticket))
    connection.execute(
        insert(AUDIT).values(
            at=at, actor=account, action="claim", subject=f"T-{ticket}", address=address, detail="by a link"
        )
    )
