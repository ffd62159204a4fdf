"""Settings from addresses on the command line: an audit without a configuration file."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from tenfold.exits import CommandError
from tenfold.settings.model import HttpSection, PostgresSection, RedisSection, Settings
from tenfold.words import _

_EXAMPLES = "postgresql://reader@db.example/mall redis://cache.example:6379/0 https://shop.example/"


def from_addresses(addresses: Sequence[str], base: Settings | None = None) -> Settings:
    """Settings whose targets are exactly these addresses; everything else comes from `base`.

    Args:
        addresses: URLs of PostgreSQL, Redis or HTTP servers; a libpq keyword string (`host=… dbname=…`) as well.
        base: Settings to keep promotion, audit and ignores from.

    Raises:
        CommandError: An address is of no known kind.
    """
    postgres: list[PostgresSection] = []
    redis: list[RedisSection] = []
    http: list[HttpSection] = []
    for address in addresses:
        scheme = urlsplit(address).scheme.lower()
        if scheme in {"postgresql", "postgres"} or (not scheme and "=" in address):
            postgres.append(PostgresSection(name=_name(address, "postgres", len(postgres)), dsn=address))
        elif scheme in {"redis", "rediss", "valkey", "valkeys", "unix"}:
            redis.append(RedisSection(name=_name(address, "redis", len(redis)), url=address))
        elif scheme in {"http", "https"}:
            http.append(HttpSection(name=_name(address, "http", len(http)), url=address))
        else:
            shown = scheme or address[:20]
            raise CommandError(
                _("{address} is not an address that can be audited.").format(address=repr(shown)),
                _("Give for example: tenfold audit {examples}").format(examples=_EXAMPLES),
            )
    changes = {"postgres": tuple(postgres), "redis": tuple(redis), "http": tuple(http), "host": ()}
    return (base or Settings()).model_copy(update=changes)


def _name(address: str, kind: str, position: int) -> str:
    """A short name for reports: the database or host that the address names, never its credentials."""
    try:
        parts = urlsplit(address)
        name = parts.path.strip("/") if kind == "postgres" else parts.hostname
    except ValueError:
        name = None
    return name or (kind if position == 0 else f"{kind}-{position + 1}")
