"""An action of first aid, as the mall has configured it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from tickets.names import Cause

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE", "GET"})
SECONDS_AT_MOST = 60.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request.

    Attributes:
        url: With `{ticket}`, `{title}` or `{label.NAME}` in its path where they are wanted; never in its host.
        headers: Secrets among them are resolved already; they are never shown.
        body: Sent as JSON; texts in it may hold the same places.
        networks: Where its host has to be, as addresses or networks; empty for wherever a mall's host can be.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    networks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuses what could lead elsewhere than it reads.

        Raises:
            ValueError: The method, the address or a header cannot be used.
        """
        if self.method not in METHODS:
            raise ValueError(f"the method is one of {', '.join(sorted(METHODS))}")
        if any(letter <= " " or letter == "\\" for letter in self.url):
            raise ValueError("the address has a blank or a backslash in it")
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "{" in parts.netloc or "@" in parts.netloc:
            raise ValueError(
                "the address is a complete web address without a user, and its host has no places to fill in"
            )
        for each in self.networks:
            ip_network(each, strict=False)
        for name, value in self.headers.items():
            if _HEADER.fullmatch(name) is None or any(letter in value for letter in "\r\n\0"):
                raise ValueError("a header has a strange name or more than one line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What can be done at once.

    Attributes:
        name: A fixed word, such as `backup-channel`.
        title: For people, in the mall's own words.
        areas, causes, labels: When it is proposed: the ticket's area, the first answer to its cause, its alert's labels (regular
            expressions for the whole value). What is empty is not asked.
        undo: Takes it back; None where it cannot be.
        automatic: It may be carried out without a person; `Aid.allow_automatic` has to name it as well.
        idempotent: The receiver does the same only once for one `Idempotency-Key`, so that it may be sent again.
        seconds: The longest wait for an answer.
    """

    name: str
    title: str
    call: Call
    areas: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    undo: Call | None = None
    automatic: bool = False
    idempotent: bool = False
    seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuses what cannot be used.

        Raises:
            ValueError: The name, a label's expression or the time cannot be used.
        """
        if _NAME.fullmatch(self.name) is None:
            raise ValueError("an action's name is a word of small letters, digits, '_' and '-'")
        if not 0 < self.seconds <= SECONDS_AT_MOST:
            raise ValueError(f"an action may wait for {SECONDS_AT_MOST:g} s at most")
        for pattern in self.labels.values():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aid:
    """All of it.

    Attributes:
        allow: Hosts that may be called, `ops.example` or `ops.example:8443`; without a port, the scheme's own.
        allow_automatic: Names of actions that may be carried out without a person.
    """

    actions: tuple[Action, ...] = ()
    allow: tuple[str, ...] = ()
    allow_automatic: tuple[str, ...] = ()

    def named(self, name: str) -> Action | None:
        """The action of that name."""
        return next((each for each in self.actions if each.name == name), None)

    def is_automatic(self, action: Action) -> bool:
        """Whether both settings say so."""
        return action.automatic and action.name in self.allow_automatic
