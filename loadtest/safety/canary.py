"""A single marked order before a round, and the proof of where it went.

What a mall says of itself proves nothing. So the order is placed as a shopper's would be, and numbers that the mall's configuration
declares (counted in its database, where it is given) are compared before and after: those of the shadow storage must have grown, those of
the real one, of the payment provider and of the outgoing messages must stand still. On a mall that is open they have to be numbers of the
canary's own account.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from facts.message import Message, msg
from loadtest.safety.canary_declaration import Canary, CanaryStep
from loadtest.safety.fetching import FetchError, fetch
from loadtest.safety.redirects import refuse_redirect
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import Approved

Numbers = Mapping[str, float]
"""A number by its declared name."""

_PLACE = re.compile(r"\{(\w+)\}")
_LEAST_FAILURE = 400
_REDIRECTS = range(300, 400)


@dataclass(slots=True)
class _Shopper:
    """What the canary carries from one request to the next."""

    cookies: dict[str, str] = field(default_factory=dict)
    captured: dict[str, str] = field(default_factory=dict)


def place_and_prove(
    canary: Canary, approved: Approved, headers: Mapping[str, str], count: Callable[[], Numbers]
) -> Refusal | None:
    """Places the marked order and says why it proves nothing, or None when it landed where it should.

    Args:
        canary: From the configuration.
        approved: The target, whose ownership was proven.
        headers: The signed mark.
        count: Reads all numbers of `shadow` and `untouched` now; one that it leaves out could not be read.
    """
    before = count()
    missing = _missing(canary, before)
    if missing is not None:
        return missing
    refusal = _place(canary.steps, approved, headers)
    # Read in any case: an order that failed half-way may have landed in real storage, and that is the graver news.
    after = count()
    return refuse_numbers(canary, before, after) if refusal is None else _touched(canary, before, after) or refusal


def refuse_numbers(canary: Canary, before: Numbers, after: Numbers) -> Refusal | None:
    """Why the numbers do not prove that the order went to shadow storage alone."""
    refusal = _missing(canary, after) or _touched(canary, before, after)
    if refusal is not None:
        return refusal
    still = [name for name in canary.shadow if not after[name] > before[name]]
    if not still:
        return None
    return Refusal(
        rule="canary",
        happened=msg(
            "The marked order did not arrive in shadow storage: {names} did not grow.", names=", ".join(still)
        ),
        remedy=msg(
            "Check that the mall verifies the header x-tenfold-run with the same key and stores marked orders apart."
        ),
    )


def _touched(canary: Canary, before: Numbers, after: Numbers) -> Refusal | None:
    changed = [
        f"{name} {before[name]:.10g} → {after[name]:.10g}"
        for name in canary.untouched
        if name in after and after[name] != before[name]
    ]
    if not changed:
        return None
    return Refusal(
        rule="canary",
        happened=msg("The marked order left traces in the real mall: {names}.", names="; ".join(changed)),
        remedy=msg("Let the mall treat marked orders as rehearsals there too, and undo this order."),
    )


def _missing(canary: Canary, numbers: Numbers) -> Refusal | None:
    names = [name for name in (*canary.shadow, *canary.untouched) if name not in numbers]
    if not names:
        return None
    return Refusal(
        rule="canary",
        happened=msg("These numbers could not be read from the mall's database: {names}.", names=", ".join(names)),
        remedy=msg("Check the statements of the canary, and that the role may SELECT from their tables."),
    )


def _place(steps: Sequence[CanaryStep], approved: Approved, headers: Mapping[str, str]) -> Refusal | None:
    shopper = _Shopper()
    for step in steps:
        shown = f"{step.method} {step.path}"
        left = [name for name in _PLACE.findall(step.path + step.body) if name not in shopper.captured]
        if left:
            return _failed(shown, f"{{{left[0]}}} ?")
        path = _PLACE.sub(lambda match: quote(shopper.captured[match[1]], safe=""), step.path)
        body = _PLACE.sub(lambda match: shopper.captured[match[1]], step.body)
        cookie = "; ".join(f"{name}={value}" for name, value in shopper.cookies.items())
        # The mark comes last: no step can replace it.
        sent = {**step.headers, **({"cookie": cookie} if cookie else {}), **headers}
        try:
            answer = fetch(approved, path, method=step.method, headers=sent, body=body)
        except FetchError as error:
            return _failed(shown, error.detail)
        location = answer.headers.get("location", "")
        if answer.status in _REDIRECTS and location:
            refusal = refuse_redirect([approved], answer.url, location)
            if refusal is not None:
                return refusal
        if answer.status >= _LEAST_FAILURE:
            return _failed(shown, f"HTTP {answer.status}")
        shopper.cookies |= answer.cookies
        text = answer.body.decode("utf-8", "replace")
        for pattern in step.captures:
            match = pattern.search(location) or pattern.search(text)
            shopper.captured |= match.groupdict("") if match else {}
    return None


def _failed(shown: str, why: str | Message) -> Refusal:
    return Refusal(
        rule="canary",
        happened=msg("The canary's order stopped at {request}: {why}.", request=shown, why=why),
        remedy=msg("Try that request by hand with the canary's account, and correct the canary's steps."),
    )
