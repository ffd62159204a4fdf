"""Brings the tables of a store to what this program knows, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from facts.message import msg
from tickets.store.opening import POSTGRESQL, WRITES, StoreUnavailable

FOLDER = Path(__file__).parent / "migrations"
# Several processes start at once: one of them brings the tables up to date while the others wait.
_LOCK = 0x7E4F01D


def upgrade(engine: Engine) -> None:
    """Brings the tables up to date.

    Raises:
        StoreUnavailable: A newer program has been here.
    """
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if engine.dialect.name == POSTGRESQL:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        at, newest = revisions(connection)
        if at == newest:
            return
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def configuration() -> Config:
    """Alembic's, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return config


def revisions(connection: Connection) -> tuple[str | None, str]:
    """The revision of the store's tables, None where there are none, and the one that this program makes.

    Raises:
        StoreUnavailable: A newer program has been here.
    """
    scripts = ScriptDirectory.from_config(configuration())
    at = MigrationContext.configure(connection).get_current_revision()
    if at is not None and at not in {each.revision for each in scripts.walk_revisions()}:
        raise StoreUnavailable(
            msg("The ticket store was made by a newer Tenfold (revision {revision}).", revision=at),
            msg("Install that version, or name another store with [tickets] database."),
        )
    return at, scripts.get_current_head() or ""
