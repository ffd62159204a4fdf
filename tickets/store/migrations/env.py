"""Alembic's entry: it is given a connection, and runs in that connection's transaction."""

from typing import Any, Literal

from alembic import context

from tickets.store.tables import METADATA
from tickets.store.types import Moment


def _rendered(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """A step of the history names no type of ours, which may change."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,
    render_item=_rendered,
)
context.run_migrations()
