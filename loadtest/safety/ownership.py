"""Proof that a target belongs to who rehearses: it serves a token that only the holder of the key can have told it.

The token is the HMAC-SHA-256 of the word `ownership` under the key, in hexadecimal. A mall computes it, or puts it into a static
file; it may be public, because it proves nothing about any site but the ones that serve it.
"""

import hashlib
import hmac

from facts.message import msg
from loadtest.safety.fetching import Answer
from loadtest.safety.refusals import Refusal

PATH = "/.well-known/tenfold-rehearsal"
# RFC 2104 asks for keys no shorter than the hash is strong; 16 characters are where guessing ends in practice (NIST SP 800-131A: 112 bits).
SHORTEST_KEY = 16
_OK = 200


def token(key: str) -> str:
    """What the target must serve at `PATH`."""
    return hmac.new(key.encode(), b"ownership", hashlib.sha256).hexdigest()


def refuse_key(key: str | None) -> Refusal | None:
    """Why the key cannot be used; the key itself is never repeated."""
    if key is not None and len(key) >= SHORTEST_KEY:
        return None
    return Refusal(
        rule="key",
        happened=msg("There is no rehearsal key.")
        if not key
        else msg("The rehearsal key is shorter than {shortest} characters.", shortest=SHORTEST_KEY),
        remedy=msg(
            "Make one with `openssl rand -hex 32`, give it to the mall, and write it as key = ${place} in the section [loadtest].",
            place="{TENFOLD_REHEARSAL_KEY}",
        ),
    )


def refuse_ownership(key: str, answer: Answer, host: str) -> Refusal | None:
    """Why the answer at `PATH` does not prove that the target is ours.

    Args:
        key: From the configuration.
        answer: The target's, not redirected.
        host: For the sentence.
    """
    wanted = token(key)
    served = answer.body[: len(wanted) + 2].strip()
    if answer.status == _OK and hmac.compare_digest(served, wanted.encode()):
        return None
    happened = (
        msg("{host} serves a token at {path} that was made with another key.", host=host, path=PATH)
        if answer.status == _OK
        else msg(
            "{host} serves no ownership token: {path} answered {status}.", host=host, path=PATH, status=answer.status
        )
    )
    return Refusal(
        rule="ownership",
        happened=happened,
        remedy=msg("If the mall is yours, let it serve this text at {path}: {token}", path=PATH, token=wanted),
    )
