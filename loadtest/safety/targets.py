"""Which hosts and addresses a round may be sent to: none, unless somebody allowed both.

A host's allowance names its addresses too, so that whoever can change a DNS record cannot aim our load at somebody else. What was
resolved and approved is pinned: the generator connects to those addresses and never asks DNS again.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from facts.message import msg
from loadtest.safety.addresses import HOST, Target, ascii_host, is_address
from loadtest.safety.reach import Reach, farthest, reach_of
from loadtest.safety.refusals import DeclarationError, Refusal

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses, best first; raises OSError for a name that DNS does not know."""

# A wider allowance would be none at all; the widest range that a CDN announces is smaller.
WIDEST_PREFIX = {4: 8, 6: 16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One entry of the allow-list.

    Attributes:
        port: None for any port of the host.
        networks: Where the host may resolve to.
    """

    host: str
    port: int | None
    networks: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A target with the addresses that it may be reached at.

    Attributes:
        addresses: Every one was checked; at least one.
        reach: The farthest of them.
        exempt: Loopback that was named on the command line: neither token nor ceiling nor confirmation is asked for.
    """

    target: Target
    addresses: tuple[str, ...]
    reach: Reach
    exempt: bool = False


def allowed(entry: str, addresses: Iterable[str] = ()) -> Allowed:
    """An entry of the allow-list from the configuration's words.

    Args:
        entry: `shop.example`, `shop.example:8443`, `10.0.0.7` or `[fd00::7]:8443`.
        addresses: Addresses or networks (`203.0.113.0/28`) that the host may resolve to; needed unless the entry is an address itself.

    Raises:
        DeclarationError: It cannot be understood or allows too much.
    """
    try:
        parts = urlsplit(f"//{entry.strip().lower()}")
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise _no_host(entry) from None
    if parts.path or parts.username is not None or not HOST.fullmatch(host):
        raise _no_host(entry)
    texts = tuple(addresses) or ((host,) if is_address(host) else ())
    if not texts:
        raise DeclarationError(
            msg("{host} needs the addresses that it may resolve to, for example addresses = ['203.0.113.7']", host=host)
        )
    return Allowed(host=host, port=port, networks=tuple(_network(text) for text in texts))


def refuse_host(target: Target, allow_list: Sequence[Allowed], *, named_on_command_line: bool) -> Refusal | None:
    """Why this host may not be asked for at all; no name is looked up for that."""
    if named_on_command_line and target.is_named_loopback:
        return None
    if _entries(target, allow_list):
        return None
    return Refusal(
        rule="host-not-allowed",
        happened=msg("{host} is not on the list of allowed targets.", host=target.shown),
        remedy=msg(
            "If the mall is yours, add the host and its addresses to targets in the section [loadtest] of tenfold.toml."
        ),
    )


def approve(
    target: Target, allow_list: Sequence[Allowed], resolve: Resolver, *, named_on_command_line: bool
) -> Approved | Refusal:
    """Resolves an allowed host and checks every address that it resolves to.

    Args:
        target: Where the load is to go.
        allow_list: From the configuration.
        resolve: Asked once, and not at all for a host that is an address or that is not allowed.
        named_on_command_line: The user wrote the URL into this very command.
    """
    refusal = refuse_host(target, allow_list, named_on_command_line=named_on_command_line)
    if refusal is not None:
        return refusal
    addresses = _resolved(target, resolve)
    if isinstance(addresses, Refusal):
        return addresses
    exempt = named_on_command_line and target.is_named_loopback
    refusal = _refuse_addresses(target, addresses, allow_list, exempt=exempt)
    if refusal is not None:
        return refusal
    return Approved(target=target, addresses=addresses, reach=farthest(addresses), exempt=exempt)


def recheck(approved: Approved, allow_list: Sequence[Allowed], resolve: Resolver) -> Refusal | None:
    """Why the host may no longer be aimed at: DNS now answers with an address that was never allowed.

    A new address inside of the allowance (a CDN's rotation) is no reason; the generator keeps to the pinned ones in either case.
    """
    addresses = _resolved(approved.target, resolve)
    if isinstance(addresses, Refusal):
        return addresses
    if set(addresses) <= set(approved.addresses):
        return None
    if _refuse_addresses(approved.target, addresses, allow_list, exempt=approved.exempt) is None:
        return None
    return Refusal(
        rule="dns-changed",
        happened=msg(
            "DNS changed its answer for {host} while the round was prepared: from {before} to {after}.",
            host=approved.target.host,
            before=", ".join(approved.addresses),
            after=", ".join(addresses),
        ),
        remedy=msg("Find out who changed the record; if it is right, allow the new addresses and start again."),
    )


def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """The addresses that this machine's resolver gives, in its order and each once.

    Raises:
        OSError: The name is not known, or DNS did not answer.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolved(target: Target, resolve: Resolver) -> tuple[str, ...] | Refusal:
    if is_address(target.host):
        return (target.host,)
    try:
        # Text that is no address is the resolver's failure; a scope (%eth0) belongs to link-local addresses and is refused with them.
        addresses = tuple(str(ip_address(each)) for each in resolve(target.host, target.port))
    except (OSError, UnicodeError, ValueError):
        addresses = ()
    if addresses:
        return addresses
    return Refusal(
        rule="unresolved",
        happened=msg("No address was found for {host}.", host=target.host),
        remedy=msg("Check the name, and that this machine's DNS knows it."),
    )


def _refuse_addresses(
    target: Target, addresses: tuple[str, ...], allow_list: Sequence[Allowed], *, exempt: bool
) -> Refusal | None:
    networks = [network for entry in _entries(target, allow_list) for network in entry.networks]
    for text in addresses:
        address = ip_address(text)
        reach = reach_of(address)
        if exempt and reach is not Reach.LOOPBACK:
            return Refusal(
                rule="address-not-allowed",
                happened=msg(
                    "{host} resolves to {address}, which is not this machine.", host=target.host, address=text
                ),
                remedy=msg("Correct /etc/hosts, or write 127.0.0.1."),
            )
        if reach is Reach.FORBIDDEN:
            return Refusal(
                rule="address-not-allowed",
                happened=msg(
                    "{host} resolves to {address}, where no mall can be (link-local, multicast or reserved).",
                    host=target.host,
                    address=text,
                ),
                remedy=msg("Correct the DNS record."),
            )
        if not exempt and not any(address in network for network in networks):
            return Refusal(
                rule="address-not-allowed",
                happened=msg(
                    "{host} resolves to {address}, which is not among its allowed addresses.",
                    host=target.host,
                    address=text,
                ),
                remedy=msg(
                    "If that address is the mall's, add it: addresses = [{addresses}].",
                    addresses=", ".join(f'"{each}"' for each in addresses),
                ),
            )
    return None


def _entries(target: Target, allow_list: Sequence[Allowed]) -> list[Allowed]:
    return [each for each in allow_list if each.host == target.host and each.port in {None, target.port}]


def _no_host(entry: str) -> DeclarationError:
    return DeclarationError(
        msg("'{entry}' is no host; write for example shop.example or shop.example:8443", entry=entry)
    )


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text.strip())
    except ValueError:
        raise DeclarationError(
            msg("'{text}' is no IP address or network; write for example 203.0.113.7 or 203.0.113.0/28", text=text)
        ) from None
    if network.prefixlen < WIDEST_PREFIX[network.version]:
        raise DeclarationError(
            msg(
                "{text} allows half the world; the widest network is /{widest}",
                text=text,
                widest=WIDEST_PREFIX[network.version],
            )
        )
    return network
