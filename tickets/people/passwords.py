"""Passwords: Argon2id, as RFC 9106 recommends for machines with little memory (64 MiB, 3 passes), made by `argon2-cffi`."""

import threading
import unicodedata
from functools import cache

from facts.message import msg
from tickets.people.refusals import Refused, TooMany

# NIST SP 800-63B: at least 8 characters, at least 64 possible, no rules on their kinds, none that everybody tries first.
SHORTEST, LONGEST = 8, 1000
COMMON = frozenset(
    "12345678 123456789 1234567890 11111111 00000000 88888888 66666666 87654321 password password1 password123 passw0rd p@ssw0rd"
    " qwertyui qwerty123 qwertyuiop 1q2w3e4r 1qaz2wsx abcd1234 abc12345 a1234567 a123456789 iloveyou admin123 admin1234"
    " administrator letmein1 welcome1 woaini1314 5201314520 tenfold1 changeme".split()
)
# Each check takes 64 MiB and a core for a while: a crowd at the door must not take the whole machine.
AT_ONCE = 2
WAIT_SECONDS = 10.0
_checking = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str, account: str = "") -> str:
    """What is stored.

    Args:
        password: As it was typed.
        account: Whose; it may not be the password itself.

    Raises:
        Refused: It is too short, too long, or what everybody tries first.
    """
    if len(password) < SHORTEST:
        raise Refused(msg("A password has at least {count} characters.", count=SHORTEST))
    if len(password) > LONGEST:
        raise Refused(msg("A password has at most {count} characters.", count=LONGEST))
    if password.casefold() in COMMON or password.casefold() == account.casefold():
        raise Refused(msg("That password is among the first that anybody tries; choose another one."))
    return str(_hasher().hash(_normal(password)))


def fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one that was stored; it takes as long where there is none.

    Raises:
        TooMany: So many are being checked at once that this one did not come to its turn.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    if not _checking.acquire(timeout=WAIT_SECONDS):
        raise TooMany(msg("Too many people are logging in at once; try again in a moment."), 5)
    try:
        _hasher().verify(stored or _nobodys(), _normal(password[:LONGEST]))
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _checking.release()
    return stored is not None and len(password) <= LONGEST


def is_weak_by_now(stored: str) -> bool:
    """Whether it was made with lesser parameters than today's, and should be made anew at the next login."""
    return bool(_hasher().check_needs_rehash(stored))


def _normal(password: str) -> bytes:
    # The same characters from different keyboards; what has no UTF-8 (a lone surrogate) is no reason to fail.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    import secrets

    return str(_hasher().hash(secrets.token_urlsafe(32)))


@cache
def _hasher():  # type: ignore[no-untyped-def]  # noqa: ANN202  (argon2 is imported where it is used)
    from argon2 import PasswordHasher

    return PasswordHasher()
