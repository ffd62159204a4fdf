"""Which alerts a window expects: what a rehearsal or maintenance causes is filed with its reason, and a real alert still pages.

An alert is expected when it fits the window's `match`, or carries the mark of a rehearsal (the label `rehearsal`) while one goes on. An alert
of the area `payments` never is, marked or not, unless the window's `match` names that area: a payment channel that dies during a rehearsal is
not to be told from one that dies by itself.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tickets.intake.signal import Signal
from tickets.routing import PAYMENTS, area_of
from tickets.store.windows import Window

MARK = "rehearsal"
ANYTHING = "*"
_NO = frozenset({"", "false", "no", "0"})


def expecting(windows: Iterable[Window], signal: Signal) -> Window | None:
    """The first of the windows that expects an alert; None when it has to be dealt with."""
    return next((window for window in windows if _expects(window, signal)), None)


def reason(window: Window) -> str:
    """The reason in the ledger."""
    return f"{window.kind}: {window.reason}" if window.reason else window.kind


def _expects(window: Window, signal: Signal) -> bool:
    if PAYMENTS in {signal.routed.area, area_of(signal.labels)} and window.match.get("area") != PAYMENTS:
        return False
    if window.kind == MARK and signal.labels.get(MARK, "").strip().casefold() not in _NO:
        return True
    return bool(window.match) and _fits(window.match, signal)


def _fits(match: Mapping[str, str], signal: Signal) -> bool:
    return all(
        _pattern(expected).fullmatch(signal.routed.area if name == "area" else signal.labels.get(name, ""))
        for name, expected in match.items()
    )


@lru_cache(maxsize=512)
def _pattern(expected: str) -> re.Pattern[str]:
    # Only `*` is special, and two of them side by side are one: nobody can make a pattern here that takes for ever.
    parts = [re.escape(part) for part in re.split(r"\*+", expected)]
    return re.compile(".*?".join(parts), re.DOTALL)
