"""Matches the routes that statements are tagged with to the endpoint families of the access log."""

import re
from collections.abc import Sequence

from facts.front import Endpoint, FrontFacts

# Frameworks write a route's variable parts as {id}, <int:id>, :id or (?P<id>…), the last between ^ and $.
_VARIABLE = re.compile(r"\{[^{}]*\}|<[^<>]*>|:\w+|\([^()]*\)")
_PLACE = "\0"


def shape(route: str) -> str:
    """The route with every variable part written as `{id}`, without a trailing slash."""
    found = ""
    while found != route:  # groups stand inside of groups: (?P<id>(?:\d+))
        found, route = route, _VARIABLE.sub(_PLACE, route)
    # Only now is a ? the beginning of a query string.
    path = route.split("?", maxsplit=1)[0].strip("/^$").replace(_PLACE, "{id}")
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
