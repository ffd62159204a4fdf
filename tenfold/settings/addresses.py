"""Settings from addresses on the command line: an audit without a configuration file."""

from collections.abc import Callable, Iterable, Sequence

from tenfold.exits import CommandError
from tenfold.settings.model import HttpSection, PostgresSection, RedisSection, Settings
from tenfold.settings.schemes import REDIS_SCHEMES, distinct, known_dsn, known_redis, known_web, scheme_of, short_name
from tenfold.words import _

_EXAMPLES = "postgresql://reader@db.example/mall redis://cache.example:6379/0 https://shop.example/"
_CHECKS: dict[str, Callable[[str], str]] = {"postgres": known_dsn, "redis": known_redis, "http": known_web}


def from_addresses(addresses: Sequence[str], base: Settings | None = None) -> Settings:
    """Settings whose targets are exactly these addresses; everything else comes from `base`.

    Args:
        addresses: URLs of PostgreSQL, Redis or HTTP servers; a libpq keyword string (`host=… dbname=…`) as well.
        base: Settings to keep promotion, audit and ignores from.

    Raises:
        CommandError: An address is of no known kind, or not valid.
    """
    kinds = [_kind(address) for address in addresses]
    checked = [_checked(address, kind) for address, kind in zip(addresses, kinds, strict=True)]
    names = distinct(short_name(address, kind) for address, kind in zip(checked, kinds, strict=True))
    targets = list(zip(kinds, names, checked, strict=True))
    changes = {
        "postgres": tuple(PostgresSection(name=name, dsn=dsn) for kind, name, dsn in targets if kind == "postgres"),
        "redis": tuple(RedisSection(name=name, url=url) for kind, name, url in targets if kind == "redis"),
        "http": tuple(HttpSection(name=name, url=url) for kind, name, url in targets if kind == "http"),
        "host": (),
    }
    return (base or Settings()).model_copy(update=changes)


def check_addresses(addresses: Iterable[str]) -> None:
    """Passes when each address could be audited; one that the environment completes (`${NAME}`) is seen only then.

    Raises:
        CommandError: An address is of no known kind, or not valid.
    """
    from_addresses([address for address in addresses if address and "${" not in address])


def _kind(address: str) -> str:
    scheme = scheme_of(address)
    if scheme in {"postgresql", "postgres"} or (not scheme and "=" in address):
        return "postgres"
    if scheme in REDIS_SCHEMES:
        return "redis"
    if scheme in {"http", "https"}:
        return "http"
    # What has a scheme may have a password further on.
    raise CommandError(
        _("{address} is not an address that can be audited.").format(address=repr(scheme or address[:20])),
        _("Give for example: tenfold audit {examples}").format(examples=_EXAMPLES),
    )


def _checked(address: str, kind: str) -> str:
    try:
        return _CHECKS[kind](address)
    except ValueError as error:
        raise CommandError(
            _("An address for {kind} is not valid: {reason}.").format(kind=kind, reason=error),
            _("Give for example: tenfold audit {examples}").format(examples=_EXAMPLES),
        ) from None
