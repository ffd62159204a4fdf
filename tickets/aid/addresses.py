"""Where an action may be sent: a host that is on the list, at an address that such a host can have.

The host is checked as it is written, its addresses after they were resolved, and the call goes to the address that was checked: a name that
points elsewhere a moment later leads nowhere.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from facts.message import Message, msg

_PORTS = {"http": 80, "https": 443}


class NotAllowed(Exception):  # noqa: N818  (a refusal, no error of ours)
    """The action may not be sent there.

    Attributes:
        reason: For people.
    """

    def __init__(self, reason: Message) -> None:
        """Keeps the reason."""
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect: the host as it is written, and one checked address of it."""

    scheme: str
    host: str
    port: int
    address: str


def place_of(url: str, allow: Sequence[str], networks: Sequence[str] = ()) -> Place:
    """The checked place of a URL.

    Args:
        url: Filled in.
        allow: As in `tickets.aid.action.Aid`.
        networks: As in `tickets.aid.action.Call`.

    Raises:
        NotAllowed: The host is not on the list, has no address, or one that it must not have.
    """
    parts = urlsplit(url)
    try:
        host, port = (parts.hostname or "").lower().removesuffix("."), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise NotAllowed(msg("The address of the action is not valid.")) from None
    if parts.scheme not in _PORTS or parts.username is not None or (host, port) not in _listed(allow, parts.scheme):
        raise NotAllowed(msg("{host}:{port} is not among the addresses that actions may call.", host=host, port=port))
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        raise NotAllowed(msg("{host} has no address.", host=host)) from None
    for each in found:
        address = ip_address(each.partition("%")[0])
        if not _may_be(address, host) or not _within(address, networks):
            raise NotAllowed(msg("{host} points to {address}, where no action may go.", host=host, address=each))
    return Place(parts.scheme, host, port, min(found, key=lambda each: (":" in each, each)))


def _listed(allow: Sequence[str], scheme: str) -> set[tuple[str, int]]:
    found = set()
    for each in allow:
        try:
            parts = urlsplit(f"//{each}")
            found.add(((parts.hostname or "").lower().removesuffix("."), parts.port or _PORTS[scheme]))
        except ValueError:
            continue
    return found


def _may_be(address: IPv4Address | IPv6Address, host: str) -> bool:
    """A cloud's metadata service, multicast and the like are no mall's; this machine only for who says so plainly."""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return False
    if address.is_loopback:
        return host == "localhost" or _is_loopback(host)
    return True


def _within(address: IPv4Address | IPv6Address, networks: Sequence[str]) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    return not networks or any(plain in ip_network(each, strict=False) for each in networks)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
