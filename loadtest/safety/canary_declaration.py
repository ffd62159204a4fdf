"""How a mall declares its canary: the requests of one order, and the numbers that prove where it went."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from facts.message import msg
from loadtest.safety.refusals import DeclarationError

_REQUEST = re.compile(r"(GET|POST) (/(?!/)\S*)")


class CanaryDeclarationError(DeclarationError):
    """The declaration of the canary cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryStep:
    """One request of the canary's order.

    Attributes:
        method, path, body: Path and body can have `{name}` places for what an earlier step captured.
        headers: Of this step alone, for example a content type or a public key of the mall's API.
        captures: Patterns with named groups, looked for in the `Location` header and then in the body.
    """

    method: str
    path: str
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    captures: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """How a mall's marked order is placed, and which numbers prove where it went.

    Attributes:
        steps: In order; cookies are kept from one to the next, and each request carries the signed mark.
        shadow: Names and statements of numbers that must grow.
        untouched: Names and statements of numbers that must stand still.
    """

    steps: tuple[CanaryStep, ...]
    shadow: dict[str, str]
    untouched: dict[str, str]


def parse_canary(document: Mapping[str, object]) -> Canary:
    """The canary that a mall declares.

    Args:
        document: `step`, a list of tables with `request` (`POST /checkout`) and optional `body`, `headers` and `capture` (a pattern with
            named groups, or a list of them); `shadow` and `untouched`, tables of a name and a SELECT that gives one number.

    Raises:
        CanaryDeclarationError: Something is missing or cannot be understood.
    """
    unknown = sorted(set(document) - {"step", "shadow", "untouched"})
    if unknown:
        raise CanaryDeclarationError(
            msg("the canary has an unknown key '{key}'; known are step, shadow, untouched", key=unknown[0])
        )
    steps = document.get("step")
    if not isinstance(steps, list) or not steps:
        raise CanaryDeclarationError(msg("the canary has no [[step]]; write the requests of one order"))
    return Canary(
        steps=tuple(_step(each, number) for number, each in enumerate(steps, start=1)),
        shadow=_statements(document.get("shadow"), "shadow"),
        untouched=_statements(document.get("untouched"), "untouched"),
    )


def _step(table: object, number: int) -> CanaryStep:
    if not isinstance(table, Mapping) or not isinstance(table.get("request"), str):
        raise CanaryDeclarationError(
            msg("step {number} of the canary has no request; write request = 'GET /checkout'", number=number)
        )
    unknown = sorted(set(table) - {"request", "body", "headers", "capture"})
    if unknown:
        raise CanaryDeclarationError(
            msg("step {number} of the canary has an unknown key '{key}'", number=number, key=unknown[0])
        )
    match = _REQUEST.fullmatch(table["request"])
    if match is None:
        raise CanaryDeclarationError(
            msg("step {number} of the canary is no request; write for example 'GET /checkout'", number=number)
        )
    body, headers = table.get("body", ""), table.get("headers", {})
    if not isinstance(body, str) or not isinstance(headers, Mapping):
        raise CanaryDeclarationError(
            msg("step {number} of the canary has a body that is no text, or headers that are no table", number=number)
        )
    given = table.get("capture", [])
    patterns = [given] if isinstance(given, str) else given
    try:
        captures = tuple(re.compile(each) for each in patterns)
    except (re.error, TypeError):
        raise CanaryDeclarationError(
            msg("step {number} of the canary has a capture that is no pattern", number=number)
        ) from None
    return CanaryStep(
        method=match[1],
        path=match[2],
        body=body,
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        captures=captures,
    )


def _statements(table: object, name: str) -> dict[str, str]:
    if not isinstance(table, Mapping) or not table:
        raise CanaryDeclarationError(msg("the canary has no [{name}]; without it nothing is proven", name=name))
    if not all(isinstance(value, str) for value in table.values()):
        raise CanaryDeclarationError(msg("an entry of the canary's [{name}] is no statement", name=name))
    return {str(key): str(value) for key, value in table.items()}
