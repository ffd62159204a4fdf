"""The first Ctrl-C as a wish to come to an end, the second as an order to stop; `kill` as a Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def end_as_interrupted() -> None:
    """Lets SIGTERM do what Ctrl-C does: whoever cancels a job wants what was done so far, and no load and no window left behind."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))


class Interrupts:
    """Notes the first Ctrl-C, so that it cuts nothing in two; the second one interrupts whatever is being done.

    Attributes:
        pressed: Whether it was.
    """

    def __init__(self) -> None:
        """Nothing was pressed yet."""
        self.pressed = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """What Python calls on SIGINT."""
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True

    @contextmanager
    def noted(self) -> Iterator[None]:
        """While this lasts; where somebody else handles Ctrl-C (or nobody is to hear it), that stays."""
        before = signal.getsignal(signal.SIGINT)
        if before is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
