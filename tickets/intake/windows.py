"""Which alerts a window expects: what a rehearsal or maintenance causes is filed with its reason, and a real alert still pages.

An alert is expected when it fits the window's `match`, or carries the mark of a rehearsal (the label `rehearsal`) while one goes
on. An alert of the area `payments` never is, marked or not, unless the window's `match` names that area: a payment channel that
dies during a rehearsal is not to be told from one that dies by itself.
"""

from collections.abc import Iterable, Mapping

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
        is_like(signal.routed.area if name == "area" else signal.labels.get(name, ""), expected)
        for name, expected in match.items()
    )


def is_like(value: str, expected: str) -> bool:
    """Whether a text fits a pattern in which `*` stands for anything; looked for piece by piece, so that no pattern takes for ever."""
    first, *others = expected.split(ANYTHING)
    if not others:
        return value == expected
    last = others.pop()
    if len(value) < len(first) + len(last) or not (value.startswith(first) and value.endswith(last)):
        return False
    at, end = len(first), len(value) - len(last)
    for piece in others:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True
