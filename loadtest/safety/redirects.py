"""Whether a redirect stays where the round was allowed to go."""

import re
from collections.abc import Sequence
from urllib.parse import urljoin

from facts.message import msg
from loadtest.safety.addresses import PORTS, Target, parse_target
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import Approved

# Browsers and some clients skip the surplus or missing slashes and find a host where others find a path.
_ODD_SLASHES = re.compile(r"///|[a-z][a-z0-9+.-]*:(?!//[^/])", re.IGNORECASE)


def refuse_redirect(approved: Sequence[Approved], came_from: str, location: str) -> Refusal | None:
    """Why a redirect may not be followed.

    Args:
        approved: The only places that may be asked.
        came_from: Absolute URL of the request that was answered with the redirect.
        location: The `Location` header as it came, absolute or relative.
    """
    remedy = msg("If that host is the mall's own too, name it as a further target and allow it and its addresses.")
    location = location.strip()
    try:
        target = parse_target("" if _ODD_SLASHES.match(location) else urljoin(came_from, location))
    except ValueError:
        target = parse_target("")
    if isinstance(target, Refusal):
        return Refusal(
            rule="foreign-redirect",
            happened=msg("The target redirects to something that is no web address."),
            remedy=remedy,
        )
    if any(_same_place(each.target, target) for each in approved):
        if target.scheme == "http" and came_from.lower().startswith("https:"):
            return Refusal(
                rule="foreign-redirect",
                happened=msg("{host} redirects from https to http.", host=target.host),
                remedy=msg("Correct the redirect, or give the http address as the target."),
            )
        return None
    return Refusal(
        rule="foreign-redirect",
        happened=msg("The target redirects to {host}, which was not approved.", host=target.shown),
        remedy=remedy,
    )


def _same_place(approved: Target, asked: Target) -> bool:
    if approved.host != asked.host:
        return False
    # From http to https on the scheme's own ports is the same site.
    return approved.port == asked.port or (approved.port, asked.port) == (PORTS["http"], PORTS["https"])
