"""The first Ctrl-C as a wish to come to an end, the second as an order to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
