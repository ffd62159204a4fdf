"""Matches the routes that statements are tagged with to the endpoint families of the access log."""

import re
from collections.abc import Sequence

from facts.front import Endpoint, FrontFacts

# Frameworks write a route's variable parts as {id}, <int:id>, :id or (?P<id>…).
_VARIABLE = re.compile(r"\{[^}]*\}|<[^>]*>|:\w+|\([^)]*\)")


def shape(route: str) -> str:
    """The route with every variable part written as `{id}`, without a trailing slash."""
    path = _VARIABLE.sub("{id}", route.split("?", maxsplit=1)[0]).strip("/")
    return f"/{path}"


def endpoints_of(route: str, fronts: Sequence[FrontFacts]) -> list[Endpoint]:
    """The access log's families that this route serves, of all methods and query strings; empty when none is known."""
    if not route:
        return []
    wanted = shape(route)
    return [
        endpoint
        for front in fronts
        if front.log
        for endpoint in front.log.endpoints
        if shape(endpoint.name.partition(" ")[2]) == wanted
    ]
