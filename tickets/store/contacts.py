"""Where people can be reached, and in which language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from tickets.names import Role
from tickets.store.tables import ACCOUNTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who has an account.

    Attributes:
        contacts: `wecom`, `dingtalk`, `feishu` (the service's own id of the person), `email`, `phone`.
        lang: `zh`, `en`, or empty.
    """

    name: str
    role: Role
    lang: str = ""
    contacts: Mapping[str, str]
    disabled: bool = False

    @property
    def may_take(self) -> bool:
        """Whether tickets are theirs to work on."""
        return not self.disabled and self.role in {Role.ENGINEER, Role.LEAD, Role.ADMIN}


def people(connection: Connection, names: Collection[str]) -> dict[str, Person]:
    """Those of the names that have an account, by their names."""
    if not names:
        return {}
    return _read(connection, ACCOUNTS.c.name.in_(sorted(set(names))))


def of_role(connection: Connection, role: str, most: int) -> dict[str, Person]:
    """Those who have a role and whose accounts are not disabled, by their names in order, so many at most."""
    return dict(list(_read(connection, (ACCOUNTS.c.role == role) & ACCOUNTS.c.disabled.is_(False)).items())[:most])


def _read(connection: Connection, which: ColumnElement[bool]) -> dict[str, Person]:
    return {
        row.name: Person(
            name=row.name,
            role=Role(row.role),
            lang=row.lang,
            contacts={str(name): str(value) for name, value in dict(row.contacts or {}).items() if value},
            disabled=row.disabled,
        )
        for row in connection.execute(select(ACCOUNTS).where(which).order_by(ACCOUNTS.c.name))
    }
