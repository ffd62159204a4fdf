"""The highest arrival rate that a target may be given, and the sentence that a person types before a public one gets any."""

import hmac
import math

from facts.message import msg
from loadtest.safety.reach import Reach
from loadtest.safety.refusals import Refusal
from loadtest.safety.targets import Approved


def refuse_rate(per_second: float, ceiling: float | None) -> Refusal | None:
    """Why a rate may not be sent.

    Args:
        per_second: The highest that the plan can reach, a search's upper end included; journeys a second.
        ceiling: From the configuration; None when there is none.
    """
    if not math.isfinite(per_second) or per_second <= 0:
        return Refusal(
            rule="ceiling",
            happened=msg("The rate is not a number above zero."),
            remedy=msg("Write journeys a second, for example --rate 50."),
        )
    if ceiling is None:
        return Refusal(
            rule="ceiling",
            happened=msg("There is no ceiling for the rate."),
            remedy=msg("Write ceiling = 200 (journeys a second that the mall agreed to) in the section [loadtest]."),
        )
    if not ceiling >= per_second:  # a ceiling that is no number holds nothing up
        return Refusal(
            rule="ceiling",
            happened=msg(
                "The round would reach {rate}, above the ceiling of {ceiling} (journeys a second).",
                rate=_exact(per_second),
                ceiling=_exact(ceiling),
            ),
            remedy=msg(
                "Lower the rate or the multiplier, or raise ceiling in the section [loadtest] when the mall agrees."
            ),
        )
    return None


def confirmation_text(approved: Approved, per_second: float) -> str:
    """What a person types to say that exactly this is meant; never translated."""
    return f"rehearse {approved.target.shown} at {_exact(per_second)}"


def needs_confirmation(approved: Approved) -> bool:
    """Whether anything about the target is beyond this machine and private networks."""
    return approved.reach not in {Reach.LOOPBACK, Reach.PRIVATE}


def refuse_confirmation(approved: Approved, per_second: float, typed: str | None) -> Refusal | None:
    """Why the round may not start without a person's word.

    Args:
        approved: The target.
        per_second: The highest rate, as for `refuse_rate`.
        typed: What was typed or passed; None for nothing.
    """
    wanted = confirmation_text(approved, per_second)
    if not needs_confirmation(approved) or hmac.compare_digest((typed or "").strip().encode(), wanted.encode()):
        return None
    return Refusal(
        rule="confirmation",
        happened=msg(
            "{host} is a public address, and nobody has confirmed that it is meant.", host=approved.target.shown
        ),
        remedy=msg("Type exactly: {text}", text=wanted),
    )


def _exact(per_second: float) -> str:
    # Rounded to three digits, 200.4/s would look as if it kept to a ceiling of 200/s.
    return f"{per_second:.10g}/s"
