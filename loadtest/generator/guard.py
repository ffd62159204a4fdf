"""Keeps this process from connecting to anything but the approved addresses.

Names are answered from the plan alone, so that a DNS server that changes its answer in the middle of a run changes
nothing. Behind that stands a hook on the interpreter's own `socket.connect` event: whatever library a journey or a
user's locustfile uses, a connection to another address is refused before a packet leaves. (ZeroMQ, between master and
workers, connects outside of the interpreter and is not concerned.)
"""

import socket
import sys
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import gevent.socket

from facts.message import msg
from loadtest.plan import Plan, PlanError


class NotApprovedError(OSError):
    """A connection to an address, or a question for a name, that the plan does not allow."""


class Guard:
    """The approved names and addresses.

    Attributes:
        addresses: Of each approved host.
    """

    def __init__(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        """Takes the approved hosts with their addresses."""
        self.addresses = {host.lower(): found for host, found in addresses.items()}
        self._allowed = frozenset(each for found in self.addresses.values() for each in found)

    def host_allowed(self, host: str) -> bool:
        """Whether the host was approved by name."""
        return host.lower() in self.addresses

    def resolve(
        self, host: Any, port: Any, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        """Stands in for `getaddrinfo`.

        Raises:
            NotApprovedError: The host is not in the plan.
        """
        del flags
        name = host.decode("idna") if isinstance(host, bytes) else host
        found = self.addresses.get(name.lower(), (name,) if name in self._allowed else ())
        answers = []
        for address in found:
            version = socket.AF_INET6 if ":" in address else socket.AF_INET
            if family in {0, version}:
                place = (address, int(port or 0), 0, 0) if version == socket.AF_INET6 else (address, int(port or 0))
                answers.append((version, kind or socket.SOCK_STREAM, proto or socket.IPPROTO_TCP, "", place))
        if not answers:
            raise NotApprovedError(f"{name} is not among the approved hosts")
        return answers

    def install(self) -> None:
        """Puts the guard before every socket of this process, for good."""
        socket.getaddrinfo = self.resolve  # type: ignore[assignment]
        gevent.socket.getaddrinfo = self.resolve  # type: ignore[assignment]
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect":
            return
        address = arguments[1]
        # A path (a UNIX socket) or a pair of host and port; only addresses, no names, get this far.
        if isinstance(address, tuple) and address[0] not in self._allowed:
            raise NotApprovedError(f"{address[0]} is not among the approved addresses")


def approved(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The plan's approved addresses; those of the target, looked up now, when the plan names none.

    Raises:
        PlanError: The target's name cannot be resolved.
    """
    if plan.resolved:
        return plan.resolved
    from urllib.parse import urlsplit

    parts = urlsplit(plan.target)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PlanError(msg("the name {host} cannot be resolved: {why}", host=host, why=str(error))) from error
    return {host: tuple(dict.fromkeys(str(each[4][0]) for each in found))}


def refuse_elsewhere(plan: Plan, networks: Sequence[str]) -> None:
    """Keeps a machine that helps from sending where its owner has not allowed it, whatever a master says.

    Raises:
        PlanError: An address of the plan lies in none of the networks.
    """
    allowed = [ip_network(each, strict=False) for each in networks]
    for found in approved(plan).values():
        for address in found:
            if not any(ip_address(address) in network for network in allowed):
                raise PlanError(
                    msg(
                        "a load generator on another machine may not send to {address}: add the host with its addresses to targets "
                        "in the section [loadtest] of the tenfold.toml that it was started with",
                        address=address,
                    )
                )
