"""What somebody has to know who resolves a ticket while alerts of it still fire."""

from collections.abc import Iterable, Mapping

from facts.message import Message, msg

NAMES_AT_MOST = 3


def still_firing(firing: Iterable[str], names: Mapping[str, str]) -> Message | None:
    """How many alerts have not ended, and which; None when all have.

    Args:
        firing: Their fingerprints.
        names: Of every alert that the ticket has seen, by fingerprint, the oldest first.
    """
    held = set(firing)
    if not held:
        return None
    called = list(dict.fromkeys(name for fingerprint, name in names.items() if fingerprint in held))
    shown: str | Message = ", ".join(called[:NAMES_AT_MOST]) or "–"
    if len(called) > NAMES_AT_MOST:
        shown = msg("{names} and others", names=shown)
    return msg("Alerts of this ticket still fire ({count}): {names}.", count=len(held), names=shown)
