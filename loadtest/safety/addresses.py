"""A target's URL, read so that every part of the program sees the same host in it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from facts.message import msg
from loadtest.safety.reach import Reach, reach_of
from loadtest.safety.refusals import Refusal

PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]+")
# The system takes 127.1, 2130706433 and 0x7f.1 for addresses; a reader of the allow-list does not.
_NUMERIC_LAST_LABEL = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a round's requests go.

    Attributes:
        host: In small letters, ASCII, without a trailing dot; an IP address without brackets.
        path: Of the base URL, `/` or longer, without a query.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"

    @property
    def origin(self) -> str:
        """`scheme://host:port`, the port left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    @property
    def shown(self) -> str:
        """The host as a reader knows it, with the port where it is not the scheme's own."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def is_named_loopback(self) -> bool:
        """Whether the name itself says that it is this machine; RFC 6761 keeps `localhost` and what is below it for that."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        return is_address(self.host) and reach_of(ip_address(self.host)) is Reach.LOOPBACK


def parse_target(url: str) -> Target | Refusal:
    """The target that a URL names, or why it is none; no part of the URL that could hold a secret is repeated."""
    remedy = msg("Write it as https://shop.example/, without a user or password.")
    # urlsplit silently drops tabs and line ends, and browsers take a backslash for a slash: two readers, two hosts.
    if any(letter <= " " or letter == "\\" for letter in url):
        return Refusal(
            rule="address", happened=msg("The target's URL has a blank or a backslash in it."), remedy=remedy
        )
    try:
        parts = urlsplit(url)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return Refusal(rule="address", happened=msg("The target's host or port is not valid."), remedy=remedy)
    if parts.scheme not in PORTS or not host or port == 0:
        return Refusal(rule="address", happened=msg("The target is no complete web address."), remedy=remedy)
    if parts.username is not None or parts.password is not None:
        return Refusal(rule="address", happened=msg("The target's URL has a user or password in it."), remedy=remedy)
    if not is_address(host) and (not HOST.fullmatch(host) or _NUMERIC_LAST_LABEL.fullmatch(host)):
        return Refusal(
            rule="address",
            happened=msg("The target's host is neither a name nor a complete IP address."),
            remedy=msg("Write an IPv4 address with four decimal numbers, for example 127.0.0.1."),
        )
    return Target(scheme=parts.scheme, host=host, port=port or PORTS[parts.scheme], path=parts.path or "/")


def ascii_host(host: str) -> str:
    """Raises ValueError (UnicodeError is one) for what is no host name."""
    return host.encode("idna").decode("ascii").lower().removesuffix(".") if host else ""


def is_address(host: str) -> bool:
    """Whether the host is a whole IP address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
