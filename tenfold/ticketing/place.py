"""Where the ticket store may not be: on a server that is audited.

An audit reads a server that nobody else may write to on our behalf, and a ticket that tells of a dead server must not die with it.
"""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from urllib.parse import parse_qsl, unquote, urlsplit

from facts.message import Message, msg
from tenfold.exits import CommandError
from tenfold.settings import Settings
from tenfold.settings.schemes import scheme_of
from tenfold.settings.ticketing import SERVERS
from tenfold.words import say

RESOLVE_SECONDS = 3.0
PORT = 5432
THIS_MACHINE = "this machine"
ELSEWHERE = msg(
    "Name another server with [tickets] database, or leave it out for a file: "
    "tickets must not die with what they tell of."
)
Place = tuple[str, int]


def refuse_audited(database: str, settings: Settings) -> None:
    """Passes when the store is a file, or on a server of its own.

    Args:
        database: The store's address.
        settings: With the servers that are audited.

    Raises:
        CommandError: It is one of them, by its address or by what its name resolves to.
    """
    refused = objection(database, settings)
    if refused is not None:
        raise CommandError(say(refused), say(ELSEWHERE))


def objection(database: str, settings: Settings) -> Message | None:
    """Which audited server the store would be on; None where it is a file, or on a server of its own."""
    if scheme_of(database) not in SERVERS:
        return None
    ours = set(_resolved(_places_of_url(database)))
    for each in settings.postgres:
        if ours & set(_resolved(_places_of_dsn(each.dsn))):
            return msg(
                "The ticket store would be on {name}, a server that is audited ([[postgres]]).", name=repr(each.name)
            )
    return None


def _places_of_url(url: str) -> Iterator[Place]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host") or unquote(parts.hostname or "") or "localhost"
    yield from _pairs(query.get("hostaddr") or host, str(parts.port or query.get("port") or PORT))


def _places_of_dsn(dsn: str) -> Iterator[Place]:
    """As libpq understands it, with its variables and its default, the socket on this machine."""
    from psycopg2.extensions import parse_dsn

    parts = parse_dsn(dsn)

    def part(name: str) -> str:
        return str(parts.get(name) or os.environ.get(f"PG{name.upper()}", ""))

    yield from _pairs(part("hostaddr") or part("host"), part("port"))


def _pairs(hosts: str, ports: str) -> Iterator[Place]:
    """Each host with its port; one port is that of every host."""
    names, numbers = hosts.split(","), ports.split(",")
    for at, name in enumerate(names):
        number = numbers[at] if len(numbers) == len(names) else numbers[0]
        yield name.strip(), int(number) if number.isdigit() else PORT


def _resolved(places: Iterator[Place]) -> Iterator[Place]:
    """Every address that a name stands for, and the name itself; each of this machine's addresses is this machine."""
    local = _own_addresses()
    for host, port in places:
        if not host or host.startswith(("/", "@")):
            yield THIS_MACHINE, port
            continue
        yield host.rstrip(".").lower(), port
        for address in _addresses(host):
            yield (THIS_MACHINE if address in local or _is_loopback(address) else address), port


def _addresses(host: str) -> set[str]:
    """What the name resolves to within the time limit; nothing where nobody knows it."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="resolve")
    try:
        asked = pool.submit(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        return {str(each[4][0]).partition("%")[0] for each in asked.result(RESOLVE_SECONDS)}
    except (OSError, UnicodeError, Late):
        return set()
    finally:
        pool.shutdown(wait=False)


def _own_addresses() -> set[str]:
    import psutil

    return {each.address.partition("%")[0] for found in psutil.net_if_addrs().values() for each in found}


def _is_loopback(address: str) -> bool:
    from ipaddress import ip_address

    return ip_address(address).is_loopback
