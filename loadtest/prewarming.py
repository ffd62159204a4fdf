"""Logs accounts in before the schedule begins, at a bounded rate, and keeps what each login brought.

A round that begins with thousands of logins measures the login page, and password hashing is made to be slow; and a mall limits logins
by address.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from facts.message import msg
from loadtest.feeder_files import FeederError
from loadtest.journey import Row

LogIn = Callable[[Row], Mapping[str, str]]
"""Logs one account in; what it returns (a cookie, a token) joins the account's row. An exception is a login that failed."""

# A few accounts are always out of date; more is a wrong password file or a mall that refuses us.
FAILED_AT_MOST = 0.05
# A kill switch must be noticed within two seconds.
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Warmed:
    """Accounts after their login.

    Attributes:
        rows: Those that are logged in, in the order in which they were given, each with what its login brought.
        failed: How many could not be.
    """

    rows: tuple[Row, ...]
    failed: int


def warmed(
    rows: Sequence[Row],
    login: LogIn,
    *,
    per_second: float,
    at_once: int = 20,
    stopped: Callable[[], bool] = lambda: False,
) -> Warmed:
    """Logs every account in.

    Args:
        rows: Accounts.
        login: Called once for each.
        per_second: Logins begun a second at most; fewer when `at_once` of them are waiting for the mall.
        at_once: Logins under way.
        stopped: Whether to begin no further one.

    Raises:
        FeederError: More than one in twenty failed, and why the first one did; or it was stopped.
    """
    if per_second <= 0:
        raise ValueError("logins need a rate above 0 a second")
    began = time.monotonic()

    def one(place: int) -> Row | Exception:
        while not stopped() and (early := began + place / per_second - time.monotonic()) > 0:
            time.sleep(min(early, LOOK_SECONDS))
        if stopped():
            return FeederError(msg("the logins before the round were stopped"))
        try:
            return {**rows[place], **login(rows[place])}
        except Exception as error:  # noqa: BLE001  (a login is a stranger's code)
            return error

    with ThreadPoolExecutor(max_workers=at_once) as pool:
        outcomes = list(pool.map(one, range(len(rows))))
    if stopped():
        raise FeederError(msg("the logins before the round were stopped"))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if len(failures) > FAILED_AT_MOST * len(rows):
        said = msg(
            "{failed} of {count} logins before the round failed; the first one: {why}",
            failed=len(failures),
            count=len(rows),
            why=f"{type(failures[0]).__name__}: {failures[0]}",
        )
        raise FeederError(said)
    return Warmed(tuple(outcome for outcome in outcomes if not isinstance(outcome, Exception)), len(failures))


def seconds_for(rows: int, per_second: float) -> float:
    """Seconds that logging so many accounts in takes at that rate, when the mall answers at once."""
    return rows / per_second
