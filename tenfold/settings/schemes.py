"""What a valid address of each kind looks like, and the short name that reports call it by.

A secret may stand anywhere in an address that is wrong, so no message repeats a part of one.
"""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from tenfold.words import _

REDIS_SCHEMES = {"redis": "redis", "rediss": "rediss", "valkey": "redis", "valkeys": "rediss", "unix": "unix"}
_HIGHEST_PORT = 65_535


def known_dsn(dsn: str) -> str:
    """The DSN as it is.

    Raises:
        ValueError: libpq would not take it.
    """
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        parts = parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        raise ValueError(
            _(
                "it is not a DSN that PostgreSQL's clients know; write it as postgresql://user@host:5432/database "
                "(in a URL, special characters of a password are written as %40, %2F, …)"
            )
        ) from None
    for port in filter(None, str(parts.get("port", "")).split(",")):
        if not port.isdigit() or not 0 < int(port) <= _HIGHEST_PORT:
            raise ValueError(_("its port is not a number from 1 to {highest}").format(highest=_HIGHEST_PORT))
    return dsn


def known_redis(url: str) -> str:
    """The URL with a scheme that the driver knows: Valkey speaks Redis' protocol.

    Raises:
        ValueError: The driver would not take it.
    """
    import redis

    example = _("write it as redis://host:6379/0, or rediss:// for TLS")
    parts = _split(url, REDIS_SCHEMES, example)
    chosen = parts._replace(scheme=REDIS_SCHEMES[parts.scheme]).geturl() if parts.scheme != "unix" else url
    database = parts.path.strip("/")
    if parts.scheme != "unix" and database and not database.isdigit():
        raise ValueError(_("its database is not a number; {example}").format(example=example))
    try:
        # Makes the connection's object and connects to nothing: the driver checks the options of the query here.
        redis.Redis.from_url(chosen).connection_pool.make_connection()
    except (TypeError, ValueError):
        raise ValueError(
            _("it has an option that the driver does not know; {example}").format(example=example)
        ) from None
    return chosen


def known_web(url: str) -> str:
    """The URL as it is.

    Raises:
        ValueError: It is no complete address of a site.
    """
    _split(url, {"http", "https"}, _("write it as https://shop.example/"))
    return url


def scheme_of(address: str) -> str:
    """The scheme in small letters; empty for what is no URL."""
    return address.partition(":")[0].lower() if "://" in address else ""


def short_name(address: str, kind: str) -> str:
    """The database or the host that the address names, never its credentials; the kind where it names none."""
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        name = parse_dsn(address).get("dbname") if kind == "postgres" else urlsplit(address).hostname
    except (psycopg2.ProgrammingError, ValueError):
        return kind
    # With an unescaped "/" in the password, libpq takes the rest of it for the database.
    return str(name) if name and "@" not in name else kind


def distinct(names: Iterable[str]) -> list[str]:
    """The same names, later ones of the same name with a number: records of two targets must not be mixed up."""
    found: list[str] = []
    for name in names:
        number, chosen = 1, name
        while chosen in found:
            number += 1
            chosen = f"{name}-{number}"
        found.append(chosen)
    return found


def _split(url: str, schemes: Iterable[str], example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname or parts.scheme == "unix")
        port = parts.port
    except ValueError:
        raise ValueError(_("its host or port is not valid; {example}").format(example=example)) from None
    if parts.scheme not in schemes or not whole or port == 0:
        raise ValueError(_("it is not a complete address; {example}").format(example=example))
    return parts
