"""How far an IP address reaches: this machine, the mall's own network, the world, or nowhere that a mall can be.

Sources: RFC 1122 (127.0.0.0/8), RFC 4291 (::1), RFC 1918 and RFC 4193 (private), RFC 6890 and IANA's special-purpose registries (the rest).
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_PRIVATE = tuple(ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_THIS_NETWORK = ip_network("0.0.0.0/8")  # Linux connects 0.0.0.0 to loopback
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits


class Reach(StrEnum):
    """Who could be at the other end; ordered from harmless to refused."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    PUBLIC = "public"
    FORBIDDEN = "forbidden"  # link-local (a cloud's metadata service), multicast, unspecified, reserved, tunnels


def reach_of(address: Address) -> Reach:
    """The reach of one address; one that merely wraps an IPv4 address has that one's.

    Shared address space (RFC 6598, 100.64.0.0/10) and documentation ranges count as public: nobody can say whose they are.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return reach_of(address.ipv4_mapped)
        if address in _NAT64:
            inner = reach_of(IPv4Address(int(address) & 0xFFFFFFFF))
            return Reach.PUBLIC if inner is Reach.PUBLIC else Reach.FORBIDDEN
        if address.sixtofour is not None or address.teredo is not None:
            return Reach.FORBIDDEN
    if address.is_loopback:
        return Reach.LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return Reach.FORBIDDEN
    if address in _THIS_NETWORK:
        return Reach.FORBIDDEN
    return Reach.PRIVATE if any(address in network for network in _PRIVATE) else Reach.PUBLIC


def farthest(addresses: tuple[str, ...]) -> Reach:
    """The farthest reach of several addresses: one public address makes a target public.

    Args:
        addresses: IP addresses as text, at least one.
    """
    order = list(Reach)
    return max((reach_of(ip_address(each)) for each in addresses), key=order.index)
